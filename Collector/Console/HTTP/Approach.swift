import FlowModel
import HTTPTypes
import NIOCore

/// How a request came here, and from whom, as far as the connection and proxies that are trusted tell.
struct Approach: Sendable, Equatable {
    enum Way: Sendable, Equatable {
        /// From this machine, and no proxy is known to stand between.
        case local
        /// Over TLS, which ended at a proxy that is trusted.
        case secure
        /// Over a network that others may listen to, or through a proxy that nobody named.
        case plain
    }

    /// The other end of the connection.
    enum Peer: Sendable, Equatable {
        case unix
        case address(Address)
        case unknown
    }

    let way: Way
    /// Nil when it is not known.
    let client: Address?

    init(peer: Peer, headers: HTTPFields, proxies: TrustedProxies) {
        let forwarded = Approach.last(headers, "X-Forwarded-For")
        let scheme = Approach.last(headers, "X-Forwarded-Proto")
        let direct: Address? = if case .address(let address) = peer { address } else { nil }
        if forwarded == nil, scheme == nil, Approach.last(headers, "Forwarded") == nil {
            client = direct
            way = peer == .unix || direct.map(Approach.isLoopback) == true ? .local : .plain
        } else if proxies.contain(peer) {
            // A proxy that does not say for whom it asks would make one client of everybody.
            client = forwarded.flatMap { Address($0) }
            way = scheme?.lowercased() == "https" && client != nil ? .secure : .plain
        } else {
            client = direct
            way = .plain
        }
    }

    /// The last of the entries of a field: the one that the proxy next to us wrote.
    private static func last(_ headers: HTTPFields, _ name: String) -> String? {
        guard let name = HTTPField.Name(name), let value = headers[name] else { return nil }
        let entry = value.split(separator: ",", omittingEmptySubsequences: false).last ?? ""
        return String(entry.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }

    /// 127.0.0.0/8 (RFC 1122 §3.2.1.3), also in IPv6 (RFC 4291 §2.5.5.2), and ::1 (§2.5.3).
    static func isLoopback(_ address: Address) -> Bool {
        switch address.family {
        case .ipv4: address.bits >> 24 == 127
        case .ipv6: address.bits == 1 || address.bits >> 24 == 0xFFFF_7F
        }
    }

    /// How the browser's address line begins.
    var scheme: String { way == .secure ? "https" : "http" }

    /// The name of the session's cookie. Over TLS nobody but this host over TLS can set it (RFC 6265bis §4.1.3.2).
    var cookieName: String { way == .secure ? "__Host-darkscope" : "darkscope" }

    /// What Set-Cookie says of a session: of no page but ours, and of no script.
    func cookie(_ token: String?) -> String {
        "\(cookieName)=\(token ?? ""); Path=/; HttpOnly; SameSite=Strict\(way == .secure ? "; Secure" : "")"
            + (token == nil ? "; Max-Age=0" : "")
    }
}

extension Approach.Peer {
    init(_ address: SocketAddress?) {
        switch address {
        case .unixDomainSocket: self = .unix
        case .some(let address): self = address.ipAddress.flatMap { Address($0) }.map { .address($0) } ?? .unknown
        case nil: self = .unknown
        }
    }
}

/// The proxies whose word of the client counts. Whose word counts can put any address there: nobody else's does.
package struct TrustedProxies: Sendable, Equatable {
    private let blocks: [Prefix]
    private let trustsUnix: Bool

    /// - Parameter names: addresses, blocks, or `unix` for whoever comes by the socket.
    /// - Throws: for anything else.
    package init(_ names: [String]) throws(ConsoleError) {
        var blocks: [Prefix] = []
        for name in names where name != "unix" {
            guard let block = Prefix(name) else {
                throw ConsoleError(.configuration, "\(name) is no address, no block, and not unix")
            }
            blocks.append(block)
        }
        self.blocks = blocks
        trustsUnix = names.contains("unix")
    }

    func contain(_ peer: Approach.Peer) -> Bool {
        switch peer {
        case .unix: trustsUnix
        case .address(let address):
            blocks.contains { $0.contains(address) }
        case .unknown: false
        }
    }
}
