import Alerts
import Query
import Store

extension Questions {
    /// Spans of so many seconds at most are told hour by hour, longer ones day by day.
    private static let longestByHour: Int64 = 7 * 86_400
    /// Hours of which a site's page has every window.
    private static let hoursOfWindows = 3
    /// Hours times sensors that are compared at most: a second's work, and less than api.site_against_pool would do.
    private static let mostCompared: Int64 = 2_000

    static func sites(_ arguments: Arguments, _ desk: Desk) throws -> JSONValue {
        let connection = desk.connection
        let times = try times(arguments, desk, mostDays: 366)
        let now = try connection.consoleTimes(
            ConsoleSpan(from: .before(seconds: 86_400), to: .before(seconds: 0), zone: "UTC"))
        let found = try connection.consoleSites()
        let length: Int64 = times.seconds <= longestByHour ? 3_600 : 86_400
        let strip = try Strips(connection, from: times.start, to: times.end, length: length, site: nil)
        let activity = try Strips(connection, from: now.start, to: now.end, length: 3_600, site: nil)
        let sites = found.rows.indices.map { row -> JSONValue in
            guard case .object(let members) = found.object(row) else { return .null }
            let code = found.text(row, "site") ?? ""
            return .object(
                members + [
                    ("strip", strip.states(of: code)), ("strip_coverage", strip.coverage(of: code)),
                    ("activity", activity.packets(of: code)),
                ])
        }
        return .members([
            "at": .string(try connection.consoleNow()), "span": span(times), "sites": .array(sites),
            "sensors": try connection.consoleSensors().objects, "strip": strip.bins, "activity": activity.bins,
            "coverage": try connection.consoleCoverage(times).objects,
        ])
    }

    static func site(_ arguments: Arguments, _ desk: Desk) throws -> JSONValue {
        let connection = desk.connection
        let code = arguments.text("code") ?? ""
        try require(site: code, desk)
        let times = try times(arguments, desk, mostDays: 31)
        let silences = try connection.consoleSilences(times, site: code, limit: 500)
        return .members([
            "at": .string(try connection.consoleNow()), "span": span(times), "site": .string(code),
            "about": try connection.consoleSites(site: code).object(0),
            "sensors": try connection.consoleSensors(site: code).objects,
            "hours": try connection.consoleSiteHours(times, site: code).objects,
            "windows": try connection.consoleSiteWindows(hours: hoursOfWindows, site: code).objects,
            "silences_since": silences.since.map { .string($0) } ?? .null, "silences": silences.silences.objects,
            "losses": try connection.consoleSiteLosses(times, site: code, limit: limit(arguments, desk)).objects,
            "coverage": try connection.consoleCoverage(times, site: code).objects,
        ])
    }

    static func pool(_ arguments: Arguments, _ desk: Desk) throws -> JSONValue {
        let connection = desk.connection
        let code = arguments.text("code") ?? ""
        try require(site: code, desk)
        let asked = try times(arguments, desk)
        let visible = try connection.visibleSensors()
        let most = max(1, mostCompared / max(1, visible.sensors)) * 3_600
        let times = try connection.consoleTimes(
            ConsoleSpan(from: .unix(max(asked.start, asked.end - most)), to: .unix(asked.end), zone: asked.zone))
        let ports =
            visible.sites > 1
            ? try connection.consoleSiteAgainstPool(times, site: code, limit: limit(arguments, desk)).objects : .null
        return .members([
            "span": span(times), "site": .string(code), "asked": span(asked), "ports": ports,
            "coverage": try connection.consoleCoverage(times).objects,
        ])
    }
}

/// What each site observed in a row of spans of one length.
private struct Strips {
    private let first: Int64
    private let length: Int64
    private let count: Int
    private let start: String
    /// By site, a row of the answer for each span that has one.
    private var places: [String: [Int?]] = [:]
    private let answer: Answer

    init(_ connection: StoreConnection, from: Int64, to: Int64, length: Int64, site: String?) throws {
        first = from - from % length
        count = Int((to - first + length - 1) / length)
        self.length = length
        start = try connection.consoleTimes(
            ConsoleSpan(from: .unix(first), to: .unix(first + length), zone: "UTC")
        ).from
        answer = try connection.consoleStrips(from: first, to: to, length: length, site: site)
        for row in answer.rows.indices {
            guard let site = answer.text(row, "site"), let place = answer.text(row, "place").flatMap({ Int($0) }),
                (0..<count).contains(place)
            else { continue }
            places[site, default: Array(repeating: nil, count: count)][place] = row
        }
    }

    /// Where the spans are: the start of the first, the length of each in seconds, and how many there are.
    var bins: JSONValue {
        .members(["from": .string(start), "seconds": .integer(length), "count": .number(count)])
    }

    /// The state of each span, as in api.coverage; null where nothing is known.
    func states(of site: String) -> JSONValue { values(site, "state") { .string($0) } }

    /// The share that was observed.
    func coverage(of site: String) -> JSONValue { values(site, "coverage") { .decimal($0) } }

    /// The packets; null where nothing was observed.
    func packets(of site: String) -> JSONValue { values(site, "packets") { .decimal($0) } }

    private func values(_ site: String, _ column: String, _ value: (String) -> JSONValue) -> JSONValue {
        .array(
            (places[site] ?? Array(repeating: nil, count: count)).map { row in
                row.flatMap { answer.text($0, column) }.map(value) ?? .null
            })
    }
}
