import CLibcrypto

/// The costs of scrypt (RFC 7914): memory 128·N·r bytes, time in proportion to N·r·p.
package struct Scrypt: Sendable, Hashable {
    /// Binary logarithm of N.
    package let logN: Int
    /// Block size.
    package let r: Int
    /// Parallelisation, which libcrypto works off one after the other.
    package let p: Int

    /// Bytes that one derivation may use at most, so that a stored text cannot ask for more.
    package static let maximumMemory = 256 << 20

    /// Nil for costs that RFC 7914 §6 excludes, that would take more than `maximumMemory`, or more than 16 times the time
    /// of N = 2¹⁷, r = 8, p = 1.
    package init?(logN: Int, r: Int, p: Int) {
        guard (1...20).contains(logN), (1...32).contains(r), (1...16).contains(p), logN < 16 * r,
            128 * r << logN <= Scrypt.maximumMemory, r * p << logN <= 16 * 8 << 17
        else { return nil }
        self.logN = logN
        self.r = r
        self.p = p
    }

    /// Bytes that a derivation takes: V, and B, T and the working block beside it (RFC 7914 §5 and §6).
    private var memory: Int { 128 * r << logN + 128 * r * (p + 2) }

    /// A key from a password, by EVP_PBE_scrypt(3). Blocks for as long as the costs say. Any thread may call it.
    /// - Parameters:
    ///   - password: any bytes, none among them.
    ///   - salt: any bytes, none among them.
    ///   - count: bytes of the key, 1 to 1,024.
    /// - Returns: nil when there is no memory for it.
    package func key(password: [UInt8], salt: [UInt8], count: Int) -> [UInt8]? {
        precondition((1...1_024).contains(count), "a key of \(count) bytes")
        var key = [UInt8](repeating: 0, count: count)
        // A null pointer asks only whether the costs are allowed, so no bytes must have an address too.
        let done = (password.isEmpty ? [0] : password).withUnsafeBytes { bytes in
            EVP_PBE_scrypt(
                bytes.bindMemory(to: CChar.self).baseAddress, password.count, salt.isEmpty ? [0] : salt, salt.count,
                1 << UInt64(logN), UInt64(r), UInt64(p), UInt64(memory + 1_024), &key, count)
        }
        return done == 1 ? key : nil
    }
}
