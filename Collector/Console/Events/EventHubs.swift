import Synchronization

/// Who is told of what.
enum Audience: Hashable, Sendable {
    /// Who may see what all sites store.
    case everything
    /// The partner of the site of this code: what it stores.
    case site(String)
    /// Who sees sums of three sites or more.
    case totals
}

/// A hub for each audience, so that nobody learns of what is told to others, not even that something was. Any thread may
/// use it.
///
/// Hubs of sites are made when somebody of the site follows, and stay: they are as many as sites at most.
final class EventHubs: Sendable {
    /// Tells this process from others in identifiers of events.
    let start: String
    private let mostFollowers: Int
    private let state = Mutex((hubs: [Audience: EventHub](), followers: 0, isEnded: false))

    init(start: String, mostFollowers: Int) {
        self.start = start
        self.mostFollowers = mostFollowers
    }

    var followers: Int { state.withLock { $0.followers } }

    /// The hub of an audience; nil when too many follow already. Else `leave` is owed.
    func join(_ audience: Audience) -> EventHub? {
        state.withLock { state in
            guard state.followers < mostFollowers, !state.isEnded else { return nil }
            let hub = state.hubs[audience] ?? EventHub(start: start)
            state.hubs[audience] = hub
            state.followers += 1
            return hub
        }
    }

    func leave() { state.withLock { $0.followers -= 1 } }

    /// Tells an audience, if any of it ever followed.
    func publish(_ news: [(name: String, data: String)], to audience: Audience) {
        state.withLock { $0.hubs[audience] }?.publish(news)
    }

    /// Makes everybody show a sign of life.
    func beat() { for hub in all { hub.beat() } }

    /// Lets everybody go, and nobody in.
    func end() {
        state.withLock { $0.isEnded = true }
        for hub in all { hub.end() }
    }

    private var all: [EventHub] { state.withLock { Array($0.hubs.values) } }
}

/// A place among those who follow. It is given back once: when they leave, or when nobody holds it any more, such as that of a
/// client that left before its stream began. Any thread may use it.
final class FollowerSeat: Sendable {
    private let hubs: EventHubs
    private let isTaken = Mutex(true)

    /// - Parameter hubs: have been joined, and not been left for it.
    init(_ hubs: EventHubs) { self.hubs = hubs }

    deinit { leave() }

    func leave() {
        let wasTaken = isTaken.withLock { isTaken in
            defer { isTaken = false }
            return isTaken
        }
        if wasTaken { hubs.leave() }
    }
}
