/// The life of one alert: what becomes of it when evidence comes, and when none does.
///
/// Times are Unix milliseconds. A value; who judges holds the row that it is of.
package struct AlertLife: Sendable, Hashable {
    /// Without evidence for so long an alert is quiet.
    package static let quietAfter: Int64 = 3_600_000
    /// When it is looked at again while nobody can say whether its sensors measured.
    package static let lookAgainAfter: Int64 = 3_600_000

    package var state = AlertState.watching
    package var finding = Finding.none
    package var severity = Grade.low
    package var confidence = Grade.low
    package var reasons: [String] = []
    package var label: String?
    /// How often it was opened.
    package var episode: Int32 = 0
    package var isLate = false
    package var openedAt: Int64?
    package var closedAt: Int64?
    /// Of the last packet.
    package var lastSeen: Int64
    /// Whether a person took note of this episode.
    package var isAcknowledged = false
    package var isFalsePositive = false
    /// What is to be told with the next notice.
    package var news: News?
    package var newsAt: Int64?
    /// When the first notice of this episode was made.
    package var firstToldAt: Int64?
    /// When it is to be looked at though no evidence came; nil for never. May be earlier than need be.
    package var dueAt: Int64?

    package init(lastSeen: Int64) { self.lastSeen = lastSeen }

    /// What came since the alert was looked at last; `lastSeen` knows of it already.
    package enum Evidence: Sendable, Hashable {
        case none, timely
        /// All of it long after its windows.
        case late
    }

    /// An entry of the alert's history.
    package struct Entry: Sendable, Hashable {
        package enum Event: String, Sendable, Hashable {
            case opened, reopened, ongoing, quiet, closed, changed
        }

        package var event: Event
        package var note = ""
    }

    /// What is to be done beside storing the new life.
    package struct Step: Sendable, Hashable {
        package var entries: [Entry] = []
        /// Whether what was seen of the episode to come is to be forgotten: it led to nothing, and what is forged must not
        /// add up over weeks.
        package var forgets = false
    }

    /// Goes on to `now`.
    /// - Parameters:
    ///   - verdict: on the present episode while it is open, else on the one to come.
    ///   - cleanMilliseconds: without evidence for so long an alert is closed.
    ///   - isObserved: whether the alert's sensors measured meanwhile; without them silence says nothing.
    package mutating func proceed(
        _ verdict: Verdict, _ evidence: Evidence, now: Int64, cleanMilliseconds: Int64, isObserved: Bool = true
    ) -> Step {
        var step = Step()
        label = verdict.label
        switch state {
        case .watching, .closed: wait(verdict, evidence, now, cleanMilliseconds, &step)
        case .open, .ongoing, .quiet: live(verdict, evidence, now, cleanMilliseconds, isObserved, &step)
        }
        settleNews(now)
        return step
    }

    private mutating func wait(
        _ verdict: Verdict, _ evidence: Evidence, _ now: Int64, _ clean: Int64, _ step: inout Step
    ) {
        guard !verdict.isReportable else { return open(verdict, evidence, now, &step) }
        if state == .watching { adopt(verdict) }
        // A closed one waits for something only when packets came after it was.
        let isWaiting = state == .watching || lastSeen > closedAt ?? .max
        // What came just now but late, after an outage, is followed by the rest of its time, from other sensors too.
        let end = max(lastSeen + clean, evidence == .none ? .min : now + AlertLife.quietAfter)
        if isWaiting, now < end {
            setDue(end, now)
        } else {
            step.forgets = isWaiting
            dueAt = nil
        }
    }

    private mutating func open(_ verdict: Verdict, _ evidence: Evidence, _ now: Int64, _ step: inout Step) {
        state = .open
        episode = episode == .max ? .max : episode + 1
        openedAt = now
        closedAt = nil
        firstToldAt = nil
        isAcknowledged = false
        isLate = evidence == .late
        adopt(verdict)
        step.entries.append(
            Entry(
                event: episode == 1 ? .opened : .reopened,
                note: "\(finding.rawValue), confidence \(confidence.rawValue)"))
        // What came too late to be news of this hour falls quiet, or is closed, at the next look.
        dueAt = max(now, lastSeen + AlertLife.quietAfter)
    }

    private mutating func live(
        _ verdict: Verdict, _ evidence: Evidence, _ now: Int64, _ clean: Int64, _ isObserved: Bool, _ step: inout Step
    ) {
        if let label = verdict.label { return close(now, note: "labelled: \(label)", &step) }
        let before = (finding, confidence)
        // What was reported stays so: an episode's evidence only grows, though a site's trust may be taken away.
        if verdict.isReportable { (finding, severity) = (verdict.finding, verdict.severity) }
        (confidence, reasons) = (verdict.confidence, verdict.reasons)
        if before != (finding, confidence) {
            step.entries.append(
                Entry(
                    event: .changed,
                    note: "\(before.0.rawValue), confidence \(before.1.rawValue), to "
                        + "\(finding.rawValue), confidence \(confidence.rawValue)"))
            if firstToldAt != nil { raise(.changed, now) }
        }
        if evidence != .none, firstToldAt != nil, !isAcknowledged { raise(.grew, now) }
        let silence = now - lastSeen
        if silence >= clean, evidence == .none {
            guard isObserved else {
                fallQuiet(&step)
                dueAt = now + AlertLife.lookAgainAfter
                return
            }
            close(now, note: "", &step)
        } else if silence >= AlertLife.quietAfter {
            fallQuiet(&step)
            dueAt = max(now, lastSeen + clean)
        } else {
            goOn(evidence, &step)
            setDue(lastSeen + AlertLife.quietAfter, now)
        }
    }

    private mutating func goOn(_ evidence: Evidence, _ step: inout Step) {
        guard state == .quiet || state == .open && firstToldAt != nil && evidence != .none else { return }
        state = firstToldAt == nil ? .open : .ongoing
        step.entries.append(Entry(event: .ongoing))
    }

    private mutating func fallQuiet(_ step: inout Step) {
        guard state != .quiet else { return }
        state = .quiet
        step.entries.append(Entry(event: .quiet))
    }

    private mutating func close(_ now: Int64, note: String, _ step: inout Step) {
        state = .closed
        closedAt = now
        dueAt = nil
        step.entries.append(Entry(event: .closed, note: note))
        if label != nil, firstToldAt == nil {
            (news, newsAt) = (nil, nil)
        } else {
            raise(.closed, now)
        }
    }

    private mutating func adopt(_ verdict: Verdict) {
        (finding, severity, confidence, reasons) = (
            verdict.finding, verdict.severity, verdict.confidence, verdict.reasons
        )
    }

    /// An earlier time is kept: looking in vain once is cheaper than writing with every packet.
    private mutating func setDue(_ time: Int64, _ now: Int64) {
        if let dueAt, dueAt > now, dueAt < time { return }
        dueAt = time
    }
}

extension AlertLife {
    /// News that weigh more take the place of others; what waited longest says since when.
    private mutating func raise(_ new: News, _ now: Int64) {
        guard !isFalsePositive, new.weight > news?.weight ?? 0 else { return }
        news = new
        newsAt = newsAt ?? now
    }

    /// What people decided, and what was opened and told to nobody yet.
    private mutating func settleNews(_ now: Int64) {
        if isFalsePositive || isAcknowledged && news == .grew { (news, newsAt) = (nil, nil) }
        if state != .watching, state != .closed, firstToldAt == nil {
            raise(episode == 1 ? .opened : .reopened, now)
        }
    }
}

extension News {
    fileprivate var weight: Int {
        switch self {
        case .opened, .reopened: 4
        case .closed: 3
        case .changed: 2
        case .grew: 1
        }
    }
}
