import Cryptography

/// UUIDs that are made from names: the same name gives the same UUID on every host and at every time.
struct NameUUID {
    /// The UUID below which names lie.
    let namespace: [UInt8]

    /// Below another UUID.
    /// - Parameter namespace: 16 bytes.
    init(namespace: [UInt8]) {
        precondition(namespace.count == 16)
        self.namespace = namespace
    }

    /// Below a UUID in text; any other text is taken as a name of its own.
    init(_ text: String) {
        let digits = text.utf8.filter { $0 != UInt8(ascii: "-") }
        let values = digits.compactMap { UInt8(String(UnicodeScalar($0)), radix: 16) }
        if digits.count == 32, values.count == 32 {
            self.init(namespace: (0..<16).map { values[2 * $0] << 4 | values[2 * $0 + 1] })
        } else {
            self.init(namespace: Array(Digest.sha1(Array(text.utf8)).prefix(16)))
        }
    }

    /// What names of objects of ours lie below: made once with uuidgen(1).
    static let ours = NameUUID("c58a33ad-7988-44d0-b20c-f9ab0655a598")

    /// Version 5 of RFC 9562 §5.5, in lower case.
    func uuid(_ name: String) -> String { text(name, version: 5) }

    /// The bits of a name in the shape of version 4, for readers that take no other.
    func randomLooking(_ name: String) -> String { text(name, version: 4) }

    private func text(_ name: String, version: UInt8) -> String {
        var bytes = Array(Digest.sha1(namespace + Array(name.utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0F | version << 4
        bytes[8] = bytes[8] & 0x3F | 0x80
        var text = ""
        for (place, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(place) { text += "-" }
            text += Hexadecimal.text(byte)
        }
        return text
    }
}

/// Bytes in lower-case hexadecimal.
enum Hexadecimal {
    static func text(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

    static func text(_ bytes: [UInt8]) -> String { bytes.map { text($0) }.joined() }
}
