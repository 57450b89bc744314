/// What the sensors of a panel counted in an hour, by ten minutes.
package struct TrendHour: Sendable {
    /// One port in ten minutes.
    package struct Cell: Sendable {
        package var packets = 0.0
        /// Distinct sources of each sensor and five minutes, added.
        package var sources = 0.0
        /// What `unknown` has of the sensors at which the port has rows of its own in this hour.
        package var known = 0.0

        package init() {}
    }

    /// Unix seconds.
    package let start: Int64
    /// How much of the dark space of the panel was observed in each ten minutes: 0 to 1.
    package var coverage = [Double](repeating: 0, count: TrendModel.pointCount)
    /// Six of each port.
    package private(set) var cells: [ServicePort: [Cell]] = [:]
    /// By class, for each ten minutes: how many packets, or sources, a port may have had at most that has no row of its
    /// own at any sensor.
    package private(set) var unknown: [Int16: [Double]] = [:]

    package init(start: Int64) { self.start = start }

    /// Adds to a port's ten minutes.
    /// - Precondition: the place is in 0..<`TrendModel.pointCount`.
    package mutating func add(_ port: ServicePort, _ place: Int, packets: Double, sources: Double, known: Double) {
        cells[port, default: Array(repeating: Cell(), count: TrendModel.pointCount)][place].packets += packets
        cells[port]?[place].sources += sources
        cells[port]?[place].known += known
    }

    /// The most that a port without a row may have in ten minutes when what it has in the hour comes evenly.
    func evenly(_ trafficClass: Int16) -> Double {
        (unknown[trafficClass]?.max() ?? 0) / Double(TrendModel.pointCount)
    }

    /// Adds to what may be hidden in the row that ports of a class share.
    package mutating func add(unknown most: Double, class trafficClass: Int16, _ place: Int) {
        unknown[trafficClass, default: Array(repeating: 0, count: TrendModel.pointCount)][place] += most
    }
}
