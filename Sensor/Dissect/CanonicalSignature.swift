import FlowModel

/// The header signature of a packet in its canonical bytes (`HeaderSignature.canonicalBytes`), read when the packet
/// becomes the first of a record. No bytes: it has none.
struct CanonicalSignature: Equatable {
    private static let capacity = 48

    /// The bytes in groups of eight, the first one lowest; zero behind `length`. Whole words are written and read, as a
    /// processor makes a word that follows single bytes wait for them.
    private var words: InlineArray<6, UInt64> = InlineArray(repeating: 0)
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
        hash = keyed.hash(words[0], words[1])
        if length > 16 { hash = keyed.hash(keyed.hash(hash ^ words[2], words[3]) ^ words[4], words[5]) }
    }

    var bytes: [UInt8] {
        (0..<Int(length)).map { UInt8(truncatingIfNeeded: words[$0 >> 3] >> UInt64(8 * ($0 & 7))) }
    }

    static func == (left: CanonicalSignature, right: CanonicalSignature) -> Bool {
        guard left.hash == right.hash, left.length == right.length else { return false }
        for index in 0..<6 where left.words[index] != right.words[index] { return false }
        return true
    }

    private mutating func readSyn(_ view: PacketView, _ network: Int, _ transport: Int, _ end: Int, _ isIPv4: Bool) {
        let optionsEnd = min(end, transport &+ Int(view.u8(transport &+ 12) >> 4) &* 4)
        var mss: UInt16 = 0
        var scale: UInt8 = 255
        var at = transport &+ 20
        var used = 8
        var word: UInt64 = 0
        // RFC 9293 §3.1: kind 0 ends the list, kind 1 is one byte, every other has its length.
        while at < optionsEnd, used < CanonicalSignature.capacity {
            let kind = view.u8(at)
            if kind == 0 { break }
            word |= UInt64(kind) << UInt64((used & 7) &* 8)
            used &+= 1
            if used & 7 == 0 {
                words[(used >> 3) &- 1] = word
                word = 0
            }
            if kind == 1 {
                at &+= 1
                continue
            }
            let size = Int(view.u8(at &+ 1))
            guard size >= 2, at &+ size <= optionsEnd else { break }
            if kind == 2, size == 4 { mss = view.u16(at &+ 2) }
            if kind == 3, size == 3 { scale = view.u8(at &+ 2) }
            at &+= size
        }
        if used & 7 != 0 { words[used >> 3] = word }
        length = UInt8(used)
        let isWhole: UInt64 = isIPv4 && view.u8(network &+ 6) & 0x40 != 0 ? 1 : 0
        let ttl = HeaderSignature.roundedTTL(view.u8(network &+ (isIPv4 ? 8 : 7)))
        words[0] =
            1 | UInt64(view.u16(transport &+ 14)) << 8 | UInt64(mss) << 24 | UInt64(scale) << 40 | isWhole << 48
            | UInt64(ttl) << 56
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
        let lengthClass = HeaderSignature.lengthClass(payloadBytes: network &+ total &- payload)
        words[0] = 2 | UInt64(lengthClass) << 8 | digest.value << 16
        words[1] = digest.value >> 48
        length = 10
    }
}
