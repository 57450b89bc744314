import CLibzmq

/// A CURVE public key (Curve25519, 32 bytes): the identity of a sensor or of a collector.
package struct CurveKey: Sendable, Hashable, CustomStringConvertible {
    /// Bytes in a key.
    package static let byteCount = 32

    private let words: InlineWords

    /// A key of exactly 32 bytes; nil for any other count.
    package init?(bytes: [UInt8]) {
        guard let words = InlineWords(bytes) else { return nil }
        self.words = words
    }

    /// Reads 64 hexadecimal digits of either case; nil for anything else.
    package init?(_ text: some StringProtocol) {
        guard let bytes = Hexadecimal.bytes(text), let words = InlineWords(bytes) else { return nil }
        self.words = words
    }

    /// The key's 32 bytes.
    package var bytes: [UInt8] { words.bytes }

    /// 64 lower-case hexadecimal digits. (Not Z85, libzmq's own text form: its alphabet holds `#`, `$` and `&`, which
    /// shells and configuration files read as something else.)
    package var description: String { Hexadecimal.text(bytes) }
}

/// A CURVE secret key; it has no text form but in its file, so that it cannot reach a log by accident.
package struct CurveSecretKey: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
    private let words: InlineWords

    /// A key of exactly 32 bytes; nil for any other count.
    package init?(bytes: [UInt8]) {
        guard let words = InlineWords(bytes) else { return nil }
        self.words = words
    }

    /// Reads 64 hexadecimal digits of either case; nil for anything else.
    package init?(hexadecimal text: some StringProtocol) {
        guard let bytes = Hexadecimal.bytes(text), let words = InlineWords(bytes) else { return nil }
        self.words = words
    }

    /// The key's 32 bytes.
    package var bytes: [UInt8] { words.bytes }

    package var description: String { "CurveSecretKey(hidden)" }
    package var debugDescription: String { description }
}

/// A CURVE public key with its secret key.
package struct CurveKeyPair: Sendable, Equatable {
    package let publicKey: CurveKey
    package let secretKey: CurveSecretKey

    /// Makes a new random pair (libzmq takes the randomness from libsodium, that is from getrandom(2)).
    package static func generate() throws(MessagingError) -> CurveKeyPair {
        var publicText = [CChar](repeating: 0, count: Z85.capacity)
        var secretText = publicText
        guard zmq_curve_keypair(&publicText, &secretText) == 0,
            let publicKey = CurveKey(bytes: try Z85.key(publicText)),
            let secretKey = CurveSecretKey(bytes: try Z85.key(secretText))
        else { throw .current(.key, "libzmq made no CURVE key pair; is it built with libsodium?") }
        return CurveKeyPair(publicKey: publicKey, secretKey: secretKey)
    }

    /// The pair of a secret key whose public key is computed from it.
    package init(secretKey: CurveSecretKey) throws(MessagingError) {
        self.publicKey = try CurveKeyPair.publicKey(of: secretKey)
        self.secretKey = secretKey
    }

    /// Pairs two keys that are known to belong together.
    package init(publicKey: CurveKey, secretKey: CurveSecretKey) {
        self.publicKey = publicKey
        self.secretKey = secretKey
    }

    /// Computes the public key that belongs to a secret key.
    package static func publicKey(of secret: CurveSecretKey) throws(MessagingError) -> CurveKey {
        var secretText = [CChar](repeating: 0, count: Z85.capacity)
        var publicText = secretText
        guard zmq_z85_encode(&secretText, secret.bytes, CurveKey.byteCount) != nil,
            zmq_curve_public(&publicText, secretText) == 0, let key = CurveKey(bytes: try Z85.key(publicText))
        else { throw .current(.key, "libzmq computed no public key; is it built with libsodium?") }
        return key
    }
}

/// The text form of keys at libzmq's functions: 40 characters for 32 bytes (ZeroMQ RFC 32).
private enum Z85 {
    /// Characters with the terminating zero.
    static let capacity = 41

    static func key(_ text: [CChar]) throws(MessagingError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: CurveKey.byteCount)
        guard zmq_z85_decode(&bytes, text) != nil else { throw .current(.key, "libzmq gave a key that is not Z85") }
        return bytes
    }
}

/// Thirty-two bytes without an allocation.
private struct InlineWords: Sendable, Hashable {
    let a: UInt64
    let b: UInt64
    let c: UInt64
    let d: UInt64

    init?(_ bytes: [UInt8]) {
        guard bytes.count == CurveKey.byteCount else { return nil }
        func word(_ offset: Int) -> UInt64 { bytes[offset..<offset + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        (a, b, c, d) = (word(0), word(8), word(16), word(24))
    }

    var bytes: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(CurveKey.byteCount)
        for word in [a, b, c, d] {
            for shift in stride(from: 56, through: 0, by: -8) {
                result.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        return result
    }
}
