import Glibc

/// Up to 64 packets in one arena, filled by a capture source and read by the aggregator: one hand-over for many
/// packets, and memory that is used again and again.
///
/// Owned by the capture thread. The unsafe core: the arena has room for `capacity` packets of `packetBytes`, one behind
/// the other, so that a batch of small packets stays in the first-level cache; `append` alone writes it and copies at
/// most `packetBytes`; `view` gives no more than was copied.
package final class PacketBatch {
    package static let capacity = 64
    /// Bytes kept of a packet: all headers of any packet that is not absurd, and jumbo frames nearly whole.
    package static let packetBytes = 8_192

    package struct Header {
        /// Unix time of capture; seconds may be negative or absurd, nanoseconds are under 1,000,000,000.
        package var seconds: Int64
        package var nanoseconds: UInt32
        /// Where the packet is in the arena, and its bytes there.
        fileprivate var place: UInt32
        package fileprivate(set) var available: UInt32
        /// Bytes on the wire.
        package var originalLength: UInt32
        package var linkType: LinkType

        /// The time of capture in nanoseconds; saturates.
        package var unixNanoseconds: Int64 {
            let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
            return overflow
                ? (seconds < 0 ? .min : .max) : product.addingReportingOverflow(Int64(nanoseconds)).partialValue
        }
    }

    /// Packets and bytes in use. Behind a pointer, as every access to a class's own variable is checked while it runs.
    private struct Fill {
        var packets = 0
        var bytes = 0
    }

    private let fill: UnsafeMutablePointer<Fill>
    private let headers: UnsafeMutablePointer<Header>
    private let arena: UnsafeMutableRawPointer

    package init() {
        fill = .allocate(capacity: 1)
        fill.initialize(to: Fill())
        headers = .allocate(capacity: PacketBatch.capacity)
        arena = .allocate(byteCount: PacketBatch.capacity * PacketBatch.packetBytes, alignment: 64)
    }

    deinit {
        fill.deallocate()
        headers.deallocate()
        arena.deallocate()
    }

    @inline(__always)
    package var count: Int { fill.pointee.packets }

    package var isFull: Bool { count == PacketBatch.capacity }

    package func removeAll() { fill.pointee = Fill() }

    /// Copies one packet in; false when the batch is full. Nanoseconds of a second or more are carried over; seconds
    /// beyond ±2⁵² are not times of anything and become that.
    package func append(
        seconds: Int64, nanoseconds: Int64, originalLength: UInt32, linkType: LinkType, bytes: UnsafeRawBufferPointer
    ) -> Bool {
        let index = fill.pointee.packets
        let place = fill.pointee.bytes
        guard index < PacketBatch.capacity else { return false }
        let (carry, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        let borrow: Int64 = rest < 0 ? 1 : 0
        let available = min(bytes.count, PacketBatch.packetBytes)
        headers[index] = Header(
            seconds: max(-1 << 52, min(1 << 52, seconds)) &+ carry &- borrow,
            nanoseconds: UInt32(rest &+ borrow &* 1_000_000_000), place: UInt32(place), available: UInt32(available),
            originalLength: originalLength, linkType: linkType)
        if let base = bytes.baseAddress { memcpy(arena + place, base, available) }
        fill.pointee = Fill(packets: index &+ 1, bytes: place &+ available)
        return true
    }

    /// Moves the capture time of every packet by `seconds`.
    package func shift(bySeconds seconds: Int64) {
        for index in 0..<count {
            headers[index].seconds = max(-1 << 52, min(1 << 52, headers[index].seconds &+ seconds))
        }
    }

    /// - Precondition: `index < count`; checked in debug builds, and unreachable otherwise: the one caller counts.
    @inline(__always)
    package func header(_ index: Int) -> Header {
        assert(index >= 0 && index < count)
        return headers[index]
    }

    @inline(__always)
    func view(_ index: Int) -> PacketView {
        assert(index >= 0 && index < count)
        return PacketView(
            base: UnsafeRawPointer(arena + Int(headers[index].place)), count: Int(headers[index].available))
    }
}
