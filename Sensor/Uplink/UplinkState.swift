import FlowModel
import Spool
import WireFormat

/// Decides what is sent when: which streams are announced, which batch is next, what an answer means.
///
/// Owned by: the uplink thread. Pure: times are milliseconds of a monotonic clock and Unix seconds, both passed in.
struct UplinkState {
    enum Action: Equatable {
        case send(Message)
        /// Read the record from the spool and send it; `unsendable` when that is not possible.
        case sendBatch(SpoolRecord)
        /// The collector has these for good.
        case acknowledged(Epoch, [ClosedRange<UInt64>])
        /// The collector will never take this one.
        case rejected(SpoolRecord, reason: String)
        /// Make a new connection.
        case giveUp(reason: String)
    }

    /// Batches without an answer at most (SPEC.md §3: the collector may ask for fewer).
    static let maximumInFlight = 8
    /// HELLOs without an answer at most: with as many batches in flight they fit libzmq's queue.
    static let maximumGreetings = 4
    /// Milliseconds without any message while an answer is owed.
    static let answerDeadline: Int64 = 180_000
    /// A window that ended at most so many seconds ago is the present; older ones are back-filled.
    static let freshSeconds: Int64 = 180
    /// Milliseconds after which a batch is sent again when the collector does not say.
    static let defaultRetry: Int64 = 5_000

    private var streams: [Epoch: StreamQueue] = [:]
    private var backfilled: Set<SpoolRecord> = []
    private var pace = BackfillPace()
    private var isConnected = false
    /// Grows from 2 by one for each acknowledgement: a slow link is not filled with what it can't carry.
    private var window = 2
    private var credit = UplinkState.maximumInFlight
    private var lastMessageMilliseconds: Int64 = 0
    private let sensorVersion: String

    init(sensorVersion: String) { self.sensorVersion = sensorVersion }

    /// Records that are not acknowledged.
    var pendingCount: Int { streams.values.reduce(0) { $0 + $1.records.count } }

    private var inFlightCount: Int { streams.values.reduce(0) { $0 + $1.inFlight.count } }
    private var isAnswerOwed: Bool { streams.values.contains { !$0.inFlight.isEmpty || $0.greeting == .sent } }

    /// What the spool has gained or given up.
    mutating func apply(_ change: SpoolChange) {
        switch change {
        case .appended(let record):
            streams[record.epoch, default: StreamQueue(epoch: record.epoch, isImport: record.isImport)].append(record)
        case .dropped(let record):
            streams[record.epoch]?.remove(record.sequence)
            removeIfDone(record.epoch)
        }
    }

    mutating func connected(nowMilliseconds: Int64) {
        isConnected = true
        window = 2
        credit = UplinkState.maximumInFlight
        lastMessageMilliseconds = nowMilliseconds
    }

    mutating func disconnected() {
        isConnected = false
        for epoch in Array(streams.keys) {
            streams[epoch]?.disconnect()
            removeIfDone(epoch)
        }
        backfilled = []
        pace.disconnect()
    }

    /// The spool does not have the record any more, or cannot read it.
    mutating func unsendable(_ record: SpoolRecord, nowMilliseconds: Int64) {
        ended(record, nowMilliseconds)
        streams[record.epoch]?.remove(record.sequence)
        removeIfDone(record.epoch)
    }

    /// What can be sent now. Call it after every event, and when `waitMilliseconds` are over.
    mutating func next(nowMilliseconds: Int64, unixSeconds: Int64) -> [Action] {
        guard isConnected else { return [] }
        if isAnswerOwed, nowMilliseconds - lastMessageMilliseconds > UplinkState.answerDeadline {
            return [.giveUp(reason: "no answer for \(UplinkState.answerDeadline / 1_000) s")]
        }
        var actions = settleKnown()
        var greetings = streams.values.count { $0.greeting == .sent }
        for epoch in streams.keys {
            streams[epoch]?.wakeDelayed(nowMilliseconds: nowMilliseconds)
            guard greetings < UplinkState.maximumGreetings, let stream = streams[epoch], stream.greeting == .none,
                let extent = stream.extent
            else { continue }
            greetings += 1
            if !isAnswerOwed { lastMessageMilliseconds = nowMilliseconds }
            streams[epoch]?.greeting = .sent
            actions.append(
                .send(
                    .hello(
                        Hello(
                            epoch: epoch, isImport: stream.isImport, firstSequence: extent.first,
                            nextSequence: extent.next, sensorVersion: sensorVersion))))
        }
        var room = min(window, credit, UplinkState.maximumInFlight) - inFlightCount
        while room > 0, let (record, isOld) = choose(nowMilliseconds, unixSeconds) {
            if !isAnswerOwed { lastMessageMilliseconds = nowMilliseconds }
            streams[record.epoch]?.markInFlight(record.sequence)
            if isOld {
                backfilled.insert(record)
                pace.started(nowMilliseconds: nowMilliseconds)
            }
            actions.append(.sendBatch(record))
            room -= 1
        }
        return actions
    }

    /// The present first, then what is old, newest first and at half the pace, then files.
    private func choose(_ nowMilliseconds: Int64, _ unixSeconds: Int64) -> (record: SpoolRecord, isOld: Bool)? {
        let candidates = streams.values.filter { $0.greeting == .welcomed }.compactMap(\.next)
        func end(_ record: SpoolRecord) -> Int64 { record.window?.end ?? .max }
        let live = candidates.filter { !$0.isImport }.max { end($0) < end($1) }
        if let live {
            let isOld = end(live) < unixSeconds - UplinkState.freshSeconds
            if !isOld || pace.mayStart(nowMilliseconds: nowMilliseconds) { return (live, isOld) }
        }
        return candidates.first { $0.isImport }.map { ($0, false) }
    }

    mutating func received(_ message: Message, nowMilliseconds: Int64) -> [Action] {
        lastMessageMilliseconds = nowMilliseconds
        switch message {
        case .welcome(let welcome):
            guard streams[welcome.epoch] != nil else { return [] }
            credit = Int(welcome.credit)
            streams[welcome.epoch]?.greeting = .welcomed
            streams[welcome.epoch]?.committed = welcome.committed
            return settle(welcome.epoch, welcome.committed, nowMilliseconds)
        case .ack(let ack):
            window = min(UplinkState.maximumInFlight, window + 1)
            return settle(ack.epoch, ack.sequences, nowMilliseconds)
        case .nak(let nak):
            return refused(nak, nowMilliseconds)
        case .hello, .batch, .bye:
            return [.giveUp(reason: "the collector sent what only sensors send")]
        }
    }

    private mutating func settle(
        _ epoch: Epoch, _ ranges: [ClosedRange<UInt64>], _ nowMilliseconds: Int64
    ) -> [Action] {
        guard let stream = streams[epoch] else { return [] }
        for sequence in stream.inFlight where ranges.contains(where: { $0.contains(sequence) }) {
            if let record = stream.records[sequence] { ended(record, nowMilliseconds) }
        }
        let settled = streams[epoch]?.remove(ranges) ?? []
        removeIfDone(epoch)
        return settled.isEmpty ? [] : [.acknowledged(epoch, UplinkState.ranges(settled))]
    }

    /// What was spooled after the WELCOME, although the collector had it before: a file that is read again.
    private mutating func settleKnown() -> [Action] {
        var actions: [Action] = []
        for epoch in streams.keys where streams[epoch]?.isNextKnown == true {
            guard let ranges = streams[epoch]?.committed else { continue }
            let settled = streams[epoch]?.remove(ranges) ?? []
            if !settled.isEmpty { actions.append(.acknowledged(epoch, UplinkState.ranges(settled))) }
        }
        return actions
    }

    private mutating func refused(_ nak: Nak, _ nowMilliseconds: Int64) -> [Action] {
        let retry = max(Int64(nak.retryAfterMilliseconds), nak.isRetryable ? 100 : UplinkState.defaultRetry)
        let text = nak.text.isEmpty ? nak.reason.name : "\(nak.reason.name): \(nak.text)"
        if nak.sequence == 0 {
            if nak.isRetryable {
                streams[nak.epoch]?.greeting = .refused(untilMilliseconds: nowMilliseconds + retry)
                return []
            }
            return [.giveUp(reason: "the collector does not welcome stream \(nak.epoch): \(text)")]
        }
        guard let record = streams[nak.epoch]?.records[nak.sequence] else { return [] }
        ended(record, nowMilliseconds)
        if nak.isRetryable {
            streams[nak.epoch]?.delay(nak.sequence, untilMilliseconds: nowMilliseconds + retry)
            window = max(1, window / 2)
            return []
        }
        streams[nak.epoch]?.remove(nak.sequence)
        removeIfDone(nak.epoch)
        return [.rejected(record, reason: text)]
    }

    /// A batch is no longer in flight.
    private mutating func ended(_ record: SpoolRecord, _ nowMilliseconds: Int64) {
        if backfilled.remove(record) != nil { pace.ended(nowMilliseconds: nowMilliseconds) }
    }

    /// A welcomed stream is kept while the connection lasts: its next record needs no second HELLO.
    private mutating func removeIfDone(_ epoch: Epoch) {
        if let stream = streams[epoch], stream.isEmpty, stream.greeting != .welcomed { streams[epoch] = nil }
    }

    /// The epochs of streams that are open on this connection, for the farewell.
    var openStreams: [Epoch] { streams.values.filter { $0.greeting == .welcomed }.map(\.epoch) }

    /// Ascending numbers as ranges.
    static func ranges(_ numbers: [UInt64]) -> [ClosedRange<UInt64>] {
        var ranges: [ClosedRange<UInt64>] = []
        for number in numbers {
            if let last = ranges.last, number == last.upperBound + 1 {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        }
        return ranges
    }
}
