import FlowModel
import Query
import Testing

@testable import Store

/// What stacks and groups are answered equals what every record says.
@Suite struct LayerTests {
    private static let midnight = QuestionScene.midnight
    private static let span = TimeSpan(start: midnight, end: midnight + 3 * 86_400)

    private static func filters() -> [String] {
        ["", "not scanner", "scanner"].shuffled().prefix(2) + QuestionTests.terms.shuffled().prefix(1)
            + [QuestionTests.random(2)]
    }

    @Test func everyBinOfAStackIsThatOfTheRecords() throws {
        let questions = try QuestionScene()
        var views: Set<String> = []
        for round in 0..<2 {
            for subject in [Question.Subject.ports, .countries, .networks, .sites] {
                for text in Self.filters() {
                    for (zone, step) in [("UTC", Question.Step.hour), ("UTC", .day), ("Asia/Kathmandu", .hour)]
                        .shuffled().prefix(2)
                    {
                        let answer = try QuestionTests.ask(
                            questions.scene,
                            {
                                .stack(subject, by: .packets, limit: 3, $0, zone: zone, withSources: round == 1)
                            }, text, Self.span, zone: zone, step: step)
                        try compare(questions, subject, text, step, answer)
                        views.formUnion(answer.plan.views)
                    }
                }
            }
            // The second round counts sources with the extension.
            if round == 0 { try questions.scene.connection.query("CREATE EXTENSION hll SCHEMA public") }
        }
        #expect(views.count >= 5, "\(views)")
    }

    private func compare(
        _ questions: QuestionScene, _ subject: Question.Subject, _ text: String, _ step: Question.Step,
        _ answer: QuestionAnswer
    ) throws {
        let columns = answer.plan.columns
        func field(_ row: [String?], _ name: String) -> String? { columns.firstIndex(of: name).flatMap { row[$0] } }
        let label = "\(subject) by \(step) where \(text): \(answer.plan.views)"
        let chosen = try QuestionTests.judged(questions, text, answer).filter { $0.1 == true }.map(\.0)
        let groups = Dictionary(grouping: chosen) { QuestionTests.key(subject, $0) ?? "" }
        let sums = groups.mapValues { $0.reduce(0) { $0 + $1.packets } }
        let heads = answer.rows.filter { field($0, "place") != "0" && field($0, "time") == nil }
        #expect(
            heads.compactMap { field($0, "packets").flatMap { Int64($0) } }
                == Array(sums.values.sorted(by: >).prefix(3)), "\(label)")
        let starts = try questions.scene.connection.query(
            """
            SELECT t, extract(epoch FROM t::timestamptz)::int8 FROM unnest($1::text[]) t
            """, [Literal.array(Array(Set(answer.rows.compactMap { field($0, "time") })))])
        var seconds: [String: Int64] = [:]
        for row in 0..<starts.rowCount { seconds[starts.text(row, 0) ?? ""] = starts.number(row, 1) }
        func within(_ row: [String?], _ records: [QuestionScene.Row]) throws -> [QuestionScene.Row] {
            let start = try #require(field(row, "time").flatMap { seconds[$0] })
            return records.filter { $0.start >= start && $0.start < start + step.seconds }
        }
        var left = sums.values.reduce(0, +)
        for row in answer.rows where field(row, "time") != nil {
            let place = Int(field(row, "place") ?? "") ?? 0
            var mine = try within(row, chosen)
            if place > 0 {
                let head = heads[place - 1]
                let key =
                    subject == .ports
                    ? "\(field(head, "class") ?? "") \(field(head, "service_port") ?? "")"
                    : field(head, subject.layerColumns[0]) ?? ""
                mine = try within(row, groups[key] ?? [])
                #expect(!mine.isEmpty, "\(label) \(row)")
            }
            let packets = mine.reduce(0) { $0 + $1.packets }
            if place == 0 { left -= packets }
            #expect(Int64(field(row, "packets") ?? "0") == packets, "\(label) \(row)")
            #expect(
                place > 0 || field(row, "packets") != nil || ["missing", "late"].contains(field(row, "state")), "\(row)"
            )
            if let told = field(row, "sources").flatMap({ Int($0) }), field(row, "sources_precision") == "exact" {
                #expect(told == Set(mine.compactMap(\.source)).count, "\(label) \(row)")
            }
        }
        #expect(left == 0, "\(label)")
    }

    @Test func everyGroupIsThatOfTheRecords() throws {
        let questions = try QuestionScene()
        var views: Set<String> = []
        for dimensions in [
            [Question.Dimension.port], [.proto], [.class, .site], [.port, .site], [.proto, .port], [.country, .site],
            [.network], [.country, .network], [.port, .country, .site], [.network, .proto, .country],
        ] {
            for text in Self.filters() {
                let answer = try QuestionTests.ask(
                    questions.scene, { _ in .groups(dimensions, limit: 10_000) }, text, Self.span)
                try compare(questions, dimensions, text, answer)
                views.formUnion(answer.plan.views)
            }
        }
        #expect(views.count >= 5, "\(views)")
    }

    private func compare(
        _ questions: QuestionScene, _ dimensions: [Question.Dimension], _ text: String, _ answer: QuestionAnswer
    ) throws {
        let columns = answer.plan.columns
        let label = "\(dimensions) where \(text): \(answer.plan.views)"
        let chosen = try QuestionTests.judged(questions, text, answer).filter { $0.1 == true }.map(\.0)
        func key(_ row: QuestionScene.Row) -> [String] {
            columns.compactMap { column in
                switch column {
                case "class": row.trafficClass.name
                case "service_port": "\(row.port)"
                case "country": row.country
                case "asn": row.network == 0 ? "" : "\(row.network)"
                case "site": row.site
                case "proto": ["tcp", "udp", "icmp"].first { row.trafficClass.name.hasPrefix($0) } ?? "other"
                default: nil
                }
            }
        }
        let groups = Dictionary(grouping: chosen, by: key)
        let places = columns.indices.filter {
            !["name", "as_name", "packets", "sources", "sources_precision"].contains(columns[$0])
        }
        let total = try #require(answer.rows.first)
        let packets = try #require(columns.firstIndex(of: "packets")) + 1
        #expect(total[0] == "t" && total[packets] == "\(chosen.reduce(0) { $0 + $1.packets })", "\(label) \(total)")
        #expect(answer.rows.count - 1 == groups.count, "\(label)")
        for row in answer.rows.dropFirst() {
            let mine = groups[places.map { row[$0 + 1] ?? "" }] ?? []
            #expect(row[packets] == "\(mine.reduce(0) { $0 + $1.packets })", "\(label) \(row)")
            if row[packets + 2] == "exact" {
                #expect(row[packets + 1] == "\(Set(mine.compactMap(\.source)).count)", "\(label) \(row)")
            }
        }
    }
}
