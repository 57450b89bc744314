extension StoreConnection {
    /// Packets and sources of every bin, with what was observed of it: rows of api.series.
    /// - Parameters:
    ///   - step: as api.bins knows it.
    ///   - site: code of a site; nil for all.
    package func consoleSeries(
        _ times: ConsoleTimes, step: String, trafficClass: String?, port: Int?, site: String?, withSources: Bool
    ) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT s."time", s.packets, s.sources, s.sources_precision, s.coverage, s.packets_per_address_day, s.state
            FROM api.series(\(ConsoleTimes.since), \(ConsoleTimes.until), $3, $4, $5, $6::int4, $7::text[], $8::bool) s
            """,
            times.parameters + [
                step, times.zone, trafficClass, port.map { "\($0)" }, site.map { Literal.array([$0]) },
                withSources ? "t" : "f",
            ])
    }

    /// What is usually meant by a port; nil for what has no name.
    package func portName(trafficClass: String, port: Int) throws(StoreError) -> String? {
        try query("SELECT api.port_name($1, $2::int4)", [trafficClass, "\(port)"]).text(0, 0)
    }
}
