/// Unites what sensors or hours saw, by country or autonomous system or altogether. Owned by: the caller's thread.
///
/// Memory is what the caller lets in: one set of sources, 4 kB at most, for each key that it adds.
package struct OriginUnion {
    /// What came from one of them.
    package struct Row: Sendable {
        package var traffic: OriginTraffic
        /// The sites that saw it.
        package var sites: SiteSet
        /// Of a part of the traffic: the sites that saw something else of it.
        package var others: SiteSet

        package init(_ traffic: OriginTraffic, sites: SiteSet = SiteSet(), others: SiteSet = SiteSet()) {
            self.traffic = traffic
            self.sites = sites
            self.others = others
        }
    }

    private struct Key: Hashable {
        let origin: OriginTraffic.Origin
        let isBackscatter: Bool
    }

    private var rows: [Key: Row] = [:]

    package init() {}

    /// Adds a row, of any sensor or span; in any order.
    package mutating func add(_ row: Row) {
        let key = Key(origin: row.traffic.origin, isBackscatter: row.traffic.isBackscatter)
        if rows[key]?.traffic.add(row.traffic) == nil {
            rows[key] = row
        } else {
            rows[key]?.sites.formUnion(row.sites)
            rows[key]?.others.formUnion(row.others)
        }
    }

    /// What was added, without rows that have no packet.
    package consuming func finish() -> [Row] {
        rows.values.filter { $0.traffic.packets > 0 }.map { row in
            var row = row
            row.traffic.countSources()
            return row
        }
    }

    /// What countries are together, as scans and the like and as backscatter.
    package static func total(_ rows: [OriginTraffic]) -> [OriginTraffic] {
        var total = OriginUnion()
        for var row in rows {
            guard case .country = row.origin else { continue }
            row.origin = .everything
            total.add(Row(row))
        }
        return total.finish().map(\.traffic)
    }
}
