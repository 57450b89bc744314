import FlowModel

/// Where notices go: a mail address, a URL, a syslog receiver or a folder, in a form that nothing can be smuggled in by.
package struct ContactTarget: Sendable, Hashable {
    /// Why a text is no target: a sentence that says what is expected.
    package struct Problem: Error, Sendable, Hashable {
        package let message: String
    }

    package let channel: ContactChannel
    /// As it was given.
    package let text: String

    /// Bytes of a target at most.
    package static let limit = 500

    /// Reads a target; stricter than the standards where they allow what no address in use has.
    package init(_ channel: ContactChannel, _ text: String) throws(Problem) {
        guard (1...ContactTarget.limit).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw Problem(message: "expected 1 to \(ContactTarget.limit) characters of ASCII without spaces.")
        }
        switch channel {
        case .mail: try ContactTarget.checkMail(text)
        case .webhook: try ContactTarget.checkWebhook(text)
        case .syslog: try ContactTarget.checkSyslog(text)
        case .file: try ContactTarget.checkFolder(text)
        }
        self.channel = channel
        self.text = text
    }

    /// Whether what is sent is in clear on the way by the target's own words: http, and syslog without TLS.
    package var isUnencrypted: Bool { ["http://", "udp://", "tcp://"].contains { text.hasPrefix($0) } }

    /// A mailbox of RFC 5321 §4.1.2 without quotes, comments, literals and source routes, in the letters in use.
    private static func checkMail(_ text: String) throws(Problem) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw Problem(message: "expected one mail address, such as soc@city.example.") }
        let atoms = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        // A hyphen first would be an option to a program that the address is handed to.
        guard parts[0].utf8.count <= 64, parts[0].first != "-",
            atoms.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { isLetterOrDigit($0) || "_+=-".utf8.contains($0) } })
        else {
            throw Problem(
                message: "the part before the @ may have letters, digits and . _ + = - only, as a.b+c@city.example.")
        }
        guard parts[1] == "localhost" || isName(parts[1], isDotted: true) else {
            throw Problem(message: "expected a domain after the @, as in soc@city.example.")
        }
    }

    private static func checkWebhook(_ text: String) throws(Problem) {
        guard let rest = afterScheme(text, ["https", "http"]) else {
            throw Problem(message: "expected a URL of https or http, such as https://soc.city.example/darkscope.")
        }
        guard !text.utf8.contains(where: { "#\"'<>\\^`{|}".utf8.contains($0) }) else {
            throw Problem(
                message: "a URL here has no fragment, quotes, brackets or braces; write others than letters as %.")
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else {
            throw Problem(message: "a URL here has no user and no password: messages are signed instead.")
        }
        guard isHost(authority, needsPort: false) else {
            throw Problem(
                message: "expected a host, with a port or without, as in https://soc.city.example:8443/darkscope.")
        }
    }

    private static func checkSyslog(_ text: String) throws(Problem) {
        guard let rest = afterScheme(text, ["udp", "tcp", "tls"]), isHost(rest, needsPort: true) else {
            throw Problem(
                message: "expected udp://, tcp:// or tls:// and host:port, such as tls://siem.city.example:6514.")
        }
    }

    private static func checkFolder(_ text: String) throws(Problem) {
        let isAllowed = text.utf8.allSatisfy { isLetterOrDigit($0) || "._-".utf8.contains($0) }
        guard isAllowed, text.first != ".", text.first != "-", text.utf8.count <= 64 else {
            throw Problem(
                message: "expected the name of a folder: 1 to 64 letters, digits, and . _ - not first, such as city-a.")
        }
    }

    private static func afterScheme(_ text: String, _ schemes: [String]) -> Substring? {
        schemes.first { text.hasPrefix("\($0)://") }.map { text.dropFirst($0.utf8.count + 3) }
    }

    /// A host by name or address, IPv6 in brackets, and a port.
    private static func isHost(_ text: Substring, needsPort: Bool) -> Bool {
        var (host, port) = (text, Substring?.none)
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return false }
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.first == ":" else { return false }
            host = text[text.index(after: text.startIndex)..<end]
            port = rest.isEmpty ? nil : rest.dropFirst()
            guard Address(host)?.family == .ipv6 else { return false }
        } else {
            if let colon = text.firstIndex(of: ":") {
                host = text[..<colon]
                port = text[text.index(after: colon)...]
            }
            guard Address(host)?.family == .ipv4 || isName(host, isDotted: false) else { return false }
        }
        guard let port else { return !needsPort }
        return port.utf8.allSatisfy { (0x30...0x39).contains($0) } && (UInt16(port) ?? 0) > 0
    }

    /// A host name of RFC 1123 §2.1. A name whose last label is a number would be read as an address (WHATWG URL §3.5).
    private static func isName(_ text: Substring, isDotted: Bool) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= 253, labels.count >= (isDotted ? 2 : 1), let last = labels.last,
            last.utf8.contains(where: { !(0x30...0x39).contains($0) }), !last.lowercased().hasPrefix("0x")
        else { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { isLetterOrDigit($0) || $0 == 0x2D }
        }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
    }
}
