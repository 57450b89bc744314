/// Adds up what all sensors saw of each source of one IP version in a day.
///
/// Owned by: the caller's thread. Sensors' sources come as ascending lists, in the order of their first sources; each
/// sensor's lists follow each other without overlap. In memory are the results, which are bounded, and of each sensor about
/// one list.
package struct WorldSources {
    package struct Source: Sendable, Hashable {
        package var bits: UInt128
        /// Distinct sites that saw it.
        package var sites: Int32 = 0
        /// Sensors that saw it: so many follow in `sensors`.
        package var sensors: Int32 = 0
        package var packets: Int64 = 0
        /// Seconds from the day's start.
        package var first: Int32 = .max
        package var last: Int32 = 0
    }

    /// What one sensor saw of a source.
    package struct Sighting: Sendable {
        package var bits: UInt128
        package var sensor: Int32
        package var site: Int32
        package var packets: Int64
        package var first: Int32
        package var last: Int32

        package init(bits: UInt128, sensor: Int32, site: Int32, packets: Int64, first: Int32, last: Int32) {
            (self.bits, self.sensor, self.site) = (bits, sensor, site)
            (self.packets, self.first, self.last) = (packets, first, last)
        }
    }

    package static let sourceLimit = 2_000_000
    /// Sensors of all sources together that are told at most.
    package static let sensorLimit = 16_000_000

    /// Ascending.
    package private(set) var sources: [Source] = []
    /// The sensors of the first source, then those of the next.
    package private(set) var sensors: [Int32] = []
    /// Sources of fewer sites were left out: 1, or 2 when there was more than the limits. When what two sites saw is more,
    /// the higher addresses are left out too.
    package private(set) var leastSites: Int32 = 1

    private let limit: Int
    private let sensorLimit: Int
    private let leastOpen: Int
    private var settleAt: Int
    private var open: [Sighting] = []

    /// - Parameters:
    ///   - limit: sources that are told at most.
    ///   - sensorLimit: their sensors together.
    ///   - leastOpen: sightings that are collected before those that can have no more company are summed.
    package init(limit: Int = sourceLimit, sensorLimit: Int = sensorLimit, leastOpen: Int = 1 << 18) {
        self.limit = limit
        self.sensorLimit = sensorLimit
        self.leastOpen = leastOpen
        settleAt = leastOpen
    }

    /// Adds sightings of one sensor, ascending in `bits`.
    /// - Precondition: the first is not less than that of any call before.
    package mutating func add(_ sightings: [Sighting]) {
        guard let first = sightings.first else { return }
        // Whatever comes later is not less than this.
        if open.count >= settleAt {
            settle(below: first.bits)
            settleAt = max(leastOpen, 2 * open.count)
        }
        open += sightings
    }

    /// Ends the lists.
    package mutating func finish() {
        settle(below: nil)
        open = []
    }

    private mutating func settle(below bound: UInt128?) {
        open.sort { ($0.bits, $0.site, $0.sensor) < ($1.bits, $1.site, $1.sensor) }
        var index = 0
        while index < open.count, bound.map({ open[index].bits < $0 }) ?? true {
            var source = Source(bits: open[index].bits)
            let start = index
            while index < open.count, open[index].bits == source.bits {
                let sighting = open[index]
                if index == start || sighting.site != open[index - 1].site { source.sites += 1 }
                source.sensors += 1
                source.packets = source.packets.saturating(plus: sighting.packets)
                source.first = min(source.first, sighting.first)
                source.last = max(source.last, sighting.last)
                index += 1
            }
            append(source, open[start..<index])
        }
        open.removeFirst(index)
    }

    private mutating func append(_ source: Source, _ sightings: ArraySlice<Sighting>) {
        if leastSites == 1, !hasRoom(source) { keepShared() }
        guard source.sites >= leastSites, hasRoom(source) else { return }
        sources.append(source)
        for sighting in sightings { sensors.append(sighting.sensor) }
    }

    private func hasRoom(_ source: Source) -> Bool {
        sources.count < limit && sensors.count + Int(source.sensors) <= sensorLimit
    }

    /// Leaves out the sources of one site.
    private mutating func keepShared() {
        leastSites = 2
        var kept: [Int32] = []
        var place = 0
        for source in sources {
            if source.sites >= leastSites { kept += sensors[place..<place + Int(source.sensors)] }
            place += Int(source.sensors)
        }
        sensors = kept
        sources.removeAll { $0.sites < leastSites }
    }
}
