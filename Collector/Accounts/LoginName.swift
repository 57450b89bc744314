/// The name that somebody signs in with: 1 to 64 of a-z, 0-9 and `. _ - @ +`, a letter or digit first.
package struct LoginName: Sendable, Hashable, CustomStringConvertible {
    package let text: String

    /// Capital letters of ASCII are taken as small ones. Nil for anything that is no name of an account.
    package init?(_ text: some StringProtocol) {
        guard (1...64).contains(text.utf8.count) else { return nil }
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x61...0x7A, 0x30...0x39: bytes.append(byte)
            case 0x41...0x5A: bytes.append(byte | 0x20)
            case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "@"), UInt8(ascii: "+"):
                guard !bytes.isEmpty else { return nil }
                bytes.append(byte)
            default: return nil
            }
        }
        self.text = String(decoding: bytes, as: UTF8.self)
    }

    package var description: String { text }
}
