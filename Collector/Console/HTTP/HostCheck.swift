import FlowModel

/// Whether a request is meant for this console.
///
/// A page of another site can make a browser ask loopback under the site's own name (DNS rebinding), and read the answer:
/// only names that nobody else can have are answered.
struct HostCheck: Sendable {
    private let names: Set<String>

    /// - Parameter names: those of a proxy before the console, without ports.
    init(names: [String]) { self.names = Set(names.map { $0.lowercased() } + ["localhost"]) }

    /// - Parameter host: the field Host or `:authority`; nil when there is none.
    func admits(_ host: String?) -> Bool {
        guard let host, !host.isEmpty else { return false }
        if names.contains(HostCheck.name(of: host)) { return true }
        guard let address = Address(HostCheck.name(of: host)) else { return false }
        return address.family == .ipv4 ? address.bits >> 24 == 127 : address.bits == 1
    }

    /// Without the port and the brackets.
    private static func name(of host: String) -> String {
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            return String(host[host.index(after: host.startIndex)..<end]).lowercased()
        }
        return (host.split(separator: ":", maxSplits: 1).first.map(String.init) ?? "").lowercased()
    }
}
