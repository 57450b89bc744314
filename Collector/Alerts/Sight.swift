/// What one sensor saw of an address in one episode of an alert: what a judgement rests on.
///
/// Every number may be invented by a sensor that is not what it seems; sums saturate.
package struct Sight: Sendable, Hashable {
    /// Sites are counted, not sensors: who holds one sensor of a site holds them all.
    package var site: Int32
    /// How far an alert may rest on the site.
    package var trust: Grade
    package var packets: Int64
    /// Windows with evidence, at least 1.
    package var windows: Int64
    /// Distinct dark addresses, at least.
    package var addresses: Int64
    /// Whether the destinations of first packets are known, so that few addresses are few and not merely unknown.
    package var knowsAddresses: Bool
    /// Packets of class tcp-syn.
    package var synPackets: Int64
    package var zmap: Int64
    package var masscan: Int64
    package var mirai: Int64
    /// Flows but those of ICMP errors, which others send; and those of them that have the TTL that most have.
    package var flows: Int64
    package var nearFlows: Int64
    /// SYNs and UDP probes to services that hosts are told to use (`Judgement.configuredTCP`, `.configuredUDP`).
    package var configuredPackets: Int64
    /// UDP probes to services whose answers are greater than requests (`Judgement.reflectors`).
    package var amplifierPackets: Int64

    package init(
        site: Int32, trust: Grade, packets: Int64, windows: Int64, addresses: Int64, knowsAddresses: Bool,
        synPackets: Int64 = 0, zmap: Int64 = 0, masscan: Int64 = 0, mirai: Int64 = 0, nearFlows: Int64 = 0,
        flows: Int64 = 0, configuredPackets: Int64 = 0, amplifierPackets: Int64 = 0
    ) {
        self.site = site
        self.trust = trust
        self.packets = packets
        self.windows = windows
        self.addresses = addresses
        self.knowsAddresses = knowsAddresses
        self.synPackets = synPackets
        self.zmap = zmap
        self.masscan = masscan
        self.mirai = mirai
        self.nearFlows = nearFlows
        self.flows = flows
        self.configuredPackets = configuredPackets
        self.amplifierPackets = amplifierPackets
    }
}

/// What an organisation wants to be seen before it hears of an infection.
package struct Thresholds: Sendable, Hashable {
    /// Packets of scan classes.
    package var leastPackets: Int64
    /// Distinct dark addresses at one site; two sites need none.
    package var leastAddresses: Int64

    package init(leastPackets: Int64 = 10, leastAddresses: Int64 = 3) {
        self.leastPackets = leastPackets
        self.leastAddresses = leastAddresses
    }
}

extension Int64 {
    /// The sum, or the greatest number when it is beyond that.
    func plus(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }

    /// What is left, or 0 when that is less.
    func minus(_ other: Int64) -> Int64 { other >= self ? 0 : other <= 0 ? self : self - other }
}
