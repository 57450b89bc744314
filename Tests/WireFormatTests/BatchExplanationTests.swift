import FlowModel
import Testing

@testable import WireFormat

struct BatchExplanationTests {
    @Test func everyByteOfABatchIsToldOnce() throws {
        var random = RandomBatches(seed: 21)
        let encoder = BatchEncoder()
        for size in [0, 1, 30, 3_000] {
            for family in [AddressFamily.ipv4, .ipv6] {
                let packed = try encoder.encode(random.batch(records: size, family: family))
                for bytes in [packed, try BatchParts(packed).stored()] {
                    let explanation = try #require(try BatchDecoder().explain(bytes))
                    let packedBytes = explanation.columns.reduce(0) { $0 + $1.packedBytes }
                    let rawBytes = explanation.columns.reduce(0) { $0 + $1.rawBytes }
                    #expect(explanation.totalBytes == bytes.count)
                    #expect(
                        abs(packedBytes + Double(explanation.headerBytes + explanation.frameBytes - bytes.count)) < 0.01
                    )
                    #expect(try rawBytes == BatchParts(bytes).body.count)
                    #expect(explanation.records == size)
                }
            }
        }
    }

    @Test func aStoredColumnIsAsLongAsItIs() throws {
        var random = RandomBatches(seed: 22)
        let bytes = try BatchParts(BatchEncoder().encode(random.batch(records: 50, family: .ipv4))).stored()
        let columns = try #require(try BatchDecoder().explain(bytes)).columns
        #expect(columns.count == 34)
        #expect(columns.allSatisfy { $0.isExact && $0.packedBytes == Double($0.rawBytes) })
        let destination = try #require(columns.first { $0.name == "destination" })
        // A base of at most five bytes, a width, four planes.
        #expect((4 * 50 + 2...4 * 50 + 6).contains(destination.rawBytes))
    }

    @Test func aLargeColumnHasItsBlocksForItselfAndSmallOnesShare() throws {
        var random = RandomBatches(seed: 23)
        var batch = random.batch(records: 10_000, family: .ipv4)
        batch.policy = .full
        for index in batch.records.indices {
            batch.records[index].exemplar.destination = UInt128(random.below(1 << 32))
        }
        let bytes = try BatchEncoder().encode(batch)
        let columns = try #require(try BatchDecoder().explain(bytes)).columns
        let destination = try #require(columns.first { $0.name == "destination" })
        // Random addresses cannot be packed; base and width are in the first plane's block.
        #expect(destination.isExact)
        #expect((40_000.0...40_100.0).contains(destination.packedBytes))
        let small = try #require(
            try BatchDecoder().explain(BatchEncoder().encode(random.batch(records: 60, family: .ipv4))))
        #expect(small.columns.contains { !$0.isExact && $0.rawBytes > 0 })
    }

    @Test func batchesAddUpColumnByColumn() throws {
        var random = RandomBatches(seed: 24)
        let encoder = BatchEncoder()
        let decoder = BatchDecoder()
        let one = try #require(try decoder.explain(encoder.encode(random.batch(records: 40, family: .ipv4))))
        let two = try #require(try decoder.explain(encoder.encode(random.batch(records: 900, family: .ipv6))))
        var sum = one
        sum.add(two)
        #expect(sum.batches == 2)
        #expect(sum.records == 940)
        #expect(sum.totalBytes == one.totalBytes + two.totalBytes)
        for (column, parts) in zip(sum.columns, zip(one.columns, two.columns)) {
            #expect(column.rawBytes == parts.0.rawBytes + parts.1.rawBytes)
            #expect(column.isExact == (parts.0.isExact && parts.1.isExact))
        }
    }

    @Test func aGapReportHasNoColumns() throws {
        var random = RandomBatches(seed: 25)
        #expect(try BatchDecoder().explain(BatchEncoder().encode(random.report(entries: 3))) == nil)
    }
}
