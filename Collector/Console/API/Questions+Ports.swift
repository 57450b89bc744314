import Alerts
import Query
import Store

/// Ports: all of them beside the week before, and one.
extension Questions {
    static func ports(_ arguments: Arguments, _ desk: Desk) throws -> JSONValue {
        let times = try times(arguments, desk)
        let scanners = arguments.text("scanners") ?? "all"
        let reader = try desk.connection.consoleReader()
        let comparison =
            arguments.text("compare") == "no" || times.seconds > 400 * 86_400
            ? nil : try desk.connection.consoleComparison(times)
        let rows = try desk.connection.consolePorts(
            times, scanners: scanners, by: arguments.text("by") ?? "sources", limit: limit(arguments, desk),
            reader: reader, comparison: comparison)
        return .members([
            "span": span(times), "scanners": .string(scanners), "ports": rows.objects,
            "comparison": comparison.map(object) ?? .null,
            "coverage": try desk.connection.consoleCoverage(times).objects,
        ])
    }

    private static func object(_ comparison: ConsoleComparison) -> JSONValue {
        .members([
            "days": .number(comparison.days), "span": span(comparison.now), "before": span(comparison.before),
            "sites": .strings(comparison.sites),
            "left_out": .array(
                comparison.leftOut.map { site in
                    .members([
                        "site": .string(site.site), "coverage": site.coverage.map { .decimal($0) } ?? .null,
                        "coverage_before": site.coverageBefore.map { .decimal($0) } ?? .null,
                    ])
                }),
        ])
    }

    static func port(_ arguments: Arguments, _ desk: Desk) throws -> JSONValue {
        let times = try times(arguments, desk, mostDays: 366)
        let step = try step(arguments, times, desk)
        let (name, port) = (arguments.text("class") ?? "", arguments.number("port") ?? 0)
        let connection = desk.connection
        let reader = try connection.consoleReader()
        func bins(_ scanners: ScannerChoice) throws -> JSONValue {
            try connection.consolePortBins(
                times, step: step, trafficClass: name, port: port, scanners: scanners.rawValue, reader: reader)?.objects
                ?? .null
        }
        func sites(_ scanners: ScannerChoice) throws -> JSONValue {
            try connection.consolePortSites(
                times, trafficClass: name, port: port, scanners: scanners.rawValue, reader: reader
            ).objects
        }
        return .members([
            "span": span(times), "class": .string(name), "service_port": .number(port),
            "name": try connection.portName(trafficClass: name, port: port).map { .string($0) } ?? .null,
            "step": .string(step),
            "series": try connection.consoleSeries(
                times, step: step, trafficClass: name, port: port, site: nil, withSources: true
            ).objects,
            "views": .members(["without": try bins(.without), "only": try bins(.only)]),
            "sites": .members([
                "all": try sites(.all), "without": try sites(.without), "only": try sites(.only),
            ]),
            "first_seen": try connection.consoleFirstSeen(times, trafficClass: name, port: port).objects,
            "coverage": try connection.consoleCoverage(times).objects,
        ])
    }

    /// What only flows know of a port.
    static func portFlows(_ arguments: Arguments, _ desk: Desk) throws -> JSONValue {
        let times = try times(arguments, desk, mostDays: 31)
        let (name, port) = (arguments.text("class") ?? "", arguments.number("port") ?? 0)
        let coverage = try desk.connection.consoleCoverage(times)
        try requireFlows(coverage)
        let scanners = arguments.text("scanners") ?? "all"
        let most = limit(arguments, desk)
        let own = try desk.connection.consolePortFlows(times, trafficClass: name, port: port, scanners: scanners)
        return .members([
            "span": span(times), "class": .string(name), "service_port": .number(port), "scanners": .string(scanners),
            "total": own.object(0),
            "shared": try desk.connection.consoleSharedPorts(
                times, trafficClass: name, port: port, scanners: scanners, limit: most
            ).objects,
            "tools": try desk.connection.consolePortTools(
                times, trafficClass: name, port: port, scanners: scanners
            ).objects,
            "coverage": coverage.objects,
        ])
    }

    /// Flows are read one by one: no more than the planner reads.
    static func requireFlows(_ coverage: Answer) throws {
        let packets = coverage.rows.indices.reduce(into: Int64(0)) { sum, row in
            sum += coverage.text(row, "packets").flatMap { Int64($0) } ?? 0
        }
        guard packets <= Planner.mostFlowPackets else {
            throw Problem(
                422, "The question is too large",
                "this is read from flows, and the span has \(packets) packets where \(Planner.mostFlowPackets) are read at most. "
                    + "Ask for a shorter span")
        }
    }
}
