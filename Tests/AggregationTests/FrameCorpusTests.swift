import FlowModel
import Foundation
import Testing
import WireFormat

@testable import Aggregation

/// Replays Tests/Fuzz/Corpus/frames: each file is frames behind a byte for the link type and one for the length.
struct FrameCorpusTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../Fuzz/Corpus/frames").standardizedFileURL

    @Test func everyFrameIsInOneBinAndEveryBatchKeepsTheRules() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(!names.isEmpty)
        for name in names.sorted() {
            let input = [UInt8](try Data(contentsOf: Self.folder.appendingPathComponent(name)))
            // Cut at every byte, so that every header is read to its very end.
            for count in 0...input.count {
                let (frames, counted) = try Self.aggregate(input[..<count])
                #expect(counted == frames, "\(name) cut to \(count)")
            }
        }
    }

    private static func aggregate(_ input: ArraySlice<UInt8>) throws -> (frames: UInt64, counted: UInt64) {
        var aggregator = Aggregator(settings: AggregationSettings(), mode: .file)
        let packets = PacketBatch()
        var rest = input
        var frames: UInt64 = 0
        while rest.count >= 2, !packets.isFull {
            let linkType = LinkType(rawValue: rest.removeFirst() % 12) ?? .unsupported
            let length = Int(rest.removeFirst())
            let frame = Array(rest.prefix(length))
            rest = rest.dropFirst(length)
            frames += 1
            frame.withUnsafeBytes {
                #expect(
                    packets.append(
                        seconds: 0, nanoseconds: 0, originalLength: UInt32($0.count), linkType: linkType, bytes: $0))
            }
        }
        aggregator.ingest(packets)
        aggregator.finish()
        var counted: UInt64 = 0
        let destinations = DestinationEncoder(policy: .full, space: DarkSpace([]), key: (0, 0))
        for window in aggregator.takeClosedWindows() {
            try window.forEachBatch(destinations: destinations, policy: .full) { (batch: FlowBatch) throws(WireError) in
                counted += batch.account.received
                _ = try BatchEncoder().encode(batch)
            }
        }
        return (frames, counted)
    }
}
