/// Unites what all sensors saw in one span, by class and service port and altogether. Owned by: the caller's thread.
///
/// Memory is what the caller lets in: one set of sources, 4 kB at most, for each class and port that it adds.
package struct WorldRollup {
    /// Ports of a class that have a row of their own at most.
    package static let portLimit = 1_000

    /// What came at one port of a class, or all there was.
    package struct Row: Sendable {
        package var traffic: PortTraffic
        /// Numbers of the sites that saw it, ascending.
        package var sites: [Int32]

        package init(_ traffic: PortTraffic, sites: [Int32]) {
            self.traffic = traffic
            self.sites = sites
        }

        fileprivate mutating func unite(_ others: [Int32]) {
            for site in others {
                let place = sites.partition(notBelow: site)
                if place == sites.endIndex || sites[place] != site { sites.insert(site, at: place) }
            }
        }
    }

    private var rows: [Int64: Row] = [:]

    package init() {}

    /// Adds a row of one sensor, or of several in a part of the span; in any order.
    package mutating func add(_ row: Row) {
        let key = Int64(row.traffic.trafficClass) << 32 + Int64(row.traffic.servicePort)
        if rows[key]?.traffic.add(row.traffic) == nil { rows[key] = row } else { rows[key]?.unite(row.sites) }
    }

    /// The rows, each class with the most packets first, and what they are together: class 0, no port.
    package consuming func finish() -> (ports: [Row], total: Row) {
        var united = rows.values.sorted { PortTraffic.precedes($0.traffic, $1.traffic) }
        var total = Row(PortTraffic(trafficClass: 0, servicePort: PortTraffic.otherPorts), sites: [])
        for index in united.indices {
            united[index].traffic.countSources()
            total.traffic.add(united[index].traffic)
            total.unite(united[index].sites)
        }
        total.traffic.countSources()
        return (united, total)
    }
}

extension [Int32] {
    /// The first place of an ascending array whose element is not less.
    fileprivate func partition(notBelow value: Int32) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
