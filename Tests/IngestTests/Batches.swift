import FlowModel
import WireFormat

/// Small valid batches.
enum Batches {
    /// Records of distinct sources with packets 1, 2, 3, …
    static func flows(
        records count: Int = 3, start: Int64 = Story.start, capture: CaptureKind = .live, salt: UInt32 = 0
    ) -> FlowBatch {
        let records = (0..<count).map { number -> FlowRecord in
            let index = UInt32(number)
            let source = Address(ipv4: 0xC000_0200 + salt + index)
            let packets = index % 100 + 1
            return FlowRecord(
                key: FlowKey(source: source, ipProtocol: 6, trafficClass: .tcpSyn, servicePort: 23),
                packets: packets, bytes: UInt64(packets) * 40,
                destinations: DistinctCount(1), firstMilliseconds: 0, lastMilliseconds: 0,
                exemplar: Exemplar(sourcePort: 1, destination: 0, ttl: 64, ipLength: 40, tcpFlags: 2))
        }
        var account = CaptureAccount()
        account.capture = capture
        account.observedToMilliseconds = 60_000
        account.aggregated = records.reduce(0) { $0 + UInt64($1.packets) }
        account.received = account.aggregated
        account.sensorVersion = "test"
        return FlowBatch(window: Window(containing: start, length: 60), account: account, records: records)
    }

    static func encoded(
        records: Int = 3, start: Int64 = Story.start, capture: CaptureKind = .live, salt: UInt32 = 0
    ) throws -> [UInt8] {
        try BatchEncoder().encode(flows(records: records, start: start, capture: capture, salt: salt))
    }

    static func gap(_ sequences: [UInt64], epoch: Epoch = Story.epoch) throws -> [UInt8] {
        try BatchEncoder().encode(
            GapReport(reason: .dropped, epoch: epoch, entries: sequences.map { GapEntry(sequence: $0) }))
    }

    /// A batch whose header is right and whose body is not.
    static func damaged() throws -> [UInt8] {
        var bytes = try encoded(records: 50)
        bytes[bytes.count - 1] ^= 0xFF
        bytes[bytes.count - 9] ^= 0xFF
        return bytes
    }
}
