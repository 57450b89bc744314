/// Networks (autonomous systems) and countries, and what is new.
extension StoreConnection {
    /// What a country or a network sent in the hours (UTC) of a span, probes and backscatter apart.
    package func consoleOriginTotals(
        _ times: ConsoleTimes, country: String?, asn: Int?, reader: ConsoleReader
    ) throws(StoreError) -> Answer {
        let sources =
            reader.hllSchema.map {
                """
                greatest(max(v.sources), round(\($0).hll_cardinality(\($0).hll_union_agg(v.sources_sketch::\($0).hll)))::int8)
                """
            } ?? "max(v.sources)"
        let several = reader.hllSchema == nil ? "count(*) > 1" : "false"
        let (view, condition) =
            country == nil ? ("api.as_traffic", "v.asn = $3::int8") : ("api.country_traffic", "v.country = $3")
        return try answer(
            """
            SELECT v.is_backscatter, sum(v.packets)::int8 AS packets, \(sources) AS sources,
                CASE WHEN bool_or(v.sources_precision = 'at-least') OR \(several) THEN 'at-least'
                    WHEN bool_or(v.sources_precision = 'estimate') OR count(*) > 1 AND \(sources) > 256 THEN 'estimate'
                    ELSE 'exact' END AS sources_precision, count(DISTINCT v.site) AS sites,
                min(v.start) AS first_hour, max(v.start) AS last_hour
            FROM \(view) v
            WHERE v.start >= date_bin('1 hour', \(ConsoleTimes.since), '2000-01-01Z') AND v.start < \(ConsoleTimes.until)
                AND \(condition)
            GROUP BY v.is_backscatter ORDER BY v.is_backscatter
            """, times.parameters + [country ?? asn.map { "\($0)" }])
    }

    /// IPv4 addresses that the table of origins in use gives to networks of a country, or to a network in each country, the
    /// greatest first.
    package func consoleAnnounced(country: String?, asn: Int?, limit: Int) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT a.country, a.asn, (SELECT v.as_name FROM api.as_name v WHERE v.asn = a.asn) AS as_name, a.addresses,
                sum(a.addresses) OVER ()::int8 AS all_addresses
            FROM api.announced a WHERE ($1::text IS NULL OR a.country = $1) AND ($2::int8 IS NULL OR a.asn = $2)
            ORDER BY a.addresses DESC, a.country, a.asn LIMIT $3::int8
            """, [country, asn.map { "\($0)" }, "\(limit)"])
    }

    /// Name of a network in the table of origins in use; nil when it has none.
    package func consoleNetworkName(_ asn: Int) throws(StoreError) -> String? {
        try query("SELECT v.as_name FROM api.as_name v WHERE v.asn = $1::int8", ["\(asn)"]).text(0, 0)
    }

    /// The table of origins in use; no row when there is none.
    package func consoleOriginTable() throws(StoreError) -> Answer {
        try answer("SELECT v.name, v.data_date FROM api.origin_version v WHERE v.active")
    }
}
