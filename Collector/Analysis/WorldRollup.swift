/// Unites what all sensors saw in one span, by class and service port and altogether. Owned by: the caller's thread.
///
/// Memory is what the caller lets in: one set of sources, 4 kB at most, for each class and port that it adds.
package struct WorldRollup {
    /// Ports of a class that have a row of their own at most.
    package static let portLimit = 1_000

    /// What came at one port of a class, or all there was.
    package struct Row: Sendable {
        package var traffic: PortTraffic
        /// The sites that saw it.
        package var sites: SiteSet
        /// Of a part of the traffic: the sites that saw something else of it.
        package var others: SiteSet

        package init(_ traffic: PortTraffic, sites: SiteSet, others: SiteSet = SiteSet()) {
            self.traffic = traffic
            self.sites = sites
            self.others = others
        }
    }

    private var rows: [ServicePort: Row] = [:]

    package init() {}

    /// Adds a row of one sensor, or of several in a part of the span; in any order.
    package mutating func add(_ row: Row) {
        let port = row.traffic.port
        if rows[port]?.traffic.add(row.traffic) == nil {
            rows[port] = row
        } else {
            rows[port]?.sites.formUnion(row.sites)
            rows[port]?.others.formUnion(row.others)
        }
    }

    /// The rows, each class with the most packets first, and what they are together: class 0, no port.
    package consuming func finish() -> (ports: [Row], total: Row) {
        var united = rows.values.sorted { PortTraffic.precedes($0.traffic, $1.traffic) }
        var total = Row(PortTraffic(trafficClass: 0, servicePort: PortTraffic.otherPorts), sites: SiteSet())
        for index in united.indices {
            united[index].traffic.countSources()
            total.traffic.add(united[index].traffic)
            total.sites.formUnion(united[index].sites)
        }
        total.traffic.countSources()
        return (united, total)
    }
}
