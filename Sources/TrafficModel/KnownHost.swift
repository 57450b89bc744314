package import FlowModel

/// A host that somebody may know by its address, and what it does to every dark site: the truth that alerts are checked
/// against.
package struct KnownHost: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// A bot that scans random addresses for hosts to infect.
        case infected(Infection)
        /// The victim of a flood with forged sources in the last tenth of the span: its answers reach the site.
        case attacked(port: UInt16)
        /// Asks one dark address of each site for DNS or NTP, again and again.
        case misconfigured
        /// Not a host: a flood in the fifth tenth of the span whose forged sources are all in one block.
        case spoofed
        /// A research scanner: ZMap on every port.
        case scanner
    }

    /// What a bot looks for.
    package enum Infection: String, Sendable, Hashable, CaseIterable {
        case mirai, smb, ssh
    }

    package let kind: Kind
    /// A single address, but for `spoofed`.
    package let block: Prefix

    /// Reads `ADDRESS` or `ADDRESS:mirai`, `:smb` or `:ssh`; nil when it is anything else.
    package init?(infected text: String) {
        let (address, rest) = KnownHost.parts(text)
        guard let infection = rest.map(Infection.init(rawValue:)) ?? .mirai else { return nil }
        self.init(.infected(infection), address)
    }

    /// Reads `ADDRESS` or `ADDRESS:PORT`, the port that is flooded, 443 by default; nil when it is anything else.
    package init?(attacked text: String) {
        let (address, rest) = KnownHost.parts(text)
        guard let port = rest.map({ UInt16($0) }) ?? 443, port > 0 else { return nil }
        self.init(.attacked(port: port), address)
    }

    /// Reads `ADDRESS`; nil when it is anything else.
    package init?(misconfigured text: String) { self.init(.misconfigured, text) }

    /// Reads `ADDRESS`; nil when it is anything else.
    package init?(scanner text: String) { self.init(.scanner, text) }

    /// Reads an IPv4 block of /8 … /32; nil when it is anything else.
    package init?(spoofed text: String) {
        guard let block = Prefix(text), block.family == .ipv4, (8...32).contains(block.length) else { return nil }
        kind = .spoofed
        self.block = block
    }

    private init?(_ kind: Kind, _ address: String) {
        guard let block = Prefix("\(address)/32"), block.family == .ipv4 else { return nil }
        self.kind = kind
        self.block = block
    }

    private static func parts(_ text: String) -> (address: String, rest: String?) {
        guard let colon = text.firstIndex(of: ":") else { return (text, nil) }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }

    /// The kind as a word of the expected totals.
    package var name: String {
        switch kind {
        case .infected: "infected"
        case .attacked: "attacked"
        case .misconfigured: "misconfigured"
        case .spoofed: "spoofed"
        case .scanner: "scanner"
        }
    }

    var network: UInt32 { UInt32(truncatingIfNeeded: block.network.bits) }

    /// Parts of the span in which it is active.
    var active: ClosedRange<Double> {
        switch kind {
        case .attacked: 0.9...1
        case .spoofed: 0.4...0.5
        default: 0...1
        }
    }

    /// Packets a second that a site of `addresses` dark addresses gets while it is active, which is for `seconds`.
    ///
    /// A bot of Mirai sends 160 SYNs a second to all of IPv4 (scanner.h, SCANNER_RAW_PPS); a flood is answered at 20,000
    /// packets a second (Moore et al. 2006 see 500 and far more); ntpd asks every 64 seconds (minpoll 6).
    func rate(addresses: Double, seconds: Double) -> Double {
        let share = addresses / 0x1p32
        switch kind {
        case .infected: return 160 * share
        case .attacked: return 20_000 * share
        case .misconfigured: return 1.0 / 64
        case .spoofed: return KnownHost.packetsOfForged * Double(block.hostMask + 1) / seconds
        case .scanner: return 10_000 * share
        }
    }

    /// Half of the block's addresses send nothing to a site, three eighths one packet, one eighth two.
    static func packetsOfForged(_ draw: UInt32) -> Int {
        switch draw & 7 {
        case 0..<4: 0
        case 7: 2
        default: 1
        }
    }
    private static let packetsOfForged = 0.625

    /// Seed of what the host is, the same at every site.
    func seed(_ internet: UInt64) -> UInt64 {
        internet ^ FNV1a64.digest(of: "\(name) \(block)".utf8)
    }
}
