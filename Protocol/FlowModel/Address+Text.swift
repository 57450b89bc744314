extension Address: CustomStringConvertible, LosslessStringConvertible {
    /// Dotted decimal, or the canonical IPv6 text of RFC 5952 (lower case, the longest run of zero groups folded).
    public var description: String {
        switch family {
        case .ipv4:
            let value = UInt32(truncatingIfNeeded: bits)
            return "\(value >> 24).\((value >> 16) & 0xFF).\((value >> 8) & 0xFF).\(value & 0xFF)"
        case .ipv6:
            return ipv6Text
        }
    }

    /// Reads dotted decimal (four octets without leading zeros, RFC 6943 §3.1.1 strict form) or any IPv6 text form
    /// of RFC 4291 §2.2 without a zone. Returns nil for everything else.
    public init?(_ text: some StringProtocol) {
        if text.utf8.contains(UInt8(ascii: ":")) {
            guard let bits = Address.parseIPv6(Array(text.utf8)) else { return nil }
            self.init(ipv6: bits)
        } else {
            guard let bits = Address.parseIPv4(Array(text.utf8)[...]) else { return nil }
            self.init(ipv4: bits)
        }
    }

    private var groups: [UInt16] {
        (0..<8).map { UInt16(truncatingIfNeeded: bits >> (UInt128(7 - $0) * 16)) }
    }

    private var ipv6Text: String {
        let groups = groups
        var folded = 0..<0
        var index = 0
        while index < 8 {
            var end = index
            while end < 8, groups[end] == 0 { end += 1 }
            if end - index > max(1, folded.count) { folded = index..<end }
            index = max(end, index + 1)
        }
        func joined(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard !folded.isEmpty else { return joined(groups[...]) }
        return joined(groups[..<folded.lowerBound]) + "::" + joined(groups[folded.upperBound...])
    }

    private static func parseIPv4(_ text: ArraySlice<UInt8>) -> UInt32? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0"),
                let octet = number(part, radix: 10), octet <= 255
            else { return nil }
            value = value << 8 | octet
        }
        return value
    }

    private static func parseIPv6(_ text: [UInt8]) -> UInt128? {
        let colon = UInt8(ascii: ":")
        var head: [UInt16] = []
        var tail: [UInt16]?
        var index = 0
        if text.starts(with: [colon, colon]) {
            tail = []
            index = 2
        } else if text.first == colon {
            return nil
        }
        while index < text.count {
            var end = index
            while end < text.count, text[end] != colon { end += 1 }
            let part = text[index..<end]
            let groups: [UInt16]
            if part.contains(UInt8(ascii: ".")) {
                guard end == text.count, let value = parseIPv4(part) else { return nil }
                groups = [UInt16(value >> 16), UInt16(truncatingIfNeeded: value)]
            } else {
                guard (1...4).contains(part.count), let value = number(part, radix: 16) else { return nil }
                groups = [UInt16(value)]
            }
            if tail == nil { head += groups } else { tail? += groups }
            guard head.count + (tail?.count ?? 0) <= 8 else { return nil }
            index = end
            if index < text.count {
                index += 1
                if index == text.count { return nil }
                if text[index] == colon {
                    guard tail == nil else { return nil }
                    tail = []
                    index += 1
                }
            }
        }
        let present = head.count + (tail?.count ?? 0)
        guard tail == nil ? present == 8 : present < 8 else { return nil }
        let all = head + Array(repeating: 0, count: 8 - present) + (tail ?? [])
        return all.reduce(0) { $0 << 16 | UInt128($1) }
    }

    private static func number(_ digits: ArraySlice<UInt8>, radix: UInt32) -> UInt32? {
        var value: UInt32 = 0
        for digit in digits {
            let figure: UInt32
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): figure = UInt32(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): figure = UInt32(digit - UInt8(ascii: "a")) + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): figure = UInt32(digit - UInt8(ascii: "A")) + 10
            default: return nil
            }
            guard figure < radix else { return nil }
            value = value * radix + figure
        }
        return value
    }
}
