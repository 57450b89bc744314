package import FlowModel

/// How an organisation's address shows up in dark space.
package enum AlertKind: String, Sendable, Hashable, CaseIterable {
    /// It scans dark space of its own organisation.
    case `internal`
    /// It scans dark space of others.
    case external
    /// It answers packets that others forged: it is attacked, not infected.
    case backscatter
}

/// What is made of the evidence.
package enum Finding: String, Sendable, Hashable, CaseIterable {
    case infection
    /// Few dark addresses, and a service that hosts are told to use, such as DNS or NTP.
    case misconfiguration
    /// The address is under a denial-of-service attack.
    case attack
    /// Not enough to say anything, or a known scanner.
    case none
}

/// Three steps, of severity or of confidence.
package enum Grade: String, Sendable, Hashable, CaseIterable, Comparable {
    case low, medium, high

    package static func < (left: Grade, right: Grade) -> Bool { left.rank < right.rank }

    private var rank: Int { Grade.allCases.firstIndex(of: self)! }
}

/// Where an alert is in its life.
package enum AlertState: String, Sendable, Hashable, CaseIterable {
    /// Not enough to report.
    case watching
    /// Reported, or about to be.
    case open
    /// Evidence came after the first notice.
    case ongoing
    /// None came for an hour.
    case quiet
    /// None came for the organisation's clean period, or a person closed it.
    case closed
}

/// What a notice has to say of an alert.
package enum News: String, Sendable, Hashable, CaseIterable {
    case opened, reopened
    /// The finding or the confidence is another.
    case changed
    /// There is more evidence.
    case grew
    case closed
}

/// An alert as a notice tells it.
package struct NoticeItem: Sendable, Hashable {
    /// alert.alert.id; 0 in a test.
    package var alert: Int64
    package var news: News
    /// The organisation's address.
    package var address: Address
    package var kind: AlertKind
    package var finding: Finding
    package var severity: Grade
    package var confidence: Grade
    /// What the confidence rests on, in English words.
    package var reasons: [String]
    package var state: AlertState
    /// From 1: how often the alert was opened.
    package var episode: Int
    /// Unix milliseconds of the first packet of the episode.
    package var firstSeen: Int64
    /// Unix milliseconds of the last packet.
    package var lastSeen: Int64
    /// Packets of the alert so far.
    package var packets: Int64
    /// Packets since the notice before.
    package var newPackets: Int64
    /// Sites that saw the address in this episode.
    package var sites: Int
    /// Distinct dark addresses that it hit, at least.
    package var darkAddresses: Int64
    /// mirai, masscan or zmap; nil for unknown.
    package var tool: String?
    /// Whether the evidence came long after its window, after an outage.
    package var isLate: Bool
    /// The organisation's block that holds the address.
    package var prefix: Prefix
    package var asn: Int64?
    package var asName: String?
    package var country: String?
    /// By packets, most first; at most 50.
    package var evidence: [NoticeEvidence]

    package init(
        alert: Int64, news: News, address: Address, kind: AlertKind, finding: Finding, severity: Grade,
        confidence: Grade, reasons: [String], state: AlertState, episode: Int, firstSeen: Int64, lastSeen: Int64,
        packets: Int64, newPackets: Int64, sites: Int, darkAddresses: Int64, tool: String?, isLate: Bool,
        prefix: Prefix, asn: Int64?, asName: String?, country: String?, evidence: [NoticeEvidence]
    ) {
        self.alert = alert
        self.news = news
        self.address = address
        self.kind = kind
        self.finding = finding
        self.severity = severity
        self.confidence = confidence
        self.reasons = reasons
        self.state = state
        self.episode = episode
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
        self.packets = packets
        self.newPackets = newPackets
        self.sites = sites
        self.darkAddresses = darkAddresses
        self.tool = tool
        self.isLate = isLate
        self.prefix = prefix
        self.asn = asn
        self.asName = asName
        self.country = country
        self.evidence = evidence
    }
}

/// What was seen of an item's address on one service: its packets since the notice before, and the first of them.
///
/// No dark address is in it: those never leave.
package struct NoticeEvidence: Sendable, Hashable {
    package var trafficClass: TrafficClass
    /// IP protocol number.
    package var ipProtocol: UInt8
    /// As the class has it: see `TrafficClass`.
    package var servicePort: UInt16
    package var packets: Int64
    /// Unix milliseconds.
    package var firstSeen: Int64
    package var lastSeen: Int64
    /// Of the first packet; 0 without ports.
    package var sourcePort: UInt16
    package var ttl: UInt8
    package var ipLength: UInt32
    package var tcpFlags: UInt8
    /// Who sent the ICMP error; nil for other classes.
    package var reporter: Address?

    package init(
        trafficClass: TrafficClass, ipProtocol: UInt8, servicePort: UInt16, packets: Int64, firstSeen: Int64,
        lastSeen: Int64, sourcePort: UInt16, ttl: UInt8, ipLength: UInt32, tcpFlags: UInt8, reporter: Address?
    ) {
        self.trafficClass = trafficClass
        self.ipProtocol = ipProtocol
        self.servicePort = servicePort
        self.packets = packets
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
        self.sourcePort = sourcePort
        self.ttl = ttl
        self.ipLength = ipLength
        self.tcpFlags = tcpFlags
        self.reporter = reporter
    }
}
