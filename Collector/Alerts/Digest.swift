import CLibcrypto

/// Digests of secrets, by libcrypto.
package enum Digest {
    /// SHA-256 (FIPS 180-4) of the bytes: 32 bytes. Any thread may call it.
    package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        _ = SHA256(bytes, bytes.count, &digest)
        return digest
    }

    /// Whether two secrets are equal, found in a time that tells only whether their lengths are (CRYPTO_memcmp(3)).
    package static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }
}
