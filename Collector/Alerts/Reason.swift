/// What a confidence or a finding rests on. It is kept as English words, which mails in other languages are made from.
package enum Reason: Sendable, Hashable {
    case lowTrustOnly, oneSite
    case sites(Int)
    /// How many of the sites are of more than low trust, when not all are.
    case trustedSites(Int)
    case highTrust
    case tool(String)
    case oneHost, scattered, configured, forgedRequests
    case labelled(String)

    /// In English. No site, sensor or dark address is named, and there is no number that grows with every packet.
    package var text: String {
        switch self {
        case .lowTrustOnly: "seen at sites of low trust only"
        case .oneSite: "seen at 1 site only"
        case .sites(let count): "seen at \(count) sites"
        case .trustedSites(let count): "\(count) of them of more than low trust"
        case .highTrust: "seen at a site of high trust"
        case .tool(let name): "headers as \(name) makes them"
        case .oneHost: "TTLs at each sensor as one host has them"
        case .scattered: "TTLs at a sensor scattered: several hosts, or forged"
        case .configured: "few dark addresses, of services that hosts are told to use"
        case .forgedRequests:
            "requests in such numbers to services that amplify are rather forged to attack the address"
        case .labelled(let label): "labelled: \(label)"
        }
    }

    private static let fixed: [Reason] = [
        .lowTrustOnly, .oneSite, .highTrust, .oneHost, .scattered, .configured, .forgedRequests,
    ]

    /// The reason of that text; nil for one of another version.
    package init?(_ text: String) {
        func within(_ start: String, _ end: String) -> String? {
            guard text.hasPrefix(start), text.hasSuffix(end), text.utf8.count > start.utf8.count + end.utf8.count else {
                return nil
            }
            return String(text.dropFirst(start.count).dropLast(end.count))
        }
        if let reason = Reason.fixed.first(where: { $0.text == text }) {
            self = reason
        } else if let count = within("seen at ", " sites").flatMap({ Int($0) }) {
            self = .sites(count)
        } else if let count = within("", " of them of more than low trust").flatMap({ Int($0) }) {
            self = .trustedSites(count)
        } else if let name = within("headers as ", " makes them") {
            self = .tool(name)
        } else if let label = within("labelled: ", "") {
            self = .labelled(label)
        } else {
            return nil
        }
    }
}
