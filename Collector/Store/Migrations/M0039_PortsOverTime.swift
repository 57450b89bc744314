extension Migration {
    /// A few ports of the world over a long time.
    static let portsOverTime = Migration(
        version: 39, name: "ports over time",
        sql: """
            -- Sets of sources are united for the first ports alone, which are found among all others of the span by this.
            CREATE INDEX world_port_hour_port ON rollup.world_port_hour (service_port, start);
            CREATE INDEX world_port_day_port ON rollup.world_port_day (service_port, start);
            CREATE INDEX world_scanner_port_hour_port ON rollup.world_scanner_port_hour (service_port, start);
            CREATE INDEX world_scanner_port_day_port ON rollup.world_scanner_port_day (service_port, start);
            """)
}
