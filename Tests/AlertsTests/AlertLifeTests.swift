import MemoryFiles
import Testing

@testable import Alerts

@Suite struct AlertLifeTests {
    static let hour: Int64 = 3_600_000
    static let clean: Int64 = 24 * hour
    static let nothing = Verdict(finding: .none, severity: .low, confidence: .low, reasons: [], isReportable: false)
    static let infection = Verdict(
        finding: .infection, severity: .medium, confidence: .low, reasons: ["seen"], isReportable: true)
    static let sure = Verdict(
        finding: .infection, severity: .medium, confidence: .high, reasons: ["seen"], isReportable: true)
    static let labelled = Verdict(
        finding: .none, severity: .low, confidence: .low, reasons: [], isReportable: false, label: "allowed")

    /// An alert and a clock.
    struct Story {
        var life = AlertLife(lastSeen: 0)
        var now: Int64 = 0

        @discardableResult
        mutating func see(_ verdict: Verdict, late: Bool = false) -> [AlertLife.Entry.Event] {
            if !late { life.lastSeen = now }
            return life.proceed(verdict, late ? .late : .timely, now: now, cleanMilliseconds: clean).entries.map(
                \.event)
        }

        /// Looks whenever the alert says, until a time has gone by.
        @discardableResult
        mutating func pass(
            hours: Int64, _ verdict: Verdict = infection, isObserved: Bool = true
        ) -> [AlertLife.Entry.Event] {
            let end = now + hours * hour
            var events: [AlertLife.Entry.Event] = []
            while let due = life.dueAt, due <= end {
                now = max(now, due)
                events += life.proceed(
                    verdict, .none, now: now, cleanMilliseconds: clean, isObserved: isObserved
                ).entries.map(\.event)
            }
            now = end
            return events
        }

        /// What making a notice does.
        mutating func tell() -> News? {
            defer {
                if life.news != nil { life.firstToldAt = life.firstToldAt ?? now }
                (life.news, life.newsAt) = (nil, nil)
            }
            return life.news
        }
    }

    @Test func anAlertOpensGoesOnFallsQuietAndIsClosed() {
        var story = Story()
        #expect(story.see(Self.nothing) == [])
        #expect(story.life.state == .watching && story.life.news == nil)
        #expect(story.see(Self.infection) == [.opened])
        #expect(story.life.state == .open && story.life.episode == 1 && story.tell() == .opened)
        #expect(story.see(Self.infection) == [.ongoing])
        #expect(story.tell() == .grew)
        #expect(story.pass(hours: 1) == [.quiet])
        #expect(story.see(Self.infection) == [.ongoing])
        #expect(story.tell() == .grew)
        #expect(story.pass(hours: 23) == [.quiet])
        #expect(story.life.state == .quiet && story.tell() == nil)
        #expect(story.pass(hours: 1) == [.closed])
        #expect(story.life.closedAt == story.now && story.tell() == .closed)
        #expect(story.pass(hours: 1_000) == [] && story.life.dueAt == nil)
    }

    @Test func whatIsReportedAfterClosingReopensTheSameAlert() {
        var story = Story()
        story.see(Self.infection)
        _ = story.tell()
        story.life.isAcknowledged = true
        story.pass(hours: 30)
        #expect(story.tell() == .closed)
        #expect(story.see(Self.nothing) == [] && story.life.state == .closed && story.life.finding == .infection)
        #expect(story.see(Self.sure) == [.reopened])
        #expect(story.life.episode == 2 && !story.life.isAcknowledged && story.life.closedAt == nil)
        #expect(story.tell() == .reopened)
    }

    @Test func whatLedToNothingIsForgottenAfterTheCleanPeriod() {
        for isClosed in [false, true] {
            var story = Story()
            if isClosed {
                story.see(Self.infection)
                story.pass(hours: 30)
            }
            story.see(Self.nothing)
            story.pass(hours: 23, Self.nothing)
            #expect(story.life.dueAt == story.life.lastSeen + Self.clean)
            story.now = story.life.lastSeen + Self.clean
            let step = story.life.proceed(Self.nothing, .none, now: story.now, cleanMilliseconds: Self.clean)
            #expect(step == AlertLife.Step(forgets: true))
            #expect(story.life.dueAt == nil && story.life.state == (isClosed ? .closed : .watching))
        }
    }

    @Test func whatCameLateIsKeptForAnHourSoThatTheRestMayCome() {
        var life = AlertLife(lastSeen: 0)
        let now = 100 * Self.hour
        #expect(life.proceed(Self.nothing, .late, now: now, cleanMilliseconds: Self.clean) == AlertLife.Step())
        #expect(life.dueAt == now + Self.hour)
        #expect(
            life.proceed(Self.infection, .late, now: now + 1, cleanMilliseconds: Self.clean).entries.map(\.event)
                == [.opened])

        life = AlertLife(lastSeen: 0)
        _ = life.proceed(Self.nothing, .late, now: now, cleanMilliseconds: Self.clean)
        let step = life.proceed(Self.nothing, .none, now: now + Self.hour, cleanMilliseconds: Self.clean)
        #expect(step.forgets && life.dueAt == nil)
    }

    @Test func evidenceOlderThanTheClosingChangesNothing() {
        var story = Story()
        story.see(Self.infection)
        story.pass(hours: 30)
        let closed = story.life
        #expect(story.see(Self.nothing, late: true) == [])
        #expect(story.life == closed)
    }

    @Test func lateEvidenceOpensSaysSoAndIsClosedAtTheNextLookButToldAsOpened() {
        var story = Story()
        story.now = 100 * Self.hour
        #expect(story.see(Self.infection, late: true) == [.opened])
        #expect(story.life.isLate && story.life.dueAt == story.now)
        #expect(story.pass(hours: 0) == [.closed])
        #expect(story.tell() == .opened)
        #expect(story.tell() == nil)
        story.see(Self.infection)
        #expect(!story.life.isLate && story.tell() == .reopened)
    }

    @Test func lookingAtAClosedAlertChangesNothing() {
        var story = Story()
        story.see(Self.infection)
        (story.life.state, story.life.closedAt, story.life.dueAt) = (.closed, story.now, story.now)
        (story.life.news, story.life.newsAt) = (.closed, story.now)
        let step = story.life.proceed(Self.nothing, .none, now: story.now, cleanMilliseconds: Self.clean)
        #expect(step == AlertLife.Step() && story.life.dueAt == nil && story.life.news == .closed)
    }

    @Test func silenceThatNobodyObservedClosesNothing() {
        var story = Story()
        story.see(Self.infection)
        #expect(story.pass(hours: 72, isObserved: false) == [.quiet])
        #expect(story.life.state == .quiet && story.pass(hours: 1) == [.closed])
    }

    @Test func growthIsToldOnceAndNotAfterAnAcknowledgement() {
        var story = Story()
        story.see(Self.infection)
        _ = story.tell()
        story.see(Self.infection)
        story.see(Self.infection)
        #expect(story.life.news == .grew)
        story.life.isAcknowledged = true
        story.see(Self.infection)
        #expect(story.life.news == nil && story.life.newsAt == nil)
        // What changed is told all the same.
        story.see(Self.sure)
        #expect(story.tell() == .changed)
    }

    @Test func newsThatWeighMoreTakeThePlaceOfOthersAndWaitAsLong() {
        var story = Story()
        story.see(Self.infection)
        _ = story.tell()
        story.see(Self.infection)
        let since = story.life.newsAt
        story.pass(hours: 1)
        story.see(Self.sure)
        #expect(story.life.news == .changed && story.life.newsAt == since)
        story.pass(hours: 30)
        #expect(story.life.news == .closed && story.life.newsAt == since)
        story.see(Self.sure)
        #expect(story.life.news == .reopened)
    }

    @Test func aFalsePositiveIsNotToldUntilItIsReleased() {
        var story = Story()
        story.life.isFalsePositive = true
        #expect(story.see(Self.infection) == [.opened] && story.life.news == nil)
        story.life.isFalsePositive = false
        story.see(Self.infection)
        #expect(story.tell() == .opened)
        story.see(Self.infection)
        story.life.isFalsePositive = true
        story.see(Self.infection)
        #expect(story.life.news == nil)
    }

    @Test func aLabelThatComesLaterClosesAndTellsOnlyWhoHeardOfIt() {
        for isTold in [false, true] {
            var story = Story()
            story.see(Self.infection)
            if isTold { _ = story.tell() }
            #expect(story.see(Self.labelled) == [.closed])
            #expect(story.life.news == (isTold ? .closed : nil) && story.life.label == "allowed")
            #expect(story.see(Self.labelled) == [])
            #expect(story.see(Self.infection) == [.reopened] && story.life.label == nil)
        }
    }

    @Test func whatWasReportedStaysSoWhenTrustIsTakenAway() {
        var story = Story()
        story.see(Self.sure)
        _ = story.tell()
        #expect(story.see(Self.nothing) == [.changed, .ongoing])
        #expect(story.life.finding == .infection && story.life.confidence == .low && story.tell() == .changed)
    }

    @Test func dueTimesAreKeptWhileTheyAreEarlyEnough() {
        var story = Story()
        story.see(Self.infection)
        let due = story.life.dueAt
        story.now += 60_000
        story.see(Self.infection)
        #expect(story.life.dueAt == due)
    }

    /// Whatever happens in whatever order.
    @Test func randomStoriesKeepTheRules() {
        for seed in 0..<300 {
            var random = Random(seed: UInt64(seed))
            var story = Story()
            var opened = 0
            var closedByTime = 0
            for _ in 0..<200 {
                let before = story.life
                var events: [AlertLife.Entry.Event] = []
                let action = random.below(12)
                switch action {
                case 0...3: events = story.see([Self.nothing, Self.infection, Self.sure][random.below(3)])
                case 4: events = story.see([Self.nothing, Self.infection][random.below(2)], late: true)
                case 5: events = story.see(Self.labelled)
                case 6: events = story.pass(hours: Int64(random.below(4)))
                case 7: events = story.pass(hours: Int64(random.below(60)), isObserved: random.below(2) == 0)
                case 8: story.life.isAcknowledged = true
                case 9: story.life.isFalsePositive.toggle()
                case 10 where ![.watching, .closed].contains(story.life.state):
                    (story.life.state, story.life.closedAt, story.life.dueAt) = (.closed, story.now, nil)
                default:
                    let news = story.tell()
                    #expect(news == before.news)
                    // Never twice without news.
                    #expect(story.tell() == nil)
                }
                let life = story.life
                opened += events.count { $0 == .opened || $0 == .reopened }
                #expect(Int(life.episode) == opened)
                if events.contains(.closed), life.label == nil, let closedAt = life.closedAt {
                    closedByTime += 1
                    #expect(closedAt - life.lastSeen >= Self.clean)
                }
                #expect((life.closedAt != nil) == (life.state == .closed))
                #expect((life.newsAt != nil) == (life.news != nil))
                #expect(life.news != .grew || life.firstToldAt != nil)
                // What is open and was told to nobody is news.
                let isLiving = [.open, .quiet, .ongoing].contains(life.state)
                if action <= 5, isLiving, life.firstToldAt == nil, !life.isFalsePositive {
                    #expect(life.news == .opened || life.news == .reopened)
                }
                if action <= 5, life.isFalsePositive { #expect(life.news == nil) }
                // What lives is looked at again.
                if isLiving { #expect(life.dueAt != nil) }
            }
            #expect(seed > 10 || closedByTime > 0)
        }
    }
}
