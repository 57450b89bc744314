import FlowModel

/// Who and what a surge was made of, in the ten minutes of its peak.
package struct SurgeDetail: Sendable, Hashable {
    /// A part of the packets.
    package struct Share: Sendable, Hashable {
        package var name: String
        /// 0 to 1.
        package var share: Double

        package init(name: String, share: Double) {
            self.name = name
            self.share = share
        }
    }

    /// The greatest first; nil when it is not known.
    package var sites: [Share]?
    package var countries: [Share]?
    package var signatures: [Share]?
    package var tools: [Share]?

    package init() {}

    /// Signatures and tools of a lesser share are not worth a word.
    private static let leastShare = 0.1

    /// What there is to say about a surge, in one sentence.
    package func words(for surge: Surge) -> String {
        let isOfPackets = surge.metric == .packets
        var words = "\(SurgeDetail.name(of: surge.port)): "
        words += SurgeDetail.rise(surge.value, surge.usual, of: isOfPackets ? "packets" : "sources", isWhole: true)
        words += isOfPackets ? " from " : " with "
        words += SurgeDetail.rise(
            surge.otherValue, surge.otherUsual, of: isOfPackets ? "sources" : "packets", isWhole: false)
        var parts: [String] = []
        if let site = sites?.first { parts.append("\(SurgeDetail.percent(site.share)) at site \(site.name)") }
        if let country = countries?.first { parts.append("\(SurgeDetail.percent(country.share)) from \(country.name)") }
        if let signature = signatures?.first, signature.share >= SurgeDetail.leastShare {
            parts.append("\(SurgeDetail.percent(signature.share)) with the signature \(signature.name)")
        }
        for tool in tools ?? [] where tool.share >= SurgeDetail.leastShare {
            parts.append("the test for \(tool.name) matches \(SurgeDetail.percent(tool.share))")
        }
        return parts.isEmpty ? words : words + "; " + parts.joined(separator: "; ")
    }

    private static func name(of port: ServicePort) -> String {
        let known = UInt8(exactly: port.trafficClass).flatMap { TrafficClass(rawValue: $0) }
        let name = known?.name ?? "class \(port.trafficClass)"
        switch known {
        case .icmpRequest, .icmpReply, .icmpError, .icmpOther:
            return "\(name) type \(port.number >> 8) code \(port.number & 255)"
        default: return "\(name) port \(port.number)"
        }
    }

    /// - Parameter isWhole: whether the figures are told too.
    private static func rise(_ value: Double, _ usual: Double, of what: String, isWhole: Bool) -> String {
        guard usual >= 1 else {
            let figure = "\(whole(value)) \(what)"
            return isWhole ? "\(figure) in 10 minutes (usually \(usual > 0 ? "hardly any" : "none"))" : figure
        }
        let times = "\(decimal(value / usual)) times the usual \(what)"
        return isWhole ? "\(times) (\(whole(value)) for \(whole(usual)) in 10 minutes)" : times
    }

    /// `12,100`.
    static func whole(_ value: Double) -> String {
        let digits = Array(String(UInt64(min(max(value.rounded(), 0), 1e18))))
        var text = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// One digit behind the point below 10, none above.
    static func decimal(_ value: Double) -> String {
        let tenths = UInt64(min(max((value * 10).rounded(), 0), 1e18))
        return tenths < 100 ? "\(tenths / 10).\(tenths % 10)" : whole(value)
    }

    /// `81 %`; never all or nothing of what is only nearly so.
    static func percent(_ share: Double) -> String {
        let rounded = (share * 100).rounded()
        if rounded >= 100, share < 1 { return "over 99 %" }
        if rounded < 1, share > 0 { return "under 1 %" }
        return "\(whole(rounded)) %"
    }
}
