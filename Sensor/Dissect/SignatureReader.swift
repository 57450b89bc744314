import FlowModel

/// Reads the header signature of a packet, when it becomes the first of a record.
struct SignatureReader {
    /// FNV-1a 64 of the signature's canonical bytes: its identifier everywhere; 0 when the packet has none.
    private(set) var identifier: UInt64 = 0
    private var canonical: InlineArray<48, UInt8> = InlineArray(repeating: 0)
    private var length = 0

    @inline(__always)
    init(_ view: PacketView, network: Int, transport: Int, end: Int, trafficClass: UInt8, isIPv4: Bool) {
        if trafficClass == TrafficClass.tcpSyn.rawValue {
            readSyn(view, network, transport, end, isIPv4)
        } else if trafficClass == TrafficClass.udpProbe.rawValue || trafficClass == TrafficClass.udpResponse.rawValue {
            readUDP(view, network, transport, end, isIPv4)
        } else {
            return
        }
        var hash = FNV1a64()
        for index in 0..<length { hash.update(canonical[index]) }
        identifier = hash.value
    }

    /// The signature itself, for a dictionary that has not seen its identifier yet.
    func signature() -> HeaderSignature? {
        var bytes: [UInt8] = []
        for index in 0..<length { bytes.append(canonical[index]) }
        return HeaderSignature(canonicalBytes: bytes)
    }

    private mutating func readSyn(_ view: PacketView, _ network: Int, _ transport: Int, _ end: Int, _ isIPv4: Bool) {
        let window = view.u16(transport &+ 14)
        let optionsEnd = min(end, transport &+ Int(view.u8(transport &+ 12) >> 4) &* 4)
        var mss: UInt16 = 0
        var scale: UInt8 = 255
        var at = transport &+ 20
        length = 8
        // RFC 9293 §3.1: kind 0 ends the list, kind 1 is one byte, every other has its length.
        while at < optionsEnd, length < 48 {
            let kind = view.u8(at)
            if kind == 0 { break }
            canonical[length] = kind
            length += 1
            if kind == 1 {
                at += 1
                continue
            }
            let size = Int(view.u8(at &+ 1))
            guard size >= 2, at &+ size <= optionsEnd else { break }
            if kind == 2, size == 4 { mss = view.u16(at &+ 2) }
            if kind == 3, size == 3 { scale = view.u8(at &+ 2) }
            at += size
        }
        canonical[0] = 1
        canonical[1] = UInt8(truncatingIfNeeded: window)
        canonical[2] = UInt8(truncatingIfNeeded: window >> 8)
        canonical[3] = UInt8(truncatingIfNeeded: mss)
        canonical[4] = UInt8(truncatingIfNeeded: mss >> 8)
        canonical[5] = scale
        canonical[6] = isIPv4 && view.u8(network &+ 6) & 0x40 != 0 ? 1 : 0
        canonical[7] = HeaderSignature.roundedTTL(view.u8(network &+ (isIPv4 ? 8 : 7)))
    }

    private mutating func readUDP(_ view: PacketView, _ network: Int, _ transport: Int, _ end: Int, _ isIPv4: Bool) {
        let total = isIPv4 ? Int(view.u16(network &+ 2)) : Int(view.u16(network &+ 4)) &+ 40
        let payload = transport &+ 8
        var digest = FNV1a64()
        var at = payload
        while at < min(end, payload &+ 16) {
            digest.update(view.u8(at))
            at += 1
        }
        canonical[0] = 2
        canonical[1] = HeaderSignature.lengthClass(payloadBytes: network &+ total &- payload)
        for index in 0..<8 { canonical[2 + index] = UInt8(truncatingIfNeeded: digest.value >> UInt64(8 * index)) }
        length = 10
    }
}
