/// Base64 without padding (RFC 4648 §4 and §5).
enum Base64Text {
    enum Alphabet: Sendable {
        /// `+` and `/`, as PHC strings have it.
        case standard
        /// `-` and `_`, as cookies and headers have it.
        case url
    }

    static func text(_ bytes: some Sequence<UInt8>, _ alphabet: Alphabet) -> String {
        let digits = alphabet == .url ? urlDigits : standardDigits
        var text: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(digits[Int(bits >> UInt32(count) & 63)])
            }
            bits &= 63
        }
        if count > 0 { text.append(digits[Int(bits << UInt32(6 - count) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil unless `text` is what `text(_:_:)` makes of some bytes: one text for each value.
    static func bytes(_ text: some StringProtocol, _ alphabet: Alphabet) -> [UInt8]? {
        let digits = alphabet == .url ? urlDigits : standardDigits
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for character in text.utf8 {
            guard let value = digits.firstIndex(of: character) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
            bits &= 0xFF
        }
        guard count < 6, bits & (1 << UInt32(count) - 1) == 0 else { return nil }
        return bytes
    }

    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
    private static let standardDigits = letters + Array("+/".utf8)
    private static let urlDigits = letters + Array("-_".utf8)
}
