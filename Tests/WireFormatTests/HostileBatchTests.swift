import CLibzstd
import FlowModel
import Testing

@testable import WireFormat

/// Bytes that no encoder made.
struct HostileBatchTests {
    private func samples() throws -> [[UInt8]] {
        var random = RandomBatches(seed: 3)
        let encoder = BatchEncoder()
        return try [
            encoder.encode(random.batch(records: 6, family: .ipv4)),
            encoder.encode(random.batch(records: 9, family: .ipv6)),
            encoder.encode(random.report(entries: 5)),
        ] + GoldenBatches.vectors.map { try VectorTests.bytes($0) }
    }

    @Test func everyTruncationIsRefused() throws {
        let decoder = BatchDecoder()
        for bytes in try samples() {
            for length in 0..<bytes.count {
                #expect(throws: WireError.self) { try decoder.decode(Array(bytes[..<length])) }
            }
            #expect(throws: WireError.self) { try decoder.decode(bytes + [0]) }
        }
    }

    @Test func everyFlippedBitIsRefusedOrKeepsTheRules() throws {
        let decoder = BatchDecoder()
        for bytes in try GoldenBatches.vectors.map({ try VectorTests.bytes($0) }) {
            for bit in 0..<(bytes.count * 8) {
                var damaged = bytes
                damaged[bit / 8] ^= 1 << UInt8(bit % 8)
                _ = try? BatchSummary(damaged)
                guard let content = try? decoder.decode(damaged), case .flows(let batch) = content else { continue }
                #expect(throws: Never.self) { try decoder.explain(damaged) }
                #expect(throws: Never.self) { try BatchRules.check(batch) }
            }
        }
    }

    /// Seeded: the same bytes at every run. Stored bodies, so that most damage reaches the columns.
    @Test func randomDamageNeverTraps() throws {
        var random = RandomBatches(seed: 99)
        let decoder = BatchDecoder()
        let stored = try samples().map { try BatchParts($0).stored() }
        for round in 0..<20_000 {
            var damaged = stored[round % stored.count]
            for _ in 0..<(1 + random.below(12)) {
                let at = 20 + Int(random.below(UInt64(damaged.count - 20)))
                switch random.below(4) {
                case 0: damaged[at] = UInt8(random.below(256))
                case 1: damaged[at] = [0, 1, 0x7F, 0x80, 0xFF][Int(random.below(5))]
                case 2: damaged[at] &+= 1
                default: damaged[at] = damaged[20 + Int(random.below(UInt64(damaged.count - 20)))]
                }
            }
            guard let content = try? decoder.decode(damaged) else { continue }
            // What was taken broke no rule: it can be encoded and is the same then.
            switch content {
            case .flows(let batch): #expect(try decoder.decode(BatchEncoder().encode(batch)) == content)
            case .gap(let report): #expect(try decoder.decode(BatchEncoder().encode(report)) == content)
            }
        }
    }

    @Test(arguments: [8 << 20, 200 << 20, WireLimits.bodyBytes, 64 << 10])
    func aDecompressionBombIsRefusedBeforeItIsUnpacked(_ claimed: Int) throws {
        let packed = HostileBatchTests.compressed([UInt8](repeating: 0, count: 200 << 20))
        let bytes = BatchParts.batch(.flows, .zstd, header: [], packed: packed, bodyLength: claimed)
        #expect(throws: WireError.self) { try BatchDecoder().decode(bytes) }
    }

    @Test func aBodyIsNotLongerThanItsRatioAllows() throws {
        let packed = HostileBatchTests.compressed([UInt8](repeating: 0, count: 300_000))
        let bytes = BatchParts.batch(.flows, .zstd, header: [], packed: packed, bodyLength: 300_000)
        let error = #expect(throws: WireError.self) { try BatchDecoder().decode(bytes) }
        #expect(error?.code == .overLimit)
    }

    /// libzstd would take these; another implementation might not, and then they mean different things to the two.
    @Test func aBodyOfSeveralFramesOrWithSkippableOnesIsRefused() throws {
        let parts = try BatchParts(
            VectorTests.bytes(#require(GoldenBatches.vectors.first { $0.name == "v1-batch-scan" })))
        func decode(_ packed: [UInt8]) throws -> BatchContent {
            try BatchDecoder().decode(
                BatchParts.batch(.flows, .zstd, header: parts.header, packed: packed, bodyLength: parts.body.count))
        }
        let whole = HostileBatchTests.compressed(parts.body)
        #expect(try decode(whole) == .flows(GoldenBatches.scan))
        let skippable: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 2, 0, 0, 0, 7, 7]
        let halves = [parts.body[..<100], parts.body[100...]].map { HostileBatchTests.compressed(Array($0)) }
        for packed in [halves[0] + halves[1], skippable + whole, whole + skippable, whole + [0]] {
            let error = #expect(throws: WireError.self) { try decode(packed) }
            #expect(error?.code == .compression)
        }
    }

    @Test func declaredCountsAreBoundedBeforeAnythingIsAllocated() {
        let cases: [(UInt64, UInt64)] = [
            (HeaderTag.records, .max), (HeaderTag.records, 10_001), (HeaderTag.signatures, 1 << 40),
            (HeaderTag.groups, 1 << 20), (HeaderTag.overflowRecords, 5_000), (HeaderTag.sources, 10_001),
            (HeaderTag.toolCounts, 30_001), (HeaderTag.victims, 10_001),
        ]
        for (tag, count) in cases {
            var header = ByteWriter()
            header.field(HeaderTag.windowLength, number: UInt32(60))
            header.field(HeaderTag.family, number: UInt8(4))
            header.field(tag, number: count)
            let bytes = BatchParts.batch(.flows, .stored, header: header.bytes, packed: [], bodyLength: 0)
            let error = #expect(throws: WireError.self) { try BatchDecoder().decode(bytes) }
            #expect(error?.code == .overLimit)
        }
    }

    @Test func aWindowThatCannotBeIsRefused() throws {
        let cases: [(Int64, UInt32)] = [
            (0, 0), (0, 61), (0, 7_200), (30, 60), (-30, 60), (60 << 50, 60), (.min, 60), (.max, 60),
        ]
        for (start, length) in cases {
            var header = ByteWriter()
            header.field(HeaderTag.windowStart, signed: start)
            header.field(HeaderTag.windowLength, number: length)
            header.field(HeaderTag.family, number: UInt8(4))
            header.field(HeaderTag.policy, number: UInt8(3))
            header.field(HeaderTag.capture, number: UInt8(1))
            let bytes = BatchParts.batch(.flows, .stored, header: header.bytes, packed: [], bodyLength: 0)
            let error = #expect(throws: WireError.self) { try BatchDecoder().decode(bytes) }
            #expect(error?.what == "window")
        }
    }

    @Test(arguments: [UInt8(0), 2, 255])
    func aFormatThatThisBuildDoesNotReadIsRefusedByItsNumber(_ version: UInt8) throws {
        var bytes = try samples()[0]
        bytes[3] = version
        let error = #expect(throws: WireError.self) { try BatchDecoder().decode(bytes) }
        #expect(error?.code == .unsupportedVersion)
    }

    private static func compressed(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { buffer, filled in
            filled = ZSTD_compress(buffer.baseAddress, buffer.count, bytes, bytes.count, 1)
        }
    }
}
