import Alerts
import Query
import Store

/// What the API answers of countries. Where a source is says little about who sits there.
enum Countries {
    /// More than there are.
    private static let most = 400
    /// A site has observed all when it has so much: a window on its way is not a gap.
    private static let whole = 0.999
    private static let week: Int64 = 604_800
    /// Rollups of an hour are there so long after its end.
    private static let settling: Int64 = 1_200

    static func all(_ arguments: Arguments, _ desk: Desk) throws -> JSONValue {
        let found = try ask(arguments, desk)
        let space = try desk.connection.countrySpace()
        let isAnnounced = space.countries.values.contains { $0.announced != nil }
        let rows = found.rows.map { row -> JSONValue in
            let size = row.country.flatMap { space.countries[$0] }
            let addresses = isAnnounced ? size?.announced : size?.addresses
            func perThousand(_ count: String?) -> JSONValue {
                guard let addresses, addresses > 0, let count = count.flatMap({ Double($0) }) else { return .null }
                return .decimal("\((count * 1_000_000 / Double(addresses)).rounded() / 1_000)")
            }
            return .object(
                row.members + [
                    ("addresses", addresses.map { .integer($0) } ?? .null),
                    ("sources_per_1000", perThousand(row.sources)), ("packets_per_1000", perThousand(row.packets)),
                ])
        }
        return .object(
            [
                ("total", found.total), ("origins", space.origins.object(0)),
                ("addresses_are", space.countries.isEmpty ? .null : .string(isAnnounced ? "announced" : "assigned")),
                ("countries", .array(rows)),
            ] + found.search.members)
    }

    static func change(_ arguments: Arguments, _ desk: Desk) throws -> JSONValue {
        let times = try Questions.times(arguments, desk)
        let settled = try desk.connection.consoleTimes(
            ConsoleSpan(from: .before(seconds: settling), to: .before(seconds: 0), zone: times.zone)
        ).start
        let start = times.start + (3_600 - times.start % 3_600) % 3_600
        let end = min(times.end, settled) / 3_600 * 3_600
        guard end > start else {
            throw Problem(
                422, "The question cannot be answered so",
                "the span has no whole hour that is over. Ask for a span of an hour or more, or an earlier one")
        }
        let shift = (end - start + week - 1) / week * week
        let filter = arguments.text("q")
        func both(_ filter: String?) throws -> [Found] {
            try [0, shift].map { shift in
                try ask(
                    arguments.with(from: .unix(start - shift), to: .unix(end - shift), filter: filter), desk)
            }
        }
        var found = try both(filter)
        let known = found.map(\.search.answer.coverage.sites)
        let observed = known.map { Set($0.filter { $0.share >= whole }.map(\.code)) }
        let sites = observed[0].intersection(observed[1]).sorted()
        let leftOut = Set(known.joined().map(\.code)).subtracting(sites).sorted()
        if !leftOut.isEmpty, !sites.isEmpty { found = try both(narrowed(filter, to: sites)) }
        return .members([
            "span": span(found[0], times), "before": span(found[1], times), "sites": .strings(sites),
            "left_out": .strings(leftOut), "countries": sites.isEmpty ? .null : beside(found[0], found[1]),
        ])
    }

    // MARK: -

    private struct Row {
        let country: String?
        let packets: String?
        let sources: String?
        let members: [(name: String, value: JSONValue)]
    }

    private struct Found {
        let search: Searches.Found
        let rows: [Row]
        let total: JSONValue
    }

    private static func ask(_ arguments: Arguments, _ desk: Desk) throws -> Found {
        let times = try Questions.times(arguments, desk)
        let found = try Searches.answer(arguments, desk, times, step: nil) { _ in
            .top(.countries, by: .packets, limit: most)
        }
        // Before the columns stands whether the row is the total.
        let columns = found.answer.plan.columns
        let rows = found.answer.rows.map { fields -> (isTotal: Bool, row: Row) in
            let named = Dictionary(zip(columns, fields.dropFirst()), uniquingKeysWith: { first, _ in first })
            return (
                fields.first == "t",
                Row(
                    country: named["country"] ?? nil, packets: named["packets"] ?? nil,
                    sources: named["sources"] ?? nil,
                    members: zip(columns, fields.dropFirst()).map { ($0, Searches.value($1, $0)) })
            )
        }
        let total = rows.first { $0.isTotal }?.row
        return Found(
            search: found, rows: rows.filter { !$0.isTotal }.map(\.row),
            total: .object((total?.members ?? []).filter { $0.name != "country" }))
    }

    /// Each country of either.
    private static func beside(_ now: Found, _ before: Found) -> JSONValue {
        func figures(_ found: Found) -> [String?: Row] {
            Dictionary(found.rows.map { ($0.country, $0) }, uniquingKeysWith: { first, _ in first })
        }
        let (now, before) = (figures(now), figures(before))
        let countries = Set(now.keys).union(before.keys).sorted { ($0 ?? "") < ($1 ?? "") }
        return .array(
            countries.map { country in
                // All was observed: of a country without a row nothing came.
                func figure(_ rows: [String?: Row], _ column: KeyPath<Row, String?>) -> JSONValue {
                    .decimal(rows[country].flatMap { $0[keyPath: column] } ?? "0")
                }
                return .members([
                    "country": country.map { .string($0) } ?? .null, "packets": figure(now, \.packets),
                    "packets_before": figure(before, \.packets), "sources": figure(now, \.sources),
                    "sources_before": figure(before, \.sources),
                ])
            })
    }

    /// What a filter lets in of some sites.
    private static func narrowed(_ filter: String?, to sites: [String]) throws -> String {
        let only = Filter.term(.init(.site, .isIn, sites.map { .word($0) }))
        // It was read before.
        guard let filter = try? FilterParser.parse(filter ?? "") else { return only.description }
        return Filter.conjunction([filter, only]).description
    }

    private static func span(_ found: Found, _ times: ConsoleTimes) -> JSONValue {
        let ends = found.search.answer.times
        return .members(["from": .string(ends[0]), "to": .string(ends[1]), "zone": .string(times.zone)])
    }
}
