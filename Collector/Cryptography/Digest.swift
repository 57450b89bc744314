import CLibcrypto

/// Digests by libcrypto, and what compares secrets. Any thread may call all of it.
package enum Digest {
    /// SHA-256 (FIPS 180-4) of the bytes: 32 bytes.
    package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        _ = SHA256(bytes, bytes.count, &digest)
        return digest
    }

    /// SHA-1 (FIPS 180-4) of the bytes: 20 bytes. For names that UUIDv5 makes, never for secrets.
    package static func sha1(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(SHA_DIGEST_LENGTH))
        _ = SHA1(bytes, bytes.count, &digest)
        return digest
    }

    /// HMAC-SHA-256 (RFC 2104) of the bytes under a key of any length: 32 bytes.
    package static func hmacSHA256(key: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        var length: UInt32 = 0
        // A pointer to no bytes would mean "the key of the call before" to HMAC(3).
        let done = (key.isEmpty ? [0] : key).withUnsafeBytes { key in
            HMAC(EVP_sha256(), key.baseAddress, Int32(clamping: key.count), bytes, bytes.count, &digest, &length)
        }
        precondition(done != nil && length == 32, "HMAC-SHA-256 failed")
        return digest
    }

    /// Whether two secrets are equal, found in a time that tells only whether their lengths are (CRYPTO_memcmp(3)).
    package static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }
}
