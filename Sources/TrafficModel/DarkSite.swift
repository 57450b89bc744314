package import FlowModel

/// One telescope of the model: who it is and which IPv4 block it watches.
package struct DarkSite: Sendable, Hashable {
    /// Lower-case letters, digits and hyphens, at most 32, the first no hyphen: as the registry has it.
    package let code: String
    /// IPv4, /8 … /32.
    package let prefix: Prefix

    /// Reads `CODE=PREFIX`, such as `th-1=198.18.16.0/20`; nil when it is anything else.
    package init?(_ text: String) {
        guard let equals = text.firstIndex(of: "="), let prefix = Prefix(text[text.index(after: equals)...]),
            prefix.family == .ipv4, (8...32).contains(prefix.length)
        else { return nil }
        let code = text[..<equals]
        let isAllowed = code.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2D }
        guard (1...32).contains(code.utf8.count), code.first != "-", isAllowed else { return nil }
        self.code = String(code)
        self.prefix = prefix
    }
}
