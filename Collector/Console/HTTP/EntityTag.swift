/// Tells one content of a resource from another (RFC 9110 §8.8.3).
struct EntityTag: Sendable, Hashable {
    /// With its quotes. Of a compressed content it is weak: the same bytes may be compressed otherwise another time.
    let text: String

    init(of content: [UInt8], isCompressed: Bool = false) {
        // FNV-1a of 64 bits from both ends: accidents are what it must tell apart, and the content is ours.
        var (forward, backward): (UInt64, UInt64) = (0xcbf2_9ce4_8422_2325, 0x9ae1_6a3b_2f90_404f)
        for byte in content {
            forward = (forward ^ UInt64(byte)) &* 0x100_0000_01b3
            backward = (backward &* 0x100_0000_01b3) ^ UInt64(byte)
        }
        text = "\(isCompressed ? "W/" : "")\"\(String(forward, radix: 16))-\(String(backward, radix: 16))\""
    }

    /// Whether a client that sends this If-None-Match has the content already: compared weakly (RFC 9110 §13.1.2).
    func isMatched(by header: String) -> Bool {
        let own = EntityTag.opaque(text[...])
        return header.split(separator: ",").contains { candidate in
            let candidate = candidate.drop { $0 == " " || $0 == "\t" }
            let end = candidate.lastIndex { $0 != " " && $0 != "\t" }
            guard let end else { return false }
            let trimmed = candidate[...end]
            return trimmed == "*" || EntityTag.opaque(trimmed) == own
        }
    }

    private static func opaque(_ tag: Substring) -> Substring { tag.hasPrefix("W/") ? tag.dropFirst(2) : tag }
}
