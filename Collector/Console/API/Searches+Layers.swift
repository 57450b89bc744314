import Alerts
import Query
import Store

extension Searches {
    /// What a stack can have layers of.
    static let layered: [Question.Subject] = [.ports, .countries, .networks, .sites]

    static func stack(_ arguments: Arguments, _ desk: Desk) throws -> JSONValue {
        let subject = arguments.text("subject").flatMap { Question.Subject(rawValue: $0) } ?? .ports
        let order = arguments.text("by").flatMap { Question.Order(rawValue: $0) } ?? .packets
        let measure = arguments.text("measure") ?? "packets"
        let times = try Questions.times(arguments, desk)
        let step = try Questions.step(arguments, times, desk)
        let found = try answer(arguments, desk, times, step: step) {
            .stack(
                subject, by: order, limit: arguments.number("n") ?? 8, $0, zone: times.zone,
                withSources: measure == "sources")
        }
        let table = StackTable(found.answer, subject, measure)
        return .object(
            [
                ("subject", .string(subject.rawValue)), ("by", .string(order.rawValue)), ("measure", .string(measure)),
                ("step", .string(step)), ("bins", table.bins), ("layers", table.layers), ("other", table.other),
            ] + found.members)
    }

    static func groups(_ arguments: Arguments, _ desk: Desk) throws -> JSONValue {
        let names = (arguments.text("by") ?? "port").split(separator: ",").map(String.init)
        let dimensions = names.compactMap { Question.Dimension(rawValue: $0) }
        let limit = min(arguments.number("n") ?? 50, desk.rowLimit)
        let times = try Questions.times(arguments, desk)
        let found = try answer(arguments, desk, times, step: nil) { _ in .groups(dimensions, limit: limit) }
        let (columns, total) = (found.answer.plan.columns, found.total)
        let packets = columns.firstIndex(of: "packets").flatMap { place in total.map { $0[place + 1] } } ?? nil
        return .object(
            [
                ("by", .strings(names)),
                (
                    "total",
                    .members([
                        "packets": value(packets ?? "0", "packets"),
                        "undecided_packets": value(total?.last ?? "0", "packets"),
                    ])
                ), ("rows", objects(columns, found.rows)),
            ] + found.members)
    }
}

/// The rows of a stack as the arrays that graphs draw.
private struct StackTable {
    let bins: JSONValue
    let layers: JSONValue
    let other: JSONValue

    init(_ answer: QuestionAnswer, _ subject: Question.Subject, _ measure: String) {
        let columns = answer.plan.columns
        let places = Dictionary(uniqueKeysWithValues: columns.enumerated().map { ($1, $0) })
        func text(_ row: [String?], _ name: String) -> String? { places[name].flatMap { row[$0] } }
        let bins = answer.rows.filter { text($0, "place") == "0" }
        let starts = Dictionary(
            bins.enumerated().map { (text($1, "time") ?? "", $0) }, uniquingKeysWith: { first, _ in first })
        let heads = answer.rows.filter { text($0, "place") != "0" && text($0, "time") == nil }
        var cells = [[Int: String?]](repeating: [:], count: heads.count)
        for row in answer.rows {
            guard let place = text(row, "place").flatMap({ Int($0) }), cells.indices.contains(place - 1),
                let bin = text(row, "time").flatMap({ starts[$0] })
            else { continue }
            cells[place - 1][bin] = text(row, measure)
        }
        let isObserved = bins.map { text($0, "packets") != nil }
        let values = cells.map { cells in
            isObserved.indices.map { bin -> String? in isObserved[bin] ? cells[bin] ?? "0" : nil }
        }
        let totals = bins.map { text($0, measure) }
        self.bins = .array(
            bins.map { row in
                .members([
                    "start": .string(text(row, "time") ?? ""), "stop": .string(text(row, "stop") ?? ""),
                    "coverage": Searches.value(text(row, "coverage"), "coverage"),
                    "state": .string(text(row, "state") ?? ""),
                    "packets": Searches.value(text(row, "packets"), "packets"),
                    "sources": Searches.value(text(row, "sources"), "sources"),
                    "sources_precision": Searches.value(text(row, "sources_precision"), "sources_precision"),
                ])
            })
        layers = .array(
            zip(heads, values).map { row, values in
                let key = subject.layerColumns
                return .members([
                    "key": Searches.object(key, key.map { text(row, $0) }),
                    "packets": Searches.value(text(row, "packets"), "packets"),
                    "sources": Searches.value(text(row, "sources"), "sources"),
                    "sources_precision": Searches.value(text(row, "sources_precision"), "sources_precision"),
                    "sites": Searches.value(text(row, "sites"), "sites"),
                    "values": .array(values.map { Searches.value($0, measure) }),
                ])
            })
        let others = totals.indices.map { bin -> JSONValue in
            // Sources of several layers may be the same ones.
            guard measure == "packets", let all = totals[bin].flatMap({ Int64($0) }) else { return .null }
            return .integer(values.reduce(all) { $0 - ($1[bin].flatMap { Int64($0) } ?? 0) })
        }
        other = .members(["values": .array(others)])
    }
}
