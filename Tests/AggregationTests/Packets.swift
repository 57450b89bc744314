import FlowModel

@testable import Aggregation

/// Ethernet frames with a TCP SYN, and what comes of them.
enum Packets {
    static func syn(source: UInt32, destination: UInt32, port: UInt16, options: [UInt8] = []) -> [UInt8] {
        func big<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
            withUnsafeBytes(of: value.bigEndian) { Array($0) }
        }
        var frame = [UInt8](repeating: 2, count: 12) + big(UInt16(0x0800))
        frame +=
            [0x45, 0] + big(UInt16(40 + options.count)) + [0, 1, 0, 0, 64, 6, 0, 0] + big(source) + big(destination)
        frame += big(UInt16(40_000)) + big(port) + big(UInt32(7)) + big(UInt32(0))
        return frame + [UInt8((20 + options.count) / 4) << 4, 2] + big(UInt16(1_024)) + [0, 0, 0, 0] + options
    }

    static func append(_ frame: [UInt8], seconds: Int64, to batch: PacketBatch) {
        _ = frame.withUnsafeBytes {
            batch.append(
                seconds: seconds, nanoseconds: 5_000_000, originalLength: UInt32(frame.count), linkType: .ethernet,
                bytes: $0)
        }
    }

    /// All batches of the windows that have closed.
    static func batches(_ aggregator: inout Aggregator) -> [FlowBatch] {
        var result: [FlowBatch] = []
        let destinations = DestinationEncoder(policy: .full, space: DarkSpace([]), key: (0, 0))
        for window in aggregator.takeClosedWindows() {
            window.forEachBatch(destinations: destinations, policy: .full) { (batch: FlowBatch) throws(Never) in
                result.append(batch)
            }
        }
        return result
    }
}
