/// The elements of a bounded queue, and its rules.
struct QueueState<Element> {
    private var ring: [Element?]
    private var head = 0
    private(set) var count = 0
    private(set) var isClosed = false
    private let maximumWeight: Int
    private let weigh: @Sendable (Element) -> Int
    private var weight = 0

    init(capacity: Int, maximumWeight: Int, weigh: @escaping @Sendable (Element) -> Int) {
        precondition(capacity > 0, "a queue holds at least one element")
        ring = Array(repeating: nil, count: capacity)
        self.maximumWeight = maximumWeight
        self.weigh = weigh
    }

    enum Admission: Equatable {
        case accepted
        case full
        case closed
    }

    /// What is heavier than a queue may be enters when the queue is empty, for it would never enter otherwise.
    mutating func push(_ element: Element) -> Admission {
        if isClosed { return .closed }
        let (total, overflow) = weight.addingReportingOverflow(max(0, weigh(element)))
        if count == ring.count || (count > 0 && (overflow || total > maximumWeight)) { return .full }
        ring[(head + count) % ring.count] = element
        count += 1
        weight = total
        return .accepted
    }

    /// The oldest.
    mutating func pop() -> Element? {
        guard count > 0, let element = ring[head] else { return nil }
        ring[head] = nil
        head = (head + 1) % ring.count
        count -= 1
        weight -= max(0, weigh(element))
        return element
    }

    mutating func close() { isClosed = true }
}
