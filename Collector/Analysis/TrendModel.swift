import Glibc

/// Watches packets and sources of each port over all sensors for changes, hour by hour.
///
/// A function of the hours it is given and nothing else: whoever gives it the same hours finds the same surges, whether in
/// one run or in parts. Memory is bounded by `portLimit`, whatever ports packets name. Owned by: the caller's thread.
package struct TrendModel: Sendable, Equatable {
    /// Ports that are remembered: those with the most packets, of late above all.
    package static let portLimit = 2_000
    /// Surges that begin to be stored in an hour at most: those with the greatest scores.
    package static let newSurgeLimit = 200
    /// Ten minutes of an hour.
    package static let pointCount = 6
    /// Ten minutes of which less was observed are missing.
    static let leastCoverage = 0.9
    /// After so long without any hour all is forgotten.
    static let longestPause: Int64 = 7 * 86_400
    /// Points after which a port that was never seen is known to have been quiet.
    static let settledPoints = 144
    /// What a port's packets weigh after an hour: after a week a third.
    private static let keptWeight = exp(-1.0 / 168)
    /// Scales beyond these say nothing: few packets were compared.
    private static let scales = 1e-3...1e3

    /// Start of the hour after the last one, in Unix seconds; nil before the first.
    package private(set) var next: Int64?
    /// Points so far, at most `settledPoints`.
    package private(set) var points: Int
    /// The sensors whose traffic was summed last.
    package private(set) var panel: [Int32]
    package private(set) var ports: [ServicePort: TrackedPort]

    package init() { self.init(next: nil, points: 0, panel: [], ports: [:]) }

    /// A state that was kept.
    package init(next: Int64?, points: Int, panel: [Int32], ports: [ServicePort: TrackedPort]) {
        self.next = next
        self.points = points
        self.panel = panel
        self.ports = ports
    }

    /// Forgets everything if the hour is long after the last one.
    package mutating func begin(_ hour: Int64) {
        if let next, hour - next > TrendModel.longestPause { self = TrendModel() }
    }

    /// What two panels counted of a port in the same hours.
    package struct Comparison: Sendable {
        package var oldPackets = 0.0
        package var newPackets = 0.0
        package var oldSources = 0.0
        package var newSources = 0.0

        package init() {}
    }

    /// Goes on with another panel.
    /// - Parameter comparisons: of all ports of hours that both panels observed; nil when there are no such hours, which
    ///   makes a new beginning.
    package mutating func change(panel: [Int32], _ comparisons: [ServicePort: Comparison]?) {
        guard let comparisons else {
            self = TrendModel(next: next, points: 0, panel: panel, ports: [:])
            return
        }
        self.panel = panel
        for (port, comparison) in comparisons {
            if comparison.oldPackets > 0, comparison.newPackets > 0 {
                ports[port]?.scale(
                    packets: TrendModel.ratio(comparison.oldPackets, comparison.newPackets),
                    sources: TrendModel.ratio(comparison.oldSources, comparison.newSources))
            } else if comparison.newPackets > 0 {
                // The new sensors knew it all along.
                var known = TrackedPort.unknown
                known.weight = comparison.newPackets
                ports[port] = known
            } else if let known = ports[port] {
                var quiet = TrackedPort.quiet(usual: 0)
                quiet.weight = known.weight
                ports[port] = quiet
            }
        }
        forgetBeyondLimit()
    }

    private static func ratio(_ old: Double, _ new: Double) -> Double {
        guard old > 0, new > 0 else { return 1 }
        return min(max(new / old, scales.lowerBound), scales.upperBound)
    }

    /// Takes the next hour.
    /// - Returns: the surges to store: those that began or went on in it, in the order of ports.
    /// - Precondition: no hour before comes again.
    package mutating func add(_ hour: TrendHour) -> [Surge] {
        precondition(next.map { $0 <= hour.start } ?? true, "hours come in order")
        next = hour.start + 3_600
        for port in hour.cells.keys where ports[port] == nil {
            ports[port] = points < TrendModel.settledPoints ? .unknown : .quiet(usual: hour.evenly(port.trafficClass))
        }
        let covered = hour.coverage.enumerated().filter { $0.element >= TrendModel.leastCoverage }
        points = min(points + covered.count, TrendModel.settledPoints)
        var (surges, new): ([Surge], [Surge]) = ([], [])
        for key in Array(ports.keys) {
            guard var port = ports[key] else { continue }
            let cells = hour.cells[key]
            var found: [Surge.Metric: PortSeries.Surge] = [:]
            for (place, coverage) in covered {
                let cell = cells?[place] ?? TrendHour.Cell()
                let unknown = (hour.unknown[key.trafficClass]?[place] ?? 0) - cell.known
                for (metric, surge) in port.add(cell, unknown, coverage, at: hour.start, place) {
                    found[metric] = surge
                }
            }
            for (metric, surge) in found {
                if surge.isTold {
                    surges.append(Surge(key, metric, surge))
                } else {
                    new.append(Surge(key, metric, surge))
                }
            }
            let packets = cells?.reduce(0) { $0 + $1.packets } ?? 0
            port.weight = port.weight * TrendModel.keptWeight + packets
            ports[key] = port
        }
        new.sort { ($1.score, $0.port, $0.metric.rawValue) < ($0.score, $1.port, $1.metric.rawValue) }
        for surge in new.prefix(TrendModel.newSurgeLimit) {
            ports[surge.port]?.tell(surge.metric)
            surges.append(surge)
        }
        forgetBeyondLimit()
        return surges.sorted { ($0.port, $0.metric.rawValue) < ($1.port, $1.metric.rawValue) }
    }

    /// The stored surges that are under way, or were until less than an hour ago, in the order of ports.
    package var openSurges: [Surge] {
        let open = ports.flatMap { port, tracked in
            tracked.told.map { metric, surge in Surge(port, metric, surge) }
        }
        return open.sorted { ($0.port, $0.metric.rawValue) < ($1.port, $1.metric.rawValue) }
    }

    private mutating func forgetBeyondLimit() {
        guard ports.count > TrendModel.portLimit else { return }
        let ranked = ports.map { (weight: $0.value.weight, port: $0.key) }
            .sorted { ($1.weight, $0.port) < ($0.weight, $1.port) }
        for (_, port) in ranked.dropFirst(TrendModel.portLimit) { ports[port] = nil }
    }
}

extension TrackedPort {
    /// Adds one ten minutes of an hour.
    fileprivate mutating func add(
        _ cell: TrendHour.Cell, _ unknown: Double, _ coverage: Double, at hour: Int64, _ place: Int
    ) -> [(Surge.Metric, PortSeries.Surge)] {
        add(
            packets: TrackedPort.likely(packets, least: cell.packets, unknown: unknown, coverage: coverage),
            sources: TrackedPort.likely(sources, least: cell.sources, unknown: unknown, coverage: coverage),
            at: hour + Int64(place) * PortSeries.span)
    }
}
