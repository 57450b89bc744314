import Cryptography

/// What a browser proves a session with: 256 random bits. Only their digest is stored.
package struct SessionToken: Sendable, Hashable {
    private let bytes: [UInt8]

    /// Random bytes that a token is made of.
    package static let randomBytes = 32

    /// A new token of so many random bytes.
    package init(random: [UInt8]) {
        precondition(random.count == SessionToken.randomBytes, "a token of \(random.count) bytes")
        bytes = random
    }

    /// Reads what `text` gives; nil for anything else.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == 43, let bytes = Base64Text.bytes(text, .url),
            bytes.count == SessionToken.randomBytes
        else { return nil }
        self.bytes = bytes
    }

    /// 43 characters of base64url: the value of the cookie. Never for logs.
    package var text: String { Base64Text.text(bytes, .url) }

    /// SHA-256 of the token: 32 bytes, what is stored. A token has enough bits that nobody tries them.
    package var digest: [UInt8] { Digest.sha256(bytes) }

    /// What pages of this session send with every change, in a header: 43 characters that follow from the token alone,
    /// and from which the token does not follow (the HMAC-based token pattern of OWASP's cheat sheet on CSRF).
    package var formToken: String {
        Base64Text.text(Digest.hmacSHA256(key: bytes, Array("darkscope form".utf8)), .url)
    }

    /// Whether a page sent the form token of this session, in a time that says nothing of it.
    package func accepts(formToken sent: String) -> Bool {
        sent.utf8.count == 43 && Digest.areEqual(Array(sent.utf8), Array(formToken.utf8))
    }
}

extension SessionToken: CustomStringConvertible {
    /// Tells nothing of the token.
    package var description: String { "a session's token" }
}

/// How long sessions last, in seconds.
package struct SessionLimits: Sendable, Hashable {
    /// From the last use.
    package let idle: Int64
    /// From signing in.
    package let absolute: Int64
    /// A use is written down when the last one that was is so long ago, so that not every request writes.
    package let step: Int64
    /// Sessions of one account; another one ends the least recently used.
    package let most: Int

    /// An hour without use and a day in all unless told otherwise: NIST SP 800-63B §2.2.3 for what is worth protecting.
    package init(idle: Int64 = 3_600, absolute: Int64 = 86_400, step: Int64 = 60, most: Int = 20) {
        precondition(idle > step && step >= 0 && absolute > 0 && most > 0, "limits of sessions that exclude each other")
        self.idle = idle
        self.absolute = absolute
        self.step = step
        self.most = most
    }
}
