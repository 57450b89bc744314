/// Where syslog messages go: `udp://`, `tcp://` or `tls://`, a name or an address (IPv6 in brackets), and perhaps a port.
package struct SyslogTarget: Sendable, Hashable {
    package enum Transport: String, Sendable {
        /// RFC 5426
        case udp
        /// RFC 6587 §3.4.1, octet counting.
        case tcp
        /// RFC 5425
        case tls
    }

    package let transport: Transport
    /// Without brackets.
    package let host: String
    package let port: UInt16

    /// Nil for every other text.
    package init?(_ text: String) {
        guard let mark = text.firstRange(of: "://"),
            let transport = Transport(rawValue: String(text[..<mark.lowerBound]))
        else {
            return nil
        }
        var rest = text[mark.upperBound...]
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        var name = rest
        var port: Substring?
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            name = rest[rest.index(after: rest.startIndex)..<end]
            let after = rest[rest.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":") else { return nil }
            port = after.isEmpty ? nil : after.dropFirst()
        } else if let colon = rest.firstIndex(of: ":") {
            name = rest[..<colon]
            port = rest[rest.index(after: colon)...]
        }
        let allowed = rest.hasPrefix("[") ? ":." : ".-_"
        guard (1...253).contains(name.utf8.count),
            name.utf8.allSatisfy({ HeaderText.isAlphanumeric($0) || allowed.utf8.contains($0) })
        else { return nil }
        self.transport = transport
        host = String(name)
        guard let port else {
            self.port = transport == .tls ? 6514 : 514
            return
        }
        guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(port), number > 0 else {
            return nil
        }
        self.port = number
    }

    /// As part of a URL.
    var authority: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }
}
