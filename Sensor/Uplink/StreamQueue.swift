import FlowModel
import Spool

/// The records of one stream that the collector has not acknowledged, and in which order they go.
struct StreamQueue {
    /// What the collector knows of the stream on this connection.
    enum Greeting: Equatable {
        case none
        case sent
        case welcomed
        /// The collector wants the next HELLO not before this time.
        case refused(untilMilliseconds: Int64)
    }

    let epoch: Epoch
    let isImport: Bool
    var greeting = Greeting.none
    /// What the collector had when it welcomed the stream.
    var committed: [ClosedRange<UInt64>] = []
    private(set) var records: [UInt64: SpoolRecord] = [:]
    /// Sequences that wait to be sent, ascending.
    private(set) var waiting: [UInt64] = []
    private(set) var inFlight: Set<UInt64> = []
    /// Sequences that the collector wants again, not before a time.
    private var delayed: [(sequence: UInt64, untilMilliseconds: Int64)] = []

    init(epoch: Epoch, isImport: Bool) {
        self.epoch = epoch
        self.isImport = isImport
    }

    var isEmpty: Bool { records.isEmpty }

    /// The oldest sequence held, and the one after the newest.
    var extent: (first: UInt64, next: UInt64)? {
        guard let first = records.keys.min(), let last = records.keys.max() else { return nil }
        return (first, last + 1)
    }

    mutating func append(_ record: SpoolRecord) {
        guard records.updateValue(record, forKey: record.sequence) == nil else { return }
        insertWaiting(record.sequence)
    }

    /// Forgets a record; returns it when it was there.
    @discardableResult
    mutating func remove(_ sequence: UInt64) -> SpoolRecord? {
        guard let record = records.removeValue(forKey: sequence) else { return nil }
        if inFlight.remove(sequence) == nil {
            let place = lowerBound(sequence)
            if place < waiting.count, waiting[place] == sequence { waiting.remove(at: place) }
            delayed.removeAll { $0.sequence == sequence }
        }
        return record
    }

    /// Forgets every record of the ranges; returns the sequences that were there, ascending.
    mutating func remove(_ ranges: [ClosedRange<UInt64>]) -> [UInt64] {
        let held = records.keys.filter { sequence in ranges.contains { $0.contains(sequence) } }.sorted()
        for sequence in held { remove(sequence) }
        return held
    }

    /// The record to send next: an import's oldest, because a file is read in order; else the newest, because the
    /// present matters most after an outage.
    var next: SpoolRecord? { (isImport ? waiting.first : waiting.last).flatMap { records[$0] } }

    /// Whether the collector had the next record before this connection.
    var isNextKnown: Bool { next.map { record in committed.contains { $0.contains(record.sequence) } } ?? false }

    mutating func markInFlight(_ sequence: UInt64) {
        let place = lowerBound(sequence)
        guard place < waiting.count, waiting[place] == sequence else { return }
        waiting.remove(at: place)
        inFlight.insert(sequence)
    }

    mutating func delay(_ sequence: UInt64, untilMilliseconds: Int64) {
        guard inFlight.remove(sequence) != nil else { return }
        delayed.append((sequence, untilMilliseconds))
    }

    /// Lets delayed records whose time has come wait for their turn again.
    mutating func wakeDelayed(nowMilliseconds: Int64) {
        for item in delayed where item.untilMilliseconds <= nowMilliseconds { insertWaiting(item.sequence) }
        delayed.removeAll { $0.untilMilliseconds <= nowMilliseconds }
        if case .refused(let until) = greeting, until <= nowMilliseconds { greeting = .none }
    }

    /// The connection is gone: whatever was in flight may or may not have arrived, so it goes again.
    mutating func disconnect() {
        greeting = .none
        committed = []
        for sequence in inFlight { insertWaiting(sequence) }
        inFlight = []
        for item in delayed { insertWaiting(item.sequence) }
        delayed = []
    }

    private mutating func insertWaiting(_ sequence: UInt64) {
        if waiting.last.map({ $0 < sequence }) ?? true {
            waiting.append(sequence)
        } else {
            waiting.insert(sequence, at: lowerBound(sequence))
        }
    }

    private func lowerBound(_ sequence: UInt64) -> Int {
        var low = 0
        var high = waiting.count
        while low < high {
            let middle = (low + high) / 2
            if waiting[middle] < sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
