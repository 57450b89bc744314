import FlowModel

/// The header signature of a packet in its canonical bytes (`HeaderSignature.canonicalBytes`), read when the packet
/// becomes the first of a record. No bytes: it has none.
struct CanonicalSignature: Equatable {
    private static let capacity = 48
    private static let words = 6

    /// Zero behind `length`.
    private var text: InlineArray<48, UInt8> = InlineArray(repeating: 0)
    private(set) var length: UInt8 = 0
    /// For the window's table of signatures.
    private(set) var hash: UInt64 = 0

    @inline(__always)
    init<Word: AddressWord>(_ view: PacketView, _ facts: PacketFacts<Word>, _ keyed: KeyedHash) {
        let isIPv4 = Word.bitWidth == 32
        let kind = facts.trafficClass
        if kind == TrafficClass.tcpSyn.rawValue {
            readSyn(view, Int(facts.network), Int(facts.transport), Int(facts.end), isIPv4)
        } else if kind == TrafficClass.udpProbe.rawValue || kind == TrafficClass.udpResponse.rawValue {
            readUDP(view, Int(facts.network), Int(facts.transport), Int(facts.end), isIPv4)
        } else {
            return
        }
        hash = keyed.hash(word(0), word(1))
        var index = 2
        while index * 8 < Int(length) {
            hash = keyed.hash(hash ^ word(index), word(index + 1))
            index += 2
        }
    }

    var bytes: [UInt8] { (0..<Int(length)).map { text[$0] } }

    static func == (left: CanonicalSignature, right: CanonicalSignature) -> Bool {
        var difference = left.hash ^ right.hash | UInt64(left.length ^ right.length)
        for index in 0..<words { difference |= left.word(index) ^ right.word(index) }
        return difference == 0
    }

    @inline(__always)
    private func word(_ index: Int) -> UInt64 {
        text.span.bytes.unsafeLoadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
    }

    private mutating func readSyn(_ view: PacketView, _ network: Int, _ transport: Int, _ end: Int, _ isIPv4: Bool) {
        let window = view.u16(transport &+ 14)
        let optionsEnd = min(end, transport &+ Int(view.u8(transport &+ 12) >> 4) &* 4)
        var mss: UInt16 = 0
        var scale: UInt8 = 255
        var at = transport &+ 20
        var used = 8
        // RFC 9293 §3.1: kind 0 ends the list, kind 1 is one byte, every other has its length.
        while at < optionsEnd, used < CanonicalSignature.capacity {
            let kind = view.u8(at)
            if kind == 0 { break }
            text[used] = kind
            used += 1
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
        length = UInt8(used)
        text[0] = 1
        text[1] = UInt8(truncatingIfNeeded: window)
        text[2] = UInt8(truncatingIfNeeded: window >> 8)
        text[3] = UInt8(truncatingIfNeeded: mss)
        text[4] = UInt8(truncatingIfNeeded: mss >> 8)
        text[5] = scale
        text[6] = isIPv4 && view.u8(network &+ 6) & 0x40 != 0 ? 1 : 0
        text[7] = HeaderSignature.roundedTTL(view.u8(network &+ (isIPv4 ? 8 : 7)))
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
        text[0] = 2
        text[1] = HeaderSignature.lengthClass(payloadBytes: network &+ total &- payload)
        for index in 0..<8 { text[2 + index] = UInt8(truncatingIfNeeded: digest.value >> UInt64(8 * index)) }
        length = 10
    }
}
