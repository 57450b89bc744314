import FlowModel
import Testing
import WireFormat

@testable import Aggregation

struct FloodTests {
    /// The port that all spoofed packets go to.
    private static let port: UInt16 = 7

    private func settings() -> AggregationSettings {
        let plan = MemoryPlan(bytes: Int(MemoryPlan.minimumBytes))
        var settings = AggregationSettings()
        settings.maximumRecords = plan.records
        settings.destinationBytes = plan.destinationBytes
        settings.tableBytes = plan.tableBytes
        settings.hashSeed = (11, 12)
        return settings
    }

    private func live(_ settings: AggregationSettings) -> Aggregator {
        Aggregator(settings: settings, mode: .live(startMilliseconds: 0))
    }

    /// Counts so many packets of one second, each with what `fields` says of its number.
    private func send(
        _ count: Int, second: Int64, to aggregator: inout Aggregator, _ batch: PacketBatch,
        _ fields: (UInt32) -> (source: UInt32, destination: UInt32, port: UInt16)
    ) {
        var frame = Packets.syn(source: 0, destination: 0, port: 0)
        func put<Number: FixedWidthInteger>(_ value: Number, _ offset: Int) {
            withUnsafeBytes(of: value.bigEndian) { frame.replaceSubrange(offset..<offset + $0.count, with: $0) }
        }
        for number in 0..<UInt32(count) {
            let packet = fields(number)
            put(packet.source, 26)
            put(packet.destination, 30)
            put(packet.port, 36)
            Packets.append(frame, seconds: second, to: batch)
            if batch.isFull {
                aggregator.ingest(batch)
                batch.removeAll()
            }
        }
        aggregator.ingest(batch)
        batch.removeAll()
    }

    private func sendUsual(second: Int64, to aggregator: inout Aggregator, _ batch: PacketBatch) {
        send(9_000, second: second, to: &aggregator, batch) { ($0 % 3_000, $0 % 701, UInt16($0 % 3 + 20)) }
    }

    /// No two packets with the same source.
    private func sendSpoofed(_ count: Int, second: Int64, to aggregator: inout Aggregator, _ batch: PacketBatch) {
        send(count, second: second, to: &aggregator, batch) { (0x4000_0000 + $0, $0 % 256, Self.port) }
    }

    private func contents(_ aggregator: inout Aggregator) throws -> [Int64: [[UInt8]]] {
        var result: [Int64: [[UInt8]]] = [:]
        for batch in Packets.batches(&aggregator) {
            result[batch.window.start, default: []].append(try BatchEncoder().encode(batch))
        }
        return result
    }

    /// Three usual windows; with a flood in the second one and while it waits for late packets.
    private func windows(isFlooded: Bool) throws -> [Int64: [[UInt8]]] {
        var aggregator = live(settings())
        let batch = PacketBatch()
        var result: [Int64: [[UInt8]]] = [:]
        for window in 0..<3 as Range<Int64> {
            sendUsual(second: window * 60 + 1, to: &aggregator, batch)
            if isFlooded, window == 1 { sendSpoofed(200_000, second: 90, to: &aggregator, batch) }
            aggregator.advance(toMilliseconds: (window * 60 + 3) * 1_000)
            result.merge(try contents(&aggregator)) { $0 + $1 }
        }
        aggregator.finish(nowMilliseconds: 180_000)
        return result.merging(try contents(&aggregator)) { $0 + $1 }
    }

    @Test func theWindowsBeforeAndAfterAFloodAreWhatTheyWouldBeWithoutIt() throws {
        let quiet = try windows(isFlooded: false)
        let flooded = try windows(isFlooded: true)
        #expect(quiet.keys.sorted() == [0, 60, 120] && flooded.keys.sorted() == [0, 60, 120])
        #expect(quiet[0] == flooded[0])
        #expect(quiet[60] != flooded[60])
        #expect(quiet[120] == flooded[120])
    }

    @Test func closedWindowsThatNobodyHasWrittenYetTakeFromTheSameMemory() {
        let settings = settings()
        var aggregator = live(settings)
        let batch = PacketBatch()
        var held: [ClosedWindow] = []
        var sent: UInt64 = 0
        for window in 0..<12 as Range<Int64> {
            sendSpoofed(60_000, second: window * 60, to: &aggregator, batch)
            sent += 60_000
            #expect(aggregator.memory.bytes <= settings.tableBytes)
            aggregator.advance(toMilliseconds: (window * 60 + 62) * 1_000)
            held += aggregator.takeClosedWindows()
        }
        #expect(aggregator.memory.bytes > settings.tableBytes * 3 / 4)
        let records = held.map(\.records)
        // The first ones have all that a window may have, the last ones nothing.
        #expect(records.first == settings.maximumRecords && records.last == 0)
        for window in held { #expect(window.account.isConserved && window.account.aggregated == 60_000) }
        #expect(held.reduce(0) { $0 + $1.account.overflowed } + UInt64(records.reduce(0, +)) == sent)

        // Written and let go, they leave room again.
        held = []
        sendSpoofed(60_000, second: 12 * 60, to: &aggregator, batch)
        aggregator.finish(nowMilliseconds: 13 * 60_000)
        #expect(aggregator.takeClosedWindows().last?.records == settings.maximumRecords)
    }

    @Test func theMemoryOfAFloodGoesBackWhenItIsOver() {
        var aggregator = live(settings())
        let batch = PacketBatch()
        var flood = 0
        for window in 0..<5 as Range<Int64> {
            sendUsual(second: window * 60, to: &aggregator, batch)
            if window == 1 { sendSpoofed(60_000, second: 90, to: &aggregator, batch) }
            flood = max(flood, aggregator.memory.bytes)
            aggregator.advance(toMilliseconds: (window * 60 + 62) * 1_000)
            _ = aggregator.takeClosedWindows()
        }
        #expect(aggregator.memory.bytes < flood / 4)
    }

    @Test func distinctDestinationsOfAFloodStayInTheirBound() {
        var settings = settings()
        settings.destinationBytes = 100_000
        var aggregator = live(settings)
        let batch = PacketBatch()
        // 1,000 sources with 100 destinations each want 1,000 sketches.
        send(100_000, second: 0, to: &aggregator, batch) { ($0 % 1_000, $0 / 1_000 &* 2_654_435_761, 80) }
        aggregator.finish(nowMilliseconds: 60_000)
        let records = Packets.batches(&aggregator).flatMap(\.records)
        #expect(records.count == 1_000)
        #expect(records.allSatisfy { $0.packets == 100 && $0.destinations.value <= 165 })
        #expect(records.contains { $0.destinations.precision == .atLeast })
    }

    /// Flajolet et al. state 1.04/√1,024 = 3.3 % for the standard error.
    @Test(arguments: [300, 3_000, 30_000])
    func theSourcesOfOverflowAreEstimatedWithTheStatedError(_ sources: Int) throws {
        var squares = 0.0
        let runs = 40
        for run in 0..<runs {
            var settings = settings()
            settings.maximumRecords = 0
            settings.hashSeed = (UInt64(run), 99)
            var aggregator = live(settings)
            sendSpoofed(sources, second: 0, to: &aggregator, PacketBatch())
            aggregator.finish(nowMilliseconds: 60_000)
            let overflow = Packets.batches(&aggregator).flatMap(\.overflow)
            #expect(overflow.count == 1 && overflow[0].packets == UInt64(sources))
            let error = Double(overflow[0].sources.value) / Double(sources) - 1
            #expect(overflow[0].sources.precision == .estimate && abs(error) < 5 * 0.0325)
            squares += error * error
        }
        // The mean of 40 squares is off by 22 %, of their root by 11 %; five times that.
        #expect((squares / Double(runs)).squareRoot() < 0.0325 * 1.6)
    }
}
