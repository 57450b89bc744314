import FlowModel
import Testing

@testable import WireFormat

/// The rules of SPEC.md §5.6, each broken for itself: the encoder refuses the batch, and the decoder has the same check.
struct BatchRulesTests {
    private typealias Case = (
        rule: String, code: WireError.Code, batch: FlowBatch, change: @Sendable (inout FlowBatch) -> Void
    )

    private static let cases: [Case] = [
        ("window in time", .outOfRange, classes, { $0.window = Window(containing: 1 << 54, length: 60) }),
        ("account is conserved", .inconsistent, classes, { $0.account.received += 1 }),
        ("aggregated is the sum of packets", .inconsistent, classes, { $0.records[0].packets += 1 }),
        ("overflowed is its sum", .inconsistent, GoldenBatches.overflow, { $0.account.overflowed -= 1 }),
        ("observed in order", .outOfRange, classes, { $0.account.observedFromMilliseconds = 60_001 }),
        ("observed in the window", .outOfRange, classes, { $0.account.observedToMilliseconds = 60_001 }),
        ("version is short", .outOfRange, classes, { $0.account.sensorVersion = String(repeating: "1", count: 33) }),
        ("version is ASCII", .outOfRange, classes, { $0.account.sensorVersion = "é" }),
        (
            "a record has a packet", .outOfRange, classes,
            { batch in
                batch.records[0].packets = 0
                batch.account.aggregated -= 1
                batch.account.received -= 1
            }
        ),
        ("an overflow record has one", .outOfRange, GoldenBatches.overflow, { $0.overflow[0].packets = 0 }),
        ("a record has a destination", .outOfRange, classes, { $0.records[0].destinations.value = 0 }),
        ("last is not before first", .outOfRange, classes, { $0.records[1].lastMilliseconds = 19 }),
        ("last is in the window", .outOfRange, classes, { $0.records[1].lastMilliseconds = 60_000 }),
        ("one packet has one time", .outOfRange, classes, { $0.records[0].lastMilliseconds += 1 }),
        ("signature is in the list", .outOfRange, classes, { $0.records[0].signature = 4 }),
        (
            "option kinds of a signature", .outOfRange, classes,
            {
                $0.signatures[0] = .syn(
                    window: 1, optionKinds: Array(repeating: 1, count: 41), mss: 0, windowScale: 0, dontFragment: false,
                    roundedTTL: 64)
            }
        ),
        ("IP length", .outOfRange, classes, { $0.records[0].exemplar.ipLength = 65_576 }),
        ("bytes fit SQL", .outOfRange, classes, { $0.records[0].bytes = 1 << 63 }),
        ("tools match packets", .outOfRange, classes, { $0.records[0].tools.zmap = 2 }),
        ("destination fits IPv4", .outOfRange, classes, { $0.records[0].exemplar.destination = 1 << 32 }),
        ("destination is not told", .outOfRange, classes, { $0.policy = .none }),
        ("source has the family", .outOfRange, classes, { $0.records[0].key.source = Address(ipv6: 1) }),
        (
            "victim of an ICMP error alone", .outOfRange, classes,
            { $0.records[0].key.victim = $0.records[8].key.victim }
        ),
        ("victim has the family", .outOfRange, classes, { $0.records[8].key.victim?.address = Address(ipv6: 1) }),
        ("order of class", .inconsistent, classes, { $0.records.swapAt(3, 4) }),
        ("order of port", .inconsistent, classes, { $0.records.swapAt(8, 9) }),
        (
            "order of source", .inconsistent, classes,
            { batch in
                batch.records[9].key.servicePort = batch.records[8].key.servicePort
                batch.records[9].key.source = Address(ipv4: 1)
            }
        ),
        (
            "number of records", .overLimit, classes,
            { $0.records = Array(repeating: $0.records[0], count: FlowBatch.maximumRecords + 1) }
        ),
        (
            "number of signatures", .overLimit, classes,
            { $0.signatures = Array(repeating: $0.signatures[0], count: FlowBatch.maximumSignatures + 1) }
        ),
        (
            "number of overflow records", .overLimit, GoldenBatches.overflow,
            { $0.overflow = Array(repeating: $0.overflow[0], count: FlowBatch.maximumOverflowRecords + 1) }
        ),
    ]

    @Test(arguments: cases.indices)
    func aBatchThatBreaksARuleIsNotEncoded(_ index: Int) {
        let (rule, code, batch, change) = Self.cases[index]
        var broken = batch
        change(&broken)
        let error = #expect(throws: WireError.self, "\(rule)") { try BatchEncoder().encode(broken) }
        #expect(error?.code == code, "\(rule)")
    }

    @Test func aGapReportThatBreaksARuleIsNotEncoded() {
        for entry in [
            GapEntry(sequence: 1, from: 2, to: 1), GapEntry(sequence: 1, from: -1 << 53, to: 0),
            GapEntry(sequence: 1, from: 0, to: 1 << 53), GapEntry(sequence: 1, from: .min, to: .max),
        ] {
            let report = GapReport(reason: .corrupt, epoch: GoldenMessages.epoch, entries: [entry])
            #expect(throws: WireError.self) { try BatchEncoder().encode(report) }
        }
        let many = Array(repeating: GapEntry(sequence: 1), count: GapReport.maximumEntries + 1)
        let report = GapReport(reason: .corrupt, epoch: GoldenMessages.epoch, entries: many)
        #expect(throws: WireError.self) { try BatchEncoder().encode(report) }
    }

    private static let classes = GoldenBatches.classes
}
