/// One numbered step of the database's schema.
///
/// A released migration never changes: a database that has run it would silently differ from a new one.
struct Migration: Sendable {
    /// 1, 2, 3, … without holes.
    let version: Int
    let name: String
    let sql: String

    /// Every migration, in the order in which they run.
    static let all = [
        registry, ledger, flow, viewsOfFlows, viewsOfAccounts, packedFlow, retention, rollups, coverage, daySources,
        years, topPorts, forecast, roles, world, topPortsOfTheWorld, series, origins, originRollups, trends, names,
        changingPorts, firstSeen, sourceStatistics, siteAgainstPool, events, scanners, topPortsBy, worldQuestions,
        organisations, alerts, notices, alertViews, alertStatistics, accounts, sitesAndCountries, comparisons,
        parts, portsOverTime,
    ]

    /// The schema version that this program reads and writes.
    static var current: Int { all.count }
}
