import FlowModel

/// Where a console listens: a port of an address, or a Unix socket.
package enum ConsoleAddress: Hashable, Sendable, CustomStringConvertible {
    /// Port 0 takes any that is free.
    case tcp(host: String, port: Int)
    /// An absolute path; sun_path (unix(7)) has room for 107 bytes.
    case unix(String)

    static let longestPath = 107

    /// Reads `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080` or the absolute path of a socket.
    ///
    /// Whoever reaches a console that is open sees what its database role sees: no address that other machines can reach is
    /// accepted for that.
    package init(_ text: String, _ access: ConsoleAccess) throws(ConsoleError) {
        if text.hasPrefix("/") {
            guard text.utf8.count <= ConsoleAddress.longestPath, !text.utf8.contains(0) else {
                throw ConsoleError(
                    .configuration, "the path of a Unix socket has at most \(ConsoleAddress.longestPath) bytes")
            }
            self = .unix(text)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw ConsoleError(
                .configuration, "\(text) is no address and port, such as 127.0.0.1:8080, nor the path of a Unix socket")
        }
        var host = String(text[..<colon])
        if host == "localhost" { host = "127.0.0.1" }
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = String(host.dropFirst().dropLast()) }
        guard let address = Address(host), (address.family == .ipv6) == isBracketed else {
            throw ConsoleError(
                .configuration, "\(text) has no numeric address: write 127.0.0.1:8080 or [::1]:8080")
        }
        guard access != .open || Approach.isLoopback(address) else {
            throw ConsoleError(
                .configuration,
                "\(text) can be reached by other machines, which needs sign-in: set console.access to accounts or public. Or "
                    + "listen on 127.0.0.1 or a Unix socket, and come through ssh -L 8080:127.0.0.1:8080 HOST")
        }
        self = .tcp(host: host, port: Int(port))
    }

    package var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): path
        }
    }

    /// As a browser opens it; nil for a Unix socket.
    package var url: String? {
        if case .tcp = self { "http://\(self)/" } else { nil }
    }
}
