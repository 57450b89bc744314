import Aggregation

/// Any bytes are frames: dissected and aggregated, and what is behind a frame in memory changes nothing.
func readFrames(_ input: [UInt8]) throws(BrokenRule) -> Bool {
    let first = try aggregate(input, behind: 0)
    let second = try aggregate(input, behind: 0xFF)
    try BrokenRule.unless(first == second, "a frame was read beyond its end")
    return true
}

/// - Parameter filler: the byte that the batch's memory is full of before.
private func aggregate(_ input: [UInt8], behind filler: UInt8) throws(BrokenRule) -> [[UInt8]] {
    // Of half of the lengths, so that a mutation away from any input there is one of the other kind.
    var windows = Windows(isTight: input.count % 2 == 1)
    let packets = PacketBatch()
    let filling = [UInt8](repeating: filler, count: PacketBatch.packetBytes)
    for _ in 0...(input.count / filling.count) { _ = append(filling, to: packets, .unsupported, frame: 0) }
    packets.removeAll()
    var rest = input[...]
    var frame = 0
    while let first = rest.popFirst(), let length = rest.popFirst() {
        let bytes = Array(rest.prefix(Int(length)))
        rest = rest.dropFirst(bytes.count)
        let isTaken = append(
            bytes, to: packets, LinkType(rawValue: first % 12) ?? .unsupported, frame: frame, more: UInt32(first / 12))
        try BrokenRule.unless(isTaken, "a batch that is not full refuses a frame")
        frame += 1
        if packets.isFull {
            windows.add(packets)
            packets.removeAll()
        }
    }
    windows.add(packets)
    try windows.finish()
    return windows.batches
}

/// - Parameters:
///   - frame: which it is; 16 frames a second, so that longer inputs span several windows.
///   - more: bytes that were on the wire and not captured.
private func append(
    _ bytes: [UInt8], to packets: PacketBatch, _ linkType: LinkType, frame: Int, more: UInt32 = 0
) -> Bool {
    bytes.withUnsafeBytes {
        packets.append(
            seconds: Int64(frame / 16), nanoseconds: Int64(frame % 16) * 62_500_000,
            originalLength: UInt32($0.count) + more, linkType: linkType, bytes: $0)
    }
}
