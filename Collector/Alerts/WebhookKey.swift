import Cryptography

/// The key that the secrets of all webhooks are made from.
package struct WebhookKey: Sendable, Hashable {
    private let bytes: [UInt8]

    /// Nil unless there are 32 bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// What the receiver of a contact's webhook checks signatures with: 64 hexadecimal digits. The digits themselves,
    /// as ASCII text, are the key of its HMACs.
    /// - Parameter contact: meta.contact.id
    package func secret(contact: Int32) -> String {
        Hexadecimal.text(Digest.hmacSHA256(key: bytes, Array("darkscope webhook \(contact)".utf8)))
    }

    /// The signature of a message to a contact: HMAC-SHA256 of the time, a full stop and the body, under the contact's
    /// secret; 64 hexadecimal digits. The time is in it so that a receiver can refuse what somebody repeats later.
    /// - Parameter time: Unix seconds.
    package func signature(contact: Int32, time: Int64, body: [UInt8]) -> String {
        Hexadecimal.text(Digest.hmacSHA256(key: Array(secret(contact: contact).utf8), Array("\(time).".utf8) + body))
    }
}
