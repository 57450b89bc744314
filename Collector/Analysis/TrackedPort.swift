/// What is remembered of a port whose changes are watched. Owned by: the caller's thread.
package struct TrackedPort: Sendable, Equatable {
    /// How much more than usual a surge has at least in ten minutes: packets, sources.
    static let leastRise = (packets: 100.0, sources: 10.0)

    /// Packets of the hours so far, those of long ago for less: who has little of it is forgotten first.
    package internal(set) var weight = 0.0
    private(set) var packets: PortSeries
    private(set) var sources: PortSeries

    private init(_ packets: PortSeries, _ sources: PortSeries) {
        self.packets = packets
        self.sources = sources
    }

    /// A port of whose past nothing is known.
    static let unknown = TrackedPort(
        PortSeries(leastRise: leastRise.packets), PortSeries(leastRise: leastRise.sources))

    /// A port at which nothing came so far.
    /// - Parameter usual: how many packets, or sources, may have come unseen in ten minutes.
    static func quiet(usual: Double) -> TrackedPort {
        TrackedPort(
            .afterZeros(leastRise: leastRise.packets, usual: usual),
            .afterZeros(leastRise: leastRise.sources, usual: usual))
    }

    /// Adds what came in the ten minutes that begin at `start`.
    /// - Returns: the surges that began or went on.
    mutating func add(packets: Double, sources: Double, at start: Int64) -> [(Surge.Metric, PortSeries.Surge)] {
        let usual = (packets: self.packets.usual, sources: self.sources.usual)
        var found: [(Surge.Metric, PortSeries.Surge)] = []
        if self.packets.add(packets, at: start, beside: (sources, usual.sources)), let surge = self.packets.surge {
            found.append((.packets, surge))
        }
        if self.sources.add(sources, at: start, beside: (packets, usual.packets)), let surge = self.sources.surge {
            found.append((.sources, surge))
        }
        return found
    }

    /// The surges that are under way and stored.
    var told: [(Surge.Metric, PortSeries.Surge)] {
        [(.packets, packets.surge), (.sources, sources.surge)].compactMap { metric, surge in
            surge.flatMap { $0.isTold ? (metric, $0) : nil }
        }
    }

    /// Notes that a surge that is under way is stored.
    mutating func tell(_ metric: Surge.Metric) {
        switch metric {
        case .packets: packets.surge?.isTold = true
        case .sources: sources.surge?.isTold = true
        }
    }

    /// The value nearest to the mean that is possible when at least `least` came and `unknown` more may have.
    static func likely(_ series: PortSeries, least: Double, unknown: Double, coverage: Double) -> Double {
        min(max(series.mean * coverage, least), least + max(0, unknown)) / coverage
    }

    mutating func scale(packets: Double, sources: Double) {
        self.packets.scale(by: packets)
        self.sources.scale(by: sources)
    }

    /// The state of each series as `init(weight:packets:sources:)` takes it.
    package var numbers: (packets: [Double], sources: [Double]) { (packets.numbers, sources.numbers) }

    /// - Returns: nil when these are not the numbers of a state.
    package init?(weight: Double, packets: [Double], sources: [Double]) {
        guard weight.isFinite,
            let packets = PortSeries(numbers: packets, leastRise: TrackedPort.leastRise.packets),
            let sources = PortSeries(numbers: sources, leastRise: TrackedPort.leastRise.sources)
        else { return nil }
        self.init(packets, sources)
        self.weight = weight
    }
}
