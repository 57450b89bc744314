import Glibc

/// Where a collector listens: a host name or address, and a port.
package struct CollectorAddress: Sendable, Hashable, CustomStringConvertible {
    /// The port when none is given.
    package static let defaultPort: UInt16 = 4747

    package let host: String
    package let port: UInt16

    /// Reads `host`, `host:port`, `192.0.2.1:4747`, `[2001:db8::1]` or `[2001:db8::1]:4747`, with or without `tcp://`
    /// before it; nil for anything else.
    package init?(_ text: String) {
        var rest = text[...]
        if rest.hasPrefix("tcp://") { rest = rest.dropFirst(6) }
        var portText: Substring?
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = String(rest[rest.index(after: rest.startIndex)..<end])
            rest = rest[rest.index(after: end)...]
            if rest.first == ":" { portText = rest.dropFirst() } else if !rest.isEmpty { return nil }
        } else {
            let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
            guard (1...2).contains(parts.count) else { return nil }
            host = String(parts[0])
            portText = parts.count == 2 ? parts[1] : nil
        }
        let isPlain = host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }
        guard !host.isEmpty, host.utf8.count <= 255, isPlain else { return nil }
        guard let portText else {
            port = CollectorAddress.defaultPort
            return
        }
        guard let number = UInt16(portText), number > 0 else { return nil }
        port = number
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// The numeric endpoints of the name, in the order of getaddrinfo(3) (RFC 6724), or why there are none. Blocks for
    /// as long as the resolver takes: call it on a thread that may wait.
    package func resolve() -> Result<[String], ResolutionFailure> {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        guard code == 0 else {
            return .failure(ResolutionFailure(description: "\(host): \(String(cString: gai_strerror(code)))"))
        }
        defer { freeaddrinfo(list) }
        var endpoints: [String] = []
        var entry = list
        while let item = entry?.pointee {
            var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            if getnameinfo(
                item.ai_addr, item.ai_addrlen, &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST) == 0
            {
                let address = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                endpoints.append(item.ai_family == AF_INET6 ? "tcp://[\(address)]:\(port)" : "tcp://\(address):\(port)")
            }
            entry = item.ai_next
        }
        return endpoints.isEmpty
            ? .failure(ResolutionFailure(description: "\(host) has no address")) : .success(endpoints)
    }
}

/// Why a name has no address.
package struct ResolutionFailure: Error, CustomStringConvertible {
    package let description: String
}
