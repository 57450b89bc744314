import WireFormat

/// What a collector has done since its start.
struct IngestCounters: Sendable, Equatable {
    /// Messages taken from sockets, and their bytes.
    var messages: UInt64 = 0
    var bytes: UInt64 = 0
    /// Messages that are none, or of a kind that sensors do not send.
    var undecodableMessages: UInt64 = 0
    /// Messages of keys that have just been removed or are not known yet.
    var strangers: UInt64 = 0
    var hellos: UInt64 = 0
    /// Batches received, whatever became of them.
    var batches: UInt64 = 0
    /// Batches that came again while they were in flight.
    var repeated: UInt64 = 0
    /// Batches that the database had already.
    var duplicates: UInt64 = 0
    /// Batches stored, and their flow records, overflow records and gap entries.
    var stored: UInt64 = 0
    var rows: UInt64 = 0
    /// Batches of keys that the database knew no more.
    var revoked: UInt64 = 0
    /// Refusals sent, by reason.
    var refused: [NakReason: UInt64] = [:]
    /// Keys whose connections were cut for garbage or for a key that the database knew no more.
    var kicks: UInt64 = 0
    /// Transactions with batches, the nanoseconds they took in all, and the longest of them.
    var groups: UInt64 = 0
    var groupNanoseconds: UInt64 = 0
    var longestGroupNanoseconds: UInt64 = 0

    init() {}

    mutating func note(_ group: GroupFacts) {
        groups &+= 1
        groupNanoseconds &+= UInt64(clamping: group.nanoseconds)
        longestGroupNanoseconds = max(longestGroupNanoseconds, UInt64(clamping: group.nanoseconds))
    }
}

/// What a store worker says of one transaction.
struct GroupFacts: Sendable, Hashable {
    /// From the first statement to the answer to COMMIT.
    var nanoseconds: Int64
}
