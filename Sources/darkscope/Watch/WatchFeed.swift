import Query
import Runtime
import Store
import Synchronization
import SystemCalls

/// Asks the database again and again on a thread of its own, and keeps what it told.
final class WatchFeed: Sendable {
    /// What is asked.
    struct Wish: Sendable {
        var scanners: ScannerChoice
        let filter: Filter?
        let sites: [String]?
        let intervalMilliseconds: Int32
    }

    private struct State: Sendable {
        var wish: Wish
        var content = WatchScreen.Content()
        /// By the monotonic clock; nil before the first answer.
        var toldAt: Int64?
        var attempts = 0
        var reason: String?
    }

    /// Owned by: whoever holds the lock, for no longer than a copy takes.
    private let state: Mutex<State>
    private let wake: EventDescriptor
    private let database: DatabaseOptions

    /// Starts asking. The thread ends with the process.
    init(_ wish: Wish, _ database: DatabaseOptions) throws {
        state = Mutex(State(wish: wish))
        wake = try EventDescriptor()
        self.database = database
        _ = try Worker(name: "watch") { self.run() }
    }

    /// What there is to show, and how old it is.
    func now() -> (content: WatchScreen.Content, status: WatchScreen.Status) {
        let (state, moment) = (state.withLock { $0 }, Clock.monotonicNanoseconds())
        let age = state.toldAt.map { (moment - $0) / 1_000_000_000 }
        if let reason = state.reason {
            return (state.content, .lost(ageSeconds: age, attempts: state.attempts, reason: reason))
        }
        return (state.content, age.map { .fresh(ageSeconds: $0) } ?? .connecting)
    }

    /// Takes the next choice of scanners, and asks at once.
    func turnScanners() {
        state.withLock { state in
            let all = ScannerChoice.allCases
            let place = all.firstIndex(of: state.wish.scanners) ?? 0
            state.wish.scanners = all[(place + 1) % all.count]
            state.content.portsOf = WatchFeed.title(state.wish)
            state.content.ports = []
        }
        wake.raise()
    }

    private func run() {
        var store: StoreConnection?
        while true {
            let wish = state.withLock { $0.wish }
            do {
                let connection = try store ?? database.connect()
                store = connection
                let content = try WatchFeed.content(connection, wish)
                state.withLock { state in
                    // An answer to what is not asked any more is not shown.
                    guard state.wish.scanners == wish.scanners else { return }
                    state.content = content
                    (state.toldAt, state.attempts, state.reason) = (Clock.monotonicNanoseconds(), 0, nil)
                }
            } catch {
                if store?.isAlive != true { store = nil }
                let reason = ProgramError.ending(with: error)?.message ?? "\(error)"
                state.withLock { state in
                    state.attempts += 1
                    state.reason = reason
                }
            }
            // What was wished meanwhile is asked at once; what fails is tried again after a second, and then more rarely.
            let attempts = state.withLock { $0.attempts }
            let pause = attempts == 0 ? wish.intervalMilliseconds : Int32(min(attempts, 10)) * 1_000
            if wake.wait(milliseconds: pause) { _ = wake.lower() }
        }
    }

    private static func content(_ store: StoreConnection, _ wish: Wish) throws -> WatchScreen.Content {
        let hour = try store.facts(from: .before(seconds: 3_600), to: .before(seconds: 0), zone: "UTC")
        let now = hour.facts.now
        var content = WatchScreen.Content()
        let sites = try store.siteReport(
            TimeSpan(start: now - 86_400, end: now), sites: wish.sites, timeoutMilliseconds: 10_000)
        content.sites = sites.sites.rows.map { row in
            let code = sites.sites.field(row, "site") ?? ""
            return WatchScreen.Site(
                code: code, state: sites.sites.field(row, "state") ?? "silent",
                lagSeconds: sites.sites.field(row, "lag_seconds").flatMap { Int64($0) },
                activity: sites.activity[code] ?? [])
        }
        let report = try store.watchReport(
            now: now, bins: 200, sites: wish.sites, isPartial: hour.facts.isPartial, most: 40)
        content.packets = report.packets
        content.events = report.events.map { WatchScreen.Event(kind: $0.kind, time: $0.time, text: $0.text) }
        content.portsOf = title(wish)
        // What this pane cannot tell is said, and the others go on.
        do {
            let answer = try ports(store, hour.facts, hour.span, wish)
            content.share = answer.coverage.share
            content.ports = rows(answer)
        } catch let error as QuestionError {
            content.complaint = "Ports: \(error)"
        } catch let error as StoreError where error.kind != .unavailable {
            content.complaint = "Ports: \(error.message)"
        }
        return content
    }

    private static func ports(
        _ store: StoreConnection, _ facts: Facts, _ span: TimeSpan, _ wish: Wish
    ) throws -> QuestionAnswer {
        let question = Question(
            .top(.ports, by: .sources, limit: 60), filter: filter(wish), scanners: wish.scanners, span: span)
        return try store.answer(try Planner(facts).plan(question), zone: "UTC", timeoutMilliseconds: 10_000)
    }

    private static func rows(_ answer: QuestionAnswer) -> [WatchScreen.Port] {
        let rows = TopAnswer(answer, subject: .ports).rows
        return rows.rows.map { row in
            WatchScreen.Port(
                trafficClass: rows.field(row, "class") ?? "", number: rows.field(row, "service_port") ?? "",
                name: rows.field(row, "name"), packets: rows.field(row, "packets") ?? "0",
                sources: rows.field(row, "sources"), precision: rows.field(row, "sources_precision"))
        }
    }

    private static func filter(_ wish: Wish) -> Filter? {
        let sites = wish.sites.map { [Filter.term(.init(.site, .isIn, $0.map { .word($0) }))] } ?? []
        let parts = sites + (wish.filter.map { [$0] } ?? [])
        return parts.isEmpty ? nil : .conjunction(parts)
    }

    private static func title(_ wish: Wish) -> String {
        let choice =
            switch wish.scanners {
            case .all: "all sources"
            case .without: "without scanners"
            case .only: "scanners only"
            }
        return "last hour, \(choice)" + (wish.filter.map { ", \($0)" } ?? "")
    }
}
