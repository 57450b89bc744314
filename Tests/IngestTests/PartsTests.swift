import FlowModel
import Testing
import WireFormat

@testable import Ingest
@testable import Store

@Suite struct PartsTests {
    @Test func aBucketAllowsABurstAndThenOneEachInterval() {
        var bucket = TokenBucket(capacity: 3, interval: 100)
        #expect((0..<5).map { _ in bucket.take(at: 1_000) } == [true, true, true, false, false])
        #expect([1_099, 1_100, 1_100].map { bucket.take(at: $0) } == [false, true, false])
        #expect((0..<4).map { _ in bucket.take(at: 10_000) } == [true, true, true, false])
    }

    @Test func backOffGrowsWithJitterToItsBound() {
        var random = SplitMix64(seed: 3)
        var backoff = Backoff()
        var bound = Backoff.first
        var waits: Set<Int64> = []
        for _ in 0..<50 {
            let wait = backoff.next(using: &random)
            #expect((Backoff.first / 2...bound).contains(wait))
            waits.insert(wait)
            bound = min(bound * 2, Backoff.last)
        }
        #expect(waits.count == 50 && waits.contains { $0 > Backoff.last / 2 })
        backoff.reset()
        #expect(backoff.next(using: &random) <= Backoff.first)
    }

    @Test func numbersBecomeRanges() {
        #expect(AckGroups.ranges([]) == [])
        #expect(AckGroups.ranges([5, 1, 2, 4, 9, 2, .max, .max - 1]) == [1...2, 4...5, 9...9, (.max - 1) ... .max])
    }

    @Test func aGroupClosesWhenItIsFullOldOrQuiet() throws {
        func job(records: Int, bytes: Int = 10) -> StoreJob {
            StoreJob(
                id: BatchID(stream: StreamID(sensor: 1, epoch: Story.epoch), sequence: 1, digest: 0),
                batch: PendingBatch(
                    sensor: 1, publicKey: [], epoch: Story.epoch, sequence: 1, digest: 0,
                    content: .flows(Batches.flows(records: records)), encoded: [UInt8](repeating: 0, count: bytes),
                    receivedUnixMicroseconds: 0, isImport: false))
        }
        var quiet = StoreGroup()
        quiet.add(job(records: 1), at: 1_000)
        #expect(quiet.wait(at: 1_000) == StoreGroup.quiet)
        #expect(quiet.wait(at: 1_000 + StoreGroup.quiet) == 0)
        quiet.add(job(records: 1), at: 1_000 + StoreGroup.longest - 5)
        #expect(quiet.wait(at: 1_000 + StoreGroup.longest - 5) == 5)
        #expect(quiet.wait(at: 1_000 + StoreGroup.longest) == 0)
        var rows = StoreGroup()
        for _ in 0..<5 { rows.add(job(records: 10_000), at: 0) }
        #expect(rows.wait(at: 0) == 0)
        var batches = StoreGroup()
        for _ in 0..<63 { batches.add(job(records: 0), at: 0) }
        #expect(batches.wait(at: 0) > 0)
        batches.add(job(records: 0), at: 0)
        #expect(batches.wait(at: 0) == 0)
        var bytes = StoreGroup()
        bytes.add(job(records: 1, bytes: StoreGroup.maximumEncodedBytes), at: 0)
        #expect(bytes.wait(at: 0) == 0)
    }

    @Test func theSummaryCoversWhatTheDecodedBatchTakes() throws {
        let flows = Batches.flows(records: 77)
        let summary = try BatchSummary(try Batches.encoded(records: 77))
        #expect(summary.decodedBytes >= flows.records.count * MemoryLayout<FlowRecord>.stride)
        #expect(try BatchSummary(try Batches.gap([1, 2])).decodedBytes == 2 * MemoryLayout<GapEntry>.stride)
    }
}
