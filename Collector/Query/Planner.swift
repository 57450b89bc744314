/// Finds the cheapest views that answer a question.
package struct Planner {
    /// Packets of a span whose flows are read one by one, at most.
    package static let mostFlowPackets: Int64 = 20_000_000
    /// Seconds of a span whose flows are read one by one, at most.
    static let mostFlowSeconds: Int64 = 31 * 86_400
    /// Days whose sources are read one by one, at most, unless an address or a block finds them.
    static let mostSourceDays: Int64 = 31

    let facts: Facts

    package init(_ facts: Facts) { self.facts = facts }

    /// - Throws: when nothing can answer it, with what to ask instead.
    package func plan(_ question: Question) throws(QuestionError) -> Plan {
        guard question.span.seconds > 0 else {
            throw QuestionError("the span ends before it begins. Give --from a time before --to")
        }
        guard question.span.seconds <= 3_660 * 86_400 else {
            throw QuestionError("the span is longer than ten years. Give a shorter one")
        }
        try checkNames(question.filter)
        let (choice, rest) = question.filter?.splittingScanners() ?? (.all, nil)
        guard choice == .all || question.scanners == .all || choice == question.scanners else {
            throw QuestionError(
                "the filter says \(choice.words) and the choice of scanners \(question.scanners.words). Leave one out")
        }
        let scanners = choice == .all ? question.scanners : choice
        switch question.shape {
        case .top(let subject, let order, let limit):
            return try top(subject, order, limit, Asked(question, rest, scanners))
        case .series(let step, let zone): return try series(step, zone, Asked(question, rest, scanners))
        case .stack(let subject, let order, let limit, let step, let zone, let withSources):
            let layers = Layers(subject: subject, order: order, limit: limit, withSources: withSources)
            return try stack(layers, step, zone, Asked(question, rest, scanners))
        case .groups(let dimensions, let limit):
            return try groups(dimensions, limit, Asked(question, rest, scanners))
        }
    }

    /// A question whose choice of scanners is taken out of its filter.
    struct Asked {
        let span: TimeSpan
        let filter: Filter?
        let scanners: ScannerChoice

        init(_ question: Question, _ filter: Filter?, _ scanners: ScannerChoice) {
            span = question.span
            self.filter = filter
            self.scanners = scanners
        }

        var fields: Set<FilterField> { filter?.fields ?? [] }

        /// The filter with the choice of scanners in it, for relations that have no other way to make it.
        var whole: Filter? {
            let labelled = Filter.term(.init(.scanner, .holds, []))
            let own: [Filter] =
                switch scanners {
                case .all: []
                case .without: [.not(labelled)]
                case .only: [labelled]
                }
            let parts = own + (filter.map { [$0] } ?? [])
            return parts.isEmpty ? nil : .conjunction(parts)
        }
    }

    /// A name that nobody has would be answered with nothing, and nothing is also what a quiet site is answered with.
    private func checkNames(_ filter: Filter?) throws(QuestionError) {
        switch filter {
        case nil: return
        case .all(let parts), .any(let parts):
            for part in parts { try checkNames(part) }
        case .not(let inner): try checkNames(inner)
        case .term(let term):
            let known =
                switch term.field {
                case .site: facts.sites
                case .sensor: facts.sensors
                default: [String]?.none
                }
            guard let known else { return }
            for case .word(let name) in term.values where !known.contains(name) {
                let nearest = NearestWord.find(name, among: known).map { ". Did you mean \($0)?" }
                let some = known.sorted().prefix(20).joined(separator: ", ")
                let all = known.isEmpty ? ". There is none" : ". There are: \(some)"
                throw QuestionError("there is no \(term.field.rawValue) \(name)\(nearest ?? all)")
            }
        }
    }

    /// The cheapest relation that can answer, and the filter that is put to its rows.
    /// - Parameters:
    ///   - isWanted: whether a relation suits the shape of the answer.
    ///   - shape: the answer in words.
    func relation(
        for asked: Asked, _ shape: String, where isWanted: (Relation) -> Bool
    ) throws(QuestionError) -> Relation {
        for relation in Relation.allCases where isWanted(relation) {
            guard asked.fields.isSubset(of: relation.fields) else { continue }
            if relation == .totals || relation == .firstSources, !facts.hasParts { continue }
            if asked.scanners != .all, relation != .ports, !relation.hasSources {
                guard relation.isPart, facts.hasParts, asked.span.start >= facts.scannersSince ?? .min else { continue }
            }
            if relation == .firstSources, facts.isPartial || asked.filter != nil { continue }
            if relation == .daySources, asked.filter?.required(.source)?.count != 1,
                asked.span.seconds > Planner.mostSourceDays * 86_400
            {
                continue
            }
            if relation.isDaily, !isOver(asked.span) { continue }
            if relation == .flows, asked.span.seconds > Planner.mostFlowSeconds { continue }
            return relation
        }
        throw refusal(asked, shape, where: isWanted)
    }

    /// Rows of a relation for a question.
    /// - Parameter isBySite: whether the answer tells sites apart by rows.
    func record(
        _ relation: Relation, _ asked: Asked, span: TimeSpan, unit: Int64, needsOrigin: Bool = false,
        isSeries: Bool = false, isBySite: Bool = false
    ) -> Record {
        let isWorld =
            (relation.isPart || relation == .ports) && facts.hasParts && !facts.isPartial && !isBySite && unit >= 3_600
            && asked.fields.isDisjoint(with: [.site, .sensor])
        return Record(
            relation: relation, span: span, scanners: asked.scanners,
            filter: relation.hasSources ? asked.whole : asked.filter, unit: unit, needsOrigin: needsOrigin,
            isSeries: isSeries, isWorld: isWorld, hasParts: facts.hasParts)
    }

    /// What could be asked instead of so many flows.
    func instead(_ asked: Asked, where isWanted: (Relation) -> Bool) -> String {
        let suits = isWanted(.daySources) && asked.fields.isSubset(of: Relation.daySources.fields)
        return "a shorter span or fewer sites"
            + (suits ? ", or whole days (UTC) that are over, whose sources are summed" : "")
    }

    /// Whether the span is of whole days (UTC) that are over.
    private func isOver(_ span: TimeSpan) -> Bool {
        span.isAligned(to: 86_400) && span.end <= TimeSpan.floor(facts.now, 86_400)
    }

    private func refusal(_ asked: Asked, _ shape: String, where isWanted: (Relation) -> Bool) -> QuestionError {
        if asked.fields.contains(.tool) {
            if let other = FilterField.allCases.first(where: {
                asked.fields.contains($0) && !Relation.daySources.fields.contains($0)
            }) {
                return QuestionError(
                    "tool and \(other.rawValue) cannot go together: the tool is that of all a source sent in a day. "
                        + "Leave one of them out, or ask for the sources by tool first, and with source in (…) then")
            }
            guard isWanted(.daySources) else {
                return QuestionError(
                    "tool cannot go together with \(shape): it is known of sources and days alone. Ask for top sources, "
                        + "top countries, top networks or top sites, or for a series by day in UTC")
            }
            return QuestionError(
                "tool is known of whole days (UTC) that are over, at most \(Planner.mostSourceDays). Give --from and --to "
                    + "as such days, or name the source")
        }
        let cheap = Relation.allCases.filter { $0 != .flows && isWanted($0) }
        var pair = "this question"
        if let relation = cheap.first {
            let others = FilterField.allCases.filter {
                asked.fields.contains($0) && !relation.fields.contains($0)
            }.map(\.rawValue)
            let reason = others.first ?? (asked.scanners == .all ? "the span" : "the choice of scanners")
            pair = "\(shape) and \(reason)"
        }
        return QuestionError(
            "\(pair) go together in the flows alone, of which at most \(Planner.mostFlowSeconds / 86_400) days are read. "
                + "Give a shorter span, or leave one of the two out")
    }
}

extension ScannerChoice {
    /// As a part of a sentence.
    var words: String {
        switch self {
        case .all: "all sources"
        case .without: "without scanners"
        case .only: "scanners only"
        }
    }
}
