import FlowModel
import Testing

@testable import WireFormat

struct BatchCodecTests {
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

    @Test func gapReportsKeepUnknownApartFromZero() throws {
        var random = RandomBatches(seed: 11)
        for size in [0, 1, 50, 2_000] {
            let report = random.report(entries: size)
            #expect(try BatchDecoder().decode(BatchEncoder().encode(report)) == .gap(report))
        }
    }

    @Test func theLargestBatchFitsOrSaysSo() throws {
        var random = RandomBatches(seed: 5)
        let batch = random.batch(records: FlowBatch.maximumRecords, family: .ipv4)
        let bytes = try BatchEncoder().encode(batch)
        #expect(bytes.count <= WireLimits.batchBytes)
        #expect(try BatchDecoder().decode(bytes) == .flows(batch))
    }

    /// Every field as wide as it gets, and as many of everything as there may be.
    @Test func noBodyThatTheCountsAllowIsLongerThanItsLimit() throws {
        var random = RandomBatches(seed: 6)
        var batch = random.batch(records: FlowBatch.maximumRecords, family: .ipv6)
        batch.signatures = (0..<FlowBatch.maximumSignatures).map { _ in
            .syn(
                window: UInt16(random.below(65_536)), optionKinds: Array(repeating: 3, count: 40), mss: 1,
                windowScale: 2,
                dontFragment: true, roundedTTL: 64)
        }
        for index in batch.records.indices {
            batch.records[index].key.source = Address(ipv6: UInt128(random.next()) << 64 | UInt128(random.next()))
            batch.records[index].key.trafficClass = .icmpError
            batch.records[index].key.servicePort = UInt16(index * 6)
            batch.records[index].key.victim = Victim(
                address: Address(ipv6: UInt128(random.next()) << 64), ipProtocol: UInt8(index & 255), port: 7)
            batch.records[index].tools = ToolMatches(zmap: 1, masscan: 1, mirai: 1)
        }
        batch.overflow = (0..<FlowBatch.maximumOverflowRecords).map { _ in
            OverflowRecord(
                family: .ipv4, ipProtocol: 6, trafficClass: .tcpSyn, servicePort: 1, packets: 1 + random.below(1 << 62),
                bytes: random.next(), sources: DistinctCount(.max))
        }
        #expect(FlowColumns(batch, RecordScratch()).writer.output.bytes.count <= WireLimits.bodyBytes)
        #expect(FlowColumns(batch, RecordScratch()).writer.output.bytes.count > WireLimits.bodyBytes / 2)
    }

    @Test func aBodyIsOneFrameWhoseBlocksEndWhereItsColumnsEnd() throws {
        let body = (0..<40_000).map { UInt8(truncatingIfNeeded: $0 < 20_000 ? $0 / 3 : $0 * $0 >> 7) }
        let frame = try #require(ZstandardCompressor().compress(body, level: 6, blockEnds: [0, 20_000, 40_000]))
        #expect(ZstandardDecompressor().decompress(frame[...], size: body.count) == body)
        #expect(ZstandardDecompressor().decompress(frame[...], size: body.count - 1) == nil)
        #expect(ZstandardDecompressor().decompress(frame[...], size: body.count + 1) == nil)
    }
}
