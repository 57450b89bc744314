package import FlowModel

/// A site of the registry.
package struct Site: Sendable, Hashable {
    /// A block of a site and when it was dark.
    package struct Block: Sendable, Hashable {
        package let prefix: Prefix
        /// RFC 3339 in UTC; nil when the block was dark always.
        package let from: String?
        /// RFC 3339 in UTC, exclusive; nil while the block is dark.
        package let to: String?
    }

    package let code: String
    package let name: String
    /// ISO 3166-1 alpha-2.
    package let country: String?
    /// IANA name of the time zone in which people of the site read times.
    package let zone: String
    package let policy: DestinationPolicy
    /// How far an alert may rest on it.
    package let trust: SiteTrust
    /// Ordered by prefix and time.
    package let blocks: [Block]
    /// Names of the sensors that are not retired.
    package let sensors: [String]
}

/// How far an alert may rest on what a site saw; the raw value is that of meta.site.trust.
package enum SiteTrust: String, Sendable, Hashable, CaseIterable {
    /// Never alone.
    case low
    case normal
    /// Run by ourselves.
    case high
}

/// What became of a change to the registry.
package enum RegistryOutcome: Sendable, Hashable {
    case done
    case unknownSite
    case unknownSensor
    case unknownKey
    case unknownZone
    /// A site, sensor or key of that name is there already.
    case exists
    /// The key belongs to the sensor `SITE/NAME`; a revoked key stays used for ever.
    case keyInUse(by: String)
    /// The block overlaps one that the site has at the same time.
    case overlaps
    /// The site has no such block now.
    case unknownBlock
}

extension StoreConnection {
    /// Time as RFC 3339 in UTC; NULL for NULL.
    static func timeText(_ expression: String) -> String {
        "to_char(\(expression) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
    }

    /// Registers a site with blocks that are taken to have been dark always.
    /// - Throws: `.refused` when a text does not have the form that the registry asks for.
    package func addSite(
        code: String, name: String, country: String?, zone: String, policy: DestinationPolicy, prefixes: [Prefix]
    ) throws(StoreError) -> RegistryOutcome {
        guard try hasZone(zone) else {
            return .unknownZone
        }
        return try orOverlap { () throws(StoreError) in
            try transaction { () throws(StoreError) -> RegistryOutcome in
                let added = try query(
                    """
                    INSERT INTO meta.site (code, name, country, zone, policy) VALUES ($1, $2, $3, $4, $5)
                    ON CONFLICT DO NOTHING RETURNING id
                    """, [code, name, country, zone, policy.name])
                guard let site = added.rowCount == 1 ? added.text(0, 0) : nil else { return .exists }
                for prefix in prefixes {
                    try query(
                        "INSERT INTO meta.dark_prefix (site, prefix, validity) VALUES ($1::int4, $2::cidr, '(,)')",
                        [site, prefix.description])
                }
                return .done
            }
        }
    }

    /// Adds a block to a site, dark from now on.
    package func addBlock(site: String, prefix: Prefix) throws(StoreError) -> RegistryOutcome {
        try orOverlap { () throws(StoreError) in
            let added = try query(
                "INSERT INTO meta.dark_prefix (site, prefix) SELECT id, $2::cidr FROM meta.site WHERE code = $1 RETURNING 1",
                [site, prefix.description])
            return added.rowCount == 1 ? .done : .unknownSite
        }
    }

    /// Says that a block of a site is not dark any more; what it was before stays known.
    package func endBlock(site: String, prefix: Prefix) throws(StoreError) -> RegistryOutcome {
        guard try query("SELECT 1 FROM meta.site WHERE code = $1", [site]).rowCount == 1 else { return .unknownSite }
        let ended = try query(
            """
            UPDATE meta.dark_prefix SET validity = tstzrange(lower(validity), now())
            WHERE site = (SELECT id FROM meta.site WHERE code = $1) AND prefix = $2::cidr AND validity @> now() RETURNING 1
            """, [site, prefix.description])
        return ended.rowCount == 0 ? .unknownBlock : .done
    }

    /// Says how far an alert may rest on what a site saw, from now on.
    package func setTrust(_ trust: SiteTrust, site: String) throws(StoreError) -> RegistryOutcome {
        let changed = try query(
            "UPDATE meta.site SET trust = $2 WHERE code = $1 RETURNING 1", [site, trust.rawValue])
        return changed.rowCount == 1 ? .done : .unknownSite
    }

    /// The sites, or the one of that code, ordered by code.
    package func sites(code: String? = nil) throws(StoreError) -> [Site] {
        let result = try query(
            """
            SELECT t.code, t.name, t.country, t.zone, t.policy,
                array_to_string(ARRAY(SELECT s.name FROM meta.sensor s
                    WHERE s.site = t.id AND s.state = 'active' ORDER BY 1), ' '), t.id, t.trust
            FROM meta.site t WHERE $1::text IS NULL OR t.code = $1 ORDER BY t.code
            """, [code])
        let blocks = try blocksBySite()
        return (0..<result.rowCount).compactMap { row in
            guard let code = result.text(row, 0), let name = result.text(row, 1), let zone = result.text(row, 3),
                let policy = DestinationPolicy.allCases.first(where: { $0.name == result.text(row, 4) }),
                let trust = result.text(row, 7).flatMap(SiteTrust.init)
            else { return nil }
            return Site(
                code: code, name: name, country: result.text(row, 2), zone: zone, policy: policy, trust: trust,
                blocks: blocks[result.text(row, 6) ?? ""] ?? [],
                sensors: (result.text(row, 5) ?? "").split(separator: " ").map(String.init))
        }
    }

    private func blocksBySite() throws(StoreError) -> [String: [Site.Block]] {
        let result = try query(
            """
            SELECT site, host(prefix) || '/' || masklen(prefix), \(StoreConnection.timeText("lower(validity)")),
                \(StoreConnection.timeText("upper(validity)"))
            FROM meta.dark_prefix ORDER BY prefix, validity
            """)
        var blocks: [String: [Site.Block]] = [:]
        for row in 0..<result.rowCount {
            guard let site = result.text(row, 0), let prefix = result.text(row, 1).flatMap({ Prefix($0) }) else {
                continue
            }
            blocks[site, default: []].append(
                Site.Block(prefix: prefix, from: result.text(row, 2), to: result.text(row, 3)))
        }
        return blocks
    }

    /// Turns the violation of the exclusion constraint (23P01) into an outcome.
    private func orOverlap(
        _ body: () throws(StoreError) -> RegistryOutcome
    ) throws(StoreError) -> RegistryOutcome {
        do throws(StoreError) {
            return try body()
        } catch {
            guard error.kind == .refused("23P01") else { throw error }
            return .overlaps
        }
    }
}
