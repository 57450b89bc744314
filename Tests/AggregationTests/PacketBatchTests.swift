import Testing

@testable import Aggregation

struct PacketBatchTests {
    @Test func packetsOfAllSizesKeepTheirBytesAndTheirBounds() {
        let batch = PacketBatch()
        let sizes = (0..<PacketBatch.capacity).map { $0 % 3 == 0 ? 0 : $0 % 3 == 1 ? $0 : PacketBatch.packetBytes + $0 }
        for _ in 0..<2 {
            for (index, size) in sizes.enumerated() {
                let bytes = [UInt8](repeating: UInt8(index), count: size)
                #expect(!batch.isFull)
                _ = bytes.withUnsafeBytes {
                    batch.append(
                        seconds: Int64(index), nanoseconds: 1, originalLength: 9_000, linkType: .rawIP, bytes: $0)
                }
            }
            #expect(
                batch.isFull
                    && !batch.append(
                        seconds: 0, nanoseconds: 0, originalLength: 0, linkType: .rawIP,
                        bytes: .init(start: nil, count: 0))
            )
            for (index, size) in sizes.enumerated() {
                let view = batch.view(index)
                #expect(view.count == min(size, PacketBatch.packetBytes) && batch.header(index).seconds == index)
                #expect((0..<view.count).allSatisfy { view.u8($0) == UInt8(index) })
                #expect(view.u8(view.count) == 0 && view.u16(view.count - 1) == 0 && view.u8(-1) == 0)
            }
            batch.removeAll()
        }
    }

    @Test func fractionsOfASecondOrMoreAreCarried() {
        let batch = PacketBatch()
        let cases: [(Int64, Int64, UInt32)] = [
            (0, 0, 0), (2_500_000_000, 2, 500_000_000), (-1, -1, 999_999_999), (.max, 9_223_372_036, 854_775_807),
        ]
        for (nanoseconds, seconds, rest) in cases {
            batch.removeAll()
            _ = batch.append(
                seconds: 0, nanoseconds: nanoseconds, originalLength: 0, linkType: .rawIP,
                bytes: UnsafeRawBufferPointer(start: nil, count: 0))
            #expect(batch.header(0).seconds == seconds && batch.header(0).nanoseconds == rest)
        }
    }
}
