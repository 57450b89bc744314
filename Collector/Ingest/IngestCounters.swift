import Telemetry
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
    /// The same by the sensor's name, which is empty for keys that are not known.
    var refusedBySensor: [String: [NakReason: UInt64]] = [:]
    /// Batches stored, by the sensor's name.
    var storedBySensor: [String: UInt64] = [:]
    /// Keys whose connections were cut for garbage or for a key that the database knew no more.
    var kicks: UInt64 = 0
    /// Transactions with batches, the nanoseconds they took in all, and the longest of them.
    var groups: UInt64 = 0
    var groupNanoseconds: UInt64 = 0
    var longestGroupNanoseconds: UInt64 = 0
    /// The same transactions by their seconds.
    var commits = Histogram(bounds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30])
    /// Seconds from the end of live windows to their storage.
    var delays = Histogram(bounds: [0.5, 1, 2, 3, 5, 7.5, 10, 15, 30, 60, 120, 300, 900, 3_600, 21_600, 86_400])

    init() {}

    mutating func note(_ group: GroupFacts) {
        groups &+= 1
        groupNanoseconds &+= UInt64(clamping: group.nanoseconds)
        longestGroupNanoseconds = max(longestGroupNanoseconds, UInt64(clamping: group.nanoseconds))
        commits.observe(Double(group.nanoseconds) / 1e9)
        for delay in group.delays { delays.observe(delay) }
    }
}

/// What a store worker says of one transaction.
struct GroupFacts: Sendable, Hashable {
    /// From the first statement to the answer to COMMIT.
    var nanoseconds: Int64
    /// Seconds from the end of each live window that it stored to its end.
    var delays: [Double] = []
}
