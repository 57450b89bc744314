package import FlowModel

/// What one sensor saw of one country or autonomous system in one hour, as scans and the like or as backscatter.
package struct OriginTraffic: Sendable {
    package enum Origin: Sendable, Hashable {
        /// Nil for sources whose country is not known.
        case country(String?)
        /// Nil for sources whose autonomous system is not known.
        case network(UInt32?)
        /// All autonomous systems without a row of their own.
        case otherNetworks
        /// All sources.
        case everything
    }

    package var origin: Origin
    package var isBackscatter: Bool
    package var packets: Int64 = 0
    /// Flow records.
    package var flows: Int64 = 0
    package var sources: Int64 = 0
    package var precision = Precision.exact
    package var sketch = SourceSketch()

    package init(origin: Origin, isBackscatter: Bool, packets: Int64 = 0, flows: Int64 = 0) {
        self.origin = origin
        self.isBackscatter = isBackscatter
        self.packets = packets
        self.flows = flows
    }

    /// Adds what another sensor, span or origin has. The sources are those of the union, which `countSources` counts; where a
    /// side does not know who they were, only the greatest number known is sure.
    package mutating func add(_ other: OriginTraffic) {
        packets = packets.saturating(plus: other.packets)
        flows += other.flows
        sources = max(sources, other.sources)
        if other.precision == .atLeast { precision = .atLeast }
        sketch.formUnion(other.sketch)
    }

    /// Sets the number of sources and its precision after rows were added.
    package mutating func countSources() {
        let counted = sketch.count()
        sources = precision == .atLeast ? max(counted.value, sources) : counted.value
        if precision != .atLeast { precision = counted.precision }
    }

    /// Leaves those autonomous systems a row of their own that have one in `rows`, and puts the others into one row, for
    /// backscatter and the rest each.
    package static func folded(_ part: [OriginTraffic], like rows: [OriginTraffic]) -> [OriginTraffic] {
        struct Key: Hashable {
            let network: UInt32?
            let isBackscatter: Bool
        }
        var known: Set<Key> = []
        for row in rows {
            if case .network(let network) = row.origin {
                known.insert(Key(network: network, isBackscatter: row.isBackscatter))
            }
        }
        var (kept, others): ([OriginTraffic], OriginUnion) = ([], OriginUnion())
        for var row in part {
            switch row.origin {
            case .network(let network) where !known.contains(Key(network: network, isBackscatter: row.isBackscatter)):
                row.origin = .otherNetworks
                others.add(OriginUnion.Row(row))
            case .otherNetworks: others.add(OriginUnion.Row(row))
            case .network, .country, .everything: kept.append(row)
            }
        }
        return kept + others.finish().map(\.traffic)
    }
}

/// Sums an hour of one sensor by country and autonomous system of the source.
///
/// Owned by: the caller's thread. Memory is bounded: `tallyLimit` sets of sources of networks, and as many as the table
/// has countries, twice.
package struct OriginRollup {
    /// Networks that have a row of their own in an hour at most, for backscatter and for the rest each: those with the most
    /// packets.
    package static let networkLimit = 500
    /// Networks that are told apart while an hour is summed; later ones are among the others.
    static let tallyLimit = 16_384

    private struct Tally {
        var packets: Int64 = 0
        var flows: Int64 = 0
        var sketch = SourceSketch()
        /// Sources of the largest record of overflow, who are not known; nil when there was none.
        var overflowSources: Int64?

        @inline(__always)
        mutating func add(_ count: Int64, _ hash: UInt64) {
            packets = packets.saturating(plus: count)
            flows += 1
            sketch.insert(hash)
        }

        mutating func add(_ other: Tally) {
            packets = packets.saturating(plus: other.packets)
            flows += other.flows
            sketch.formUnion(other.sketch)
            if let sources = other.overflowSources { overflowSources = max(overflowSources ?? 0, sources) }
        }

        var isEmpty: Bool { flows == 0 && packets == 0 }

        func row(_ origin: OriginTraffic.Origin, isBackscatter: Bool) -> OriginTraffic {
            var row = OriginTraffic(origin: origin, isBackscatter: isBackscatter, packets: packets, flows: flows)
            row.sketch = sketch
            (row.sources, row.precision) = row.sketch.count()
            if let overflowSources { (row.sources, row.precision) = (max(row.sources, overflowSources), .atLeast) }
            return row
        }
    }

    private let table: OriginTable
    /// Two of each country: first what is no backscatter.
    private var countries: [Tally]
    /// Of each network twice its place in `tallies`; -1 for none yet.
    private var places: [Int32]
    /// Two each of all networks that were too many, and of sources without one; then of the networks as they come.
    private var tallies = [Tally](repeating: Tally(), count: 4)
    /// The network of each tally, twice its place in the table, plus 1 for backscatter.
    private var owners = [-1, -1, 0, 1]
    private let limit: Int

    /// - Parameter limit: networks that are told apart.
    package init(_ table: OriginTable, limit: Int = OriginRollup.tallyLimit) {
        self.table = table
        self.limit = limit
        countries = Array(repeating: Tally(), count: table.countries.count * 2)
        places = [2, 3] + Array(repeating: -1, count: table.networks.count * 2 - 2)
    }

    /// Bit n is set when class n is backscatter.
    private static let backscatter = TrafficClass.allCases.reduce(into: UInt32(0)) {
        if $1.isBackscatter { $0 |= 1 << UInt32($1.rawValue) }
    }

    /// Adds the records of a batch.
    /// - Precondition: `columns.isConsistent`.
    package mutating func add(_ columns: FlowColumns) {
        precondition(columns.isConsistent, "not a batch's flows")
        let (isIPv4, backscatter) = (columns.source6.isEmpty, OriginRollup.backscatter)
        for index in 0..<columns.count {
            let side = Int(backscatter >> UInt32(columns.service[index] >> 24 & 15) & 1)
            let (hash, found): (UInt64, (country: Int, network: Int))
            if isIPv4 {
                let bits = UInt32(bitPattern: columns.source4[index]) ^ 0x8000_0000
                (hash, found) = (SourceSketch.hash(ipv4: bits), table.places(ipv4: bits))
            } else {
                (hash, found) = (
                    MurmurHash.hash(columns.source6[index]), table.places(ipv6: columns.source6[index])
                )
            }
            let packets = columns.packetCount(index)
            countries[found.country * 2 + side].add(packets, hash)
            tallies[tally(found.network * 2 + side)].add(packets, hash)
        }
    }

    /// Adds an overflow record, of whose sources nothing is known.
    package mutating func add(_ sum: OverflowSum) {
        let side = Int(OriginRollup.backscatter >> UInt32(sum.trafficClass & 15) & 1)
        let tally = Tally(packets: sum.packets, overflowSources: sum.sources)
        countries[side].add(tally)
        tallies[self.tally(side)].add(tally)
    }

    @inline(__always)
    private mutating func tally(_ owner: Int) -> Int {
        let place = places[owner]
        return place >= 0 ? Int(place) : open(owner)
    }

    private mutating func open(_ owner: Int) -> Int {
        guard tallies.count < limit + 4 else { return owner & 1 }
        tallies.append(Tally())
        owners.append(owner)
        places[owner] = Int32(tallies.count - 1)
        return tallies.count - 1
    }

    /// Rows of what was seen; those of networks without a row of their own are one, for backscatter and the rest each.
    package consuming func finish() -> [OriginTraffic] {
        var rows: [OriginTraffic] = []
        for (place, tally) in countries.enumerated() where !tally.isEmpty {
            rows.append(tally.row(.country(table.countries[place / 2]), isBackscatter: place & 1 == 1))
        }
        for side in 0...1 {
            var others = tallies[side]
            if !tallies[2 + side].isEmpty {
                rows.append(tallies[2 + side].row(.network(nil), isBackscatter: side == 1))
            }
            var places = tallies.indices.dropFirst(4).filter { owners[$0] & 1 == side }
            places.sort { left, right in
                (tallies[right].packets, network(left) ?? 0) < (tallies[left].packets, network(right) ?? 0)
            }
            for place in places.prefix(OriginRollup.networkLimit) {
                rows.append(tallies[place].row(.network(network(place)), isBackscatter: side == 1))
            }
            for place in places.dropFirst(OriginRollup.networkLimit) { others.add(tallies[place]) }
            if !others.isEmpty { rows.append(others.row(.otherNetworks, isBackscatter: side == 1)) }
        }
        return rows
    }

    private func network(_ tally: Int) -> UInt32? { table.networks[owners[tally] / 2] }
}
