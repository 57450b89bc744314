import Alerts
import FlowModel
import Query
import Store

/// Who sends: addresses, blocks, networks, countries.
extension Questions {
    static func sources(_ arguments: Arguments, _ desk: Desk) throws -> JSONValue {
        let times = try times(arguments, desk, mostDays: 31)
        let (kind, scanners) = (arguments.text("of") ?? "addresses", arguments.text("scanners") ?? "all")
        let most = limit(arguments, desk)
        let rows =
            kind == "blocks"
            ? try desk.connection.consoleSourceBlocks(times, scanners: scanners, limit: most)
            : try desk.connection.consoleSources(times, scanners: scanners, limit: most)
        return .members([
            "span": span(times), "of": .string(kind), "scanners": .string(scanners),
            "days": try desk.connection.consoleSourceSpan(times).object(0), "sources": rows.objects,
            "coverage": try desk.connection.consoleCoverage(times).objects,
        ])
    }

    static func source(_ arguments: Arguments, _ desk: Desk) throws -> JSONValue {
        guard let block = arguments.block("block") else { throw Problem.notFound("no address and no block") }
        let times = try times(arguments, desk)
        let isAddress = block.length == block.family.bitWidth
        let (connection, text, most) = (desk.connection, block.description, limit(arguments, desk))
        return .members([
            "span": span(times), "block": .string(isAddress ? "\(block.network)" : text),
            "identity": try connection.consoleIdentity(text, isAddress: isAddress).object(0),
            "scanner_entries": try connection.consoleScannerEntries(text, limit: most).objects,
            "days": try connection.consoleSourceDays(times, text).objects,
            "sites": try connection.consoleSourceSites(times, text).objects,
            "tools": try connection.consoleSourceTools(times, text).objects,
            "scans": try connection.consoleSourceScans(times, text, limit: most).objects,
            "attacks": try connection.consoleSourceAttacks(times, text, limit: most).objects,
            "alerts": try connection.consoleSourceAlerts(text, limit: most)?.objects ?? .null,
            "coverage": try connection.consoleCoverage(times).objects,
        ])
    }

    static func network(_ arguments: Arguments, _ desk: Desk) throws -> JSONValue {
        let asn = arguments.number("asn") ?? 0
        return try origin(arguments, desk, country: nil, asn: asn)
    }

    static func country(_ arguments: Arguments, _ desk: Desk) throws -> JSONValue {
        try origin(arguments, desk, country: arguments.text("country"), asn: nil)
    }

    private static func origin(
        _ arguments: Arguments, _ desk: Desk, country: String?, asn: Int?
    ) throws -> JSONValue {
        let times = try times(arguments, desk, mostDays: 400)
        let connection = desk.connection
        let announced = try connection.consoleAnnounced(country: country, asn: asn, limit: limit(arguments, desk))
        let identity: [(name: String, value: JSONValue)] =
            if let asn {
                [
                    ("asn", .integer(Int64(asn))),
                    ("as_name", try connection.consoleNetworkName(asn).map { .string($0) } ?? .null),
                ]
            } else {
                [("country", country.map { .string($0) } ?? .null)]
            }
        return .object(
            [("span", span(times))] + identity + [
                (
                    "totals",
                    try connection.consoleOriginTotals(
                        times, country: country, asn: asn, reader: connection.consoleReader()
                    ).objects
                ),
                ("announced_addresses", announced.text(0, "all_addresses").map { .decimal($0) } ?? .null),
                ("announced", announced.objects), ("origins", try connection.consoleOriginTable().object(0)),
                ("coverage", try connection.consoleCoverage(times).objects),
            ])
    }
}
