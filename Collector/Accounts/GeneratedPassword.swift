/// A password that is made, not thought of.
package enum GeneratedPassword {
    /// Random bytes that one is made of.
    package static let randomBytes = 20

    /// Four groups of five letters and digits that are not taken for each other: 100 bits (a byte gives five).
    package static func text(_ random: [UInt8]) -> String {
        precondition(random.count == randomBytes, "a password of \(random.count) bytes")
        let letters = Array("abcdefghijkmnpqrstuvwxyz23456789".utf8)
        var text: [UInt8] = []
        for (place, byte) in random.enumerated() {
            if place > 0, place % 5 == 0 { text.append(UInt8(ascii: "-")) }
            text.append(letters[Int(byte & 31)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
