import CLibzstd
import FlowModel
import Testing

@testable import WireFormat

struct BatchCodecTests {
    private func samples() throws -> [[UInt8]] {
        var random = RandomBatches(seed: 3)
        let encoder = BatchEncoder()
        return [
            try encoder.encode(random.batch(records: 0, family: .ipv4)),
            try encoder.encode(random.batch(records: 6, family: .ipv4)),
            try encoder.encode(random.batch(records: 60, family: .ipv4)),
            try encoder.encode(random.batch(records: 9, family: .ipv6)),
            try encoder.encode(random.report(entries: 5)),
        ]
    }

    @Test(arguments: [AddressFamily.ipv4, .ipv6])
    func whatIsEncodedIsDecodedFieldByField(_ family: AddressFamily) throws {
        var random = RandomBatches(seed: UInt64(family.rawValue))
        let encoder = BatchEncoder()
        let decoder = BatchDecoder()
        for size in Array(0..<40) + [100, 1_000] {
            let batch = random.batch(records: size, family: family)
            let bytes = try encoder.encode(batch)
            #expect(try decoder.decode(bytes) == .flows(batch))
            #expect(try BatchEncoder().encode(batch) == bytes)
            let summary = try BatchSummary(bytes)
            #expect(summary.window == batch.window)
            #expect(summary.packets == batch.account.aggregated)
            #expect(summary.records == size)
        }
    }

    @Test func theLargestBatchFitsOrSaysSo() throws {
        var random = RandomBatches(seed: 5)
        let batch = random.batch(records: FlowBatch.maximumRecords, family: .ipv4)
        let bytes = try BatchEncoder().encode(batch)
        #expect(bytes.count <= WireLimits.batchBytes)
        #expect(try BatchDecoder().decode(bytes) == .flows(batch))
    }

    @Test func gapReportsKeepUnknownApartFromZero() throws {
        var random = RandomBatches(seed: 11)
        for size in [0, 1, 50, 2_000] {
            let report = random.report(entries: size)
            #expect(try BatchDecoder().decode(BatchEncoder().encode(report)) == .gap(report))
        }
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
        for bytes in try samples() {
            for bit in 0..<(bytes.count * 8) {
                var damaged = bytes
                damaged[bit / 8] ^= 1 << UInt8(bit % 8)
                guard let content = try? decoder.decode(damaged), case .flows(let batch) = content else { continue }
                #expect(batch.account.isConserved && batch.records.count <= FlowBatch.maximumRecords)
            }
        }
    }

    @Test func randomBytesBehindAGoodPreambleNeverTrap() throws {
        var random = RandomBatches(seed: 99)
        let decoder = BatchDecoder()
        let good = try BatchEncoder().encode(random.batch(records: 30, family: .ipv4))
        for _ in 0..<3_000 {
            var damaged = good
            for _ in 0..<(1 + random.below(12)) {
                damaged[20 + Int(random.below(UInt64(good.count - 20)))] = UInt8(random.below(256))
            }
            _ = try? decoder.decode(damaged)
        }
    }

    @Test func aDecompressionBombIsRefusedBeforeItIsUnpacked() throws {
        let zeros = [UInt8](repeating: 0, count: 200 << 20)
        let packed = [UInt8](unsafeUninitializedCapacity: 1 << 20) { buffer, filled in
            filled = ZSTD_compress(buffer.baseAddress, buffer.count, zeros, zeros.count, 1)
        }
        for claimed in [8 << 20, 200 << 20, 64 << 10] {
            var writer = ByteWriter()
            BatchPreamble(
                version: 1, kind: .flows, packing: .zstd, headerLength: 0, bodyLength: claimed,
                packedLength: packed.count
            ).encode(into: &writer)
            #expect(throws: WireError.self) { try BatchDecoder().decode(writer.bytes + packed) }
        }
    }

    @Test func declaredCountsAreBoundedBeforeAnythingIsAllocated() throws {
        for (tag, count) in [
            (HeaderTag.records, UInt64.max), (HeaderTag.signatures, 1 << 40), (HeaderTag.groups, 1 << 20),
            (HeaderTag.overflowRecords, 5_000),
        ] {
            var header = ByteWriter()
            header.field(HeaderTag.windowLength, number: UInt32(60))
            header.field(HeaderTag.family, number: UInt8(4))
            header.field(tag, number: count)
            var writer = ByteWriter()
            BatchPreamble(
                version: 1, kind: .flows, packing: .stored, headerLength: header.bytes.count, bodyLength: 0,
                packedLength: 0
            ).encode(into: &writer)
            #expect(throws: WireError.self) { try BatchDecoder().decode(writer.bytes + header.bytes) }
        }
    }

    @Test(arguments: [UInt8(0), 2, 255])
    func aFormatThatThisBuildDoesNotReadIsRefusedByItsNumber(_ version: UInt8) throws {
        var bytes = try samples()[1]
        bytes[3] = version
        let error = #expect(throws: WireError.self) { try BatchDecoder().decode(bytes) }
        #expect(error?.code == .unsupportedVersion)
    }

    @Test func fieldsThatThisVersionDoesNotKnowAreSkipped() throws {
        let bytes = try samples()[1]
        var reader = ByteReader(bytes[...])
        let preamble = try BatchPreamble(&reader)
        let header = Array(try reader.slice(preamble.headerLength, ""))
        let body = Array(try reader.slice(preamble.packedLength, ""))
        var extended = ByteWriter()
        extended.append(header)
        extended.field(90, [1, 2, 3])
        var writer = ByteWriter()
        var longer = preamble
        longer.headerLength = extended.bytes.count
        longer.encode(into: &writer)
        #expect(try BatchDecoder().decode(writer.bytes + extended.bytes + body) == BatchDecoder().decode(bytes))
    }

    @Test func anEncoderRefusesWhatBreaksARule() throws {
        var random = RandomBatches(seed: 21)
        let good = random.batch(records: 5, family: .ipv4)
        var broken = good
        broken.account.received += 1
        #expect(throws: WireError.self) { try BatchEncoder().encode(broken) }
        broken = good
        broken.records.swapAt(0, 4)
        broken.records[0].key.trafficClass = .other
        #expect(throws: WireError.self) { try BatchEncoder().encode(broken) }
        broken = good
        broken.records[0].packets += 1
        #expect(throws: WireError.self) { try BatchEncoder().encode(broken) }
    }
}
