extension Reason {
    /// What a template may say of a reason: `reason` is its English text, one of the others is true, or for a number or a
    /// name that text.
    static let mailNames: Set<String> = [
        "reason", "lowTrustOnly", "oneSite", "manySites", "trustedSites", "highTrust", "knownTool", "oneHost",
        "scattered", "configured", "otherReason", "lastReason",
    ]

    /// - Parameter texts: the reasons of an alert, as a notice has them.
    static func mailValues(_ texts: [String]) -> [[String: TemplateValue]] {
        texts.enumerated().map { place, text in
            let (name, value) = mailValue(Reason(text))
            return ["reason": .text(text), "lastReason": .flag(place == texts.count - 1), name: value]
        }
    }

    private static func mailValue(_ reason: Reason?) -> (String, TemplateValue) {
        switch reason {
        case .lowTrustOnly: ("lowTrustOnly", .flag(true))
        case .oneSite: ("oneSite", .flag(true))
        case .sites(let count): ("manySites", .text("\(count)"))
        case .trustedSites(let count): ("trustedSites", .text("\(count)"))
        case .highTrust: ("highTrust", .flag(true))
        case .tool(let name): ("knownTool", .text(name))
        case .oneHost: ("oneHost", .flag(true))
        case .scattered: ("scattered", .flag(true))
        case .configured: ("configured", .flag(true))
        case .forgedRequests, .labelled, nil: ("otherReason", .flag(true))
        }
    }
}
