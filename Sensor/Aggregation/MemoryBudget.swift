import Synchronization

/// The bytes that the flow tables and destination sets of all windows may take together, closed ones that are still
/// being written among them.
///
/// Any thread: the capture thread takes, whoever lets go of a closed window gives back.
final class MemoryBudget: Sendable {
    let limit: Int
    private let used = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    /// Bytes taken now.
    var bytes: Int { used.load(ordering: .relaxed) }

    /// False, and nothing is taken, when it would be more than `limit`.
    func take(_ bytes: Int) -> Bool {
        let sum = used.wrappingAdd(bytes, ordering: .relaxed).newValue
        if sum <= limit { return true }
        give(bytes)
        return false
    }

    func give(_ bytes: Int) { used.wrappingSubtract(bytes, ordering: .relaxed) }
}
