import Cryptography
package import FlowModel

/// Who asks, as far as the connection tells.
package struct SignInClient: Sendable, Hashable {
    /// Nil when it is not known, as behind a proxy that does not say.
    package let address: Address?
    /// What the browser calls itself: at most 200 characters, none of which a terminal or a reader of lines acts on.
    package let agent: String

    /// - Parameters:
    ///   - address: an IPv4 address in IPv6 is taken as IPv4 (RFC 4291 §2.5.5.2).
    ///   - agent: any text.
    package init(address: Address?, agent: String) {
        self.address = address.map { address in
            address.family == .ipv6 && address.bits >> 32 == 0xFFFF
                ? Address(ipv4: UInt32(truncatingIfNeeded: address.bits)) : address
        }
        self.agent = SignInClient.bounded(agent, 200)
    }

    /// Under which failures of this client are counted: an IPv4 address, or the /64 that an IPv6 address lies in, because
    /// whoever has one has all of it.
    package var key: String { "client:\(block?.description ?? "-")" }

    /// The block that stands for the client; nil when its address is not known.
    package var block: Prefix? {
        address.flatMap { Prefix(SignInClient.masked($0), length: $0.family == .ipv4 ? 32 : 64) }
    }

    /// Under which failures of an account are counted, from anywhere or (`familiar`) from this client.
    package func key(account: Int64, familiar: Bool) -> String {
        familiar ? "account:\(account):\(key)" : "account:\(account)"
    }

    /// Under which failures of a login without an account are counted: 65,536 keys for all that people can type.
    package static func key(unknown login: String) -> String {
        let digest = Digest.sha256(Array(login.utf8))
        return "unknown:\(UInt16(digest[0]) << 8 | UInt16(digest[1]))"
    }

    /// The text without what acts on terminals, and no longer than that.
    package static func bounded(_ text: String, _ limit: Int) -> String {
        // Whoever sends a megabyte does not have it looked at.
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(4 * limit).filter { !actsOnReaders($0) }.prefix(limit)))
    }

    private static func actsOnReaders(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: false
        }
    }

    private static func masked(_ address: Address) -> Address {
        address.family == .ipv4 ? address : Address(ipv6: address.bits & ~UInt128(UInt64.max))
    }
}
