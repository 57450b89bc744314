import Alerts
import Store

/// What is new or rises.
extension Questions {
    /// Sources among which new ones are looked for: those with the most packets.
    private static let searchedSources = 300

    static func news(_ arguments: Arguments, _ desk: Desk) throws -> JSONValue {
        let asked = try times(arguments, desk)
        let (kind, unit) = (arguments.text("of") ?? "ports", arguments.text("unit") ?? "hour")
        let (connection, most) = (desk.connection, limit(arguments, desk))
        let times = try connection.consoleNewest(asked, hours: unit == "day" ? 24 : 1)
        let coverage = try connection.consoleCoverage(times)
        var (fresh, rising, surges) = (JSONValue.array([]), JSONValue.array([]), JSONValue.array([]))
        switch kind {
        case "countries":
            fresh = try connection.consoleNewCountries(times, isNew: true, limit: most).objects
            rising = try connection.consoleNewCountries(times, isNew: false, limit: most).objects
        case "sources":
            try requireFlows(coverage)
            fresh = try connection.consoleNewSources(times, among: searchedSources, limit: most).objects
        default:
            fresh = try connection.consoleNewPorts(times, limit: most).objects
            rising = try connection.consoleRisingPorts(times, limit: most).objects
            surges = try connection.consoleSurges(times, limit: most).objects
        }
        return .members([
            "span": span(times), "of": .string(kind), "unit": .string(unit), "new": fresh, "rising": rising,
            "surges": surges, "coverage": coverage.objects,
        ])
    }
}
