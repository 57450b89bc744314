import Aggregation
import CLibpcap

extension PacketBatch {
    /// Adds packets of a libpcap handle while the batch has fewer than `limit` and libpcap has some without waiting.
    ///
    /// - Parameter limit: at most `capacity`, and above `count`.
    /// - Returns: what pcap_dispatch(3PCAP) gave: packets, 0 for none, negative for an error; the packets before an
    ///   error are in the batch. An end or an error may hide packets that came before it in the same call.
    func take(
        from handle: OpaquePointer, limit: Int = PacketBatch.capacity, linkType: LinkType, isNanoseconds: Bool
    ) -> Int32 {
        // With nanosecond precision tv_usec holds nanoseconds (pcap_open_offline(3PCAP)).
        var context = Context(batch: .passUnretained(self), linkType: linkType, unit: isNanoseconds ? 1 : 1_000)
        let room = Int32(limit - count)
        return withUnsafeMutablePointer(to: &context) { context in
            pcap_dispatch(handle, room, callback, UnsafeMutableRawPointer(context).assumingMemoryBound(to: UInt8.self))
        }
    }
}

private struct Context {
    let batch: Unmanaged<PacketBatch>
    let linkType: LinkType
    /// Nanoseconds in one unit of the handle's fractions of a second.
    let unit: Int64
}

/// - Precondition: `user` points to a `Context` whose batch lives; `take` alone passes this function to libpcap.
private let callback: pcap_handler = { user, header, bytes in
    guard let user, let header else { return }
    let context = UnsafeRawPointer(user).assumingMemoryBound(to: Context.self)
    context.pointee.batch._withUnsafeGuaranteedRef { batch in
        _ = batch.append(
            seconds: Int64(header.pointee.ts.tv_sec),
            nanoseconds: Int64(header.pointee.ts.tv_usec) &* context.pointee.unit, originalLength: header.pointee.len,
            linkType: context.pointee.linkType,
            bytes: UnsafeRawBufferPointer(start: bytes, count: Int(header.pointee.caplen)))
    }
}
