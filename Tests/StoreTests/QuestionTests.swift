import FlowModel
import Query
import Testing

@testable import Store

/// What questions are answered equals what every record says.
@Suite struct QuestionTests {
    static let terms = [
        "proto = tcp", "proto in (udp, other)", "class != tcp-syn", "class in (icmp-error, tcp-rst)", "port = 7",
        "port < 40",
        "port >= 40", "port in (1, 2, 3, 50)", "country = TH", "country != JP", "country in (JP, unknown)",
        "asn = 64496",
        "asn != unknown", "site = alpha", "site != beta", "sensor = roof", "source = 0.0.0.0/25",
        "source in (0.0.0.1, ::3, ::10/124)", "source != 0.0.0.64/26", "family = 6", "family != 6", "scanner",
        "backscatter",
    ]

    static func random(_ depth: Int) -> String {
        switch depth == 0 ? 9 : Int.random(in: 0..<10) {
        case 0...2: "(\(random(depth - 1)) and \(random(depth - 1)))"
        case 3...4: "(\(random(depth - 1)) or \(random(depth - 1)))"
        case 5: "not (\(random(depth - 1)))"
        default: terms.randomElement() ?? "scanner"
        }
    }

    static func ask(
        _ scene: Scene, _ shape: (Question.Step) -> Question.Shape, _ text: String, _ span: TimeSpan,
        zone: String = "UTC",
        step: Question.Step? = nil
    ) throws -> QuestionAnswer {
        let known = try scene.connection.facts(
            from: .unix(span.start), to: .unix(span.end), zone: zone, step: step, isSeries: step != nil)
        let question = Question(shape(known.step), filter: try FilterParser.parse(text), span: known.span)
        return try scene.connection.answer(try Planner(known.facts).plan(question), zone: zone)
    }

    static func key(_ subject: Question.Subject, _ row: QuestionScene.Row) -> String? {
        switch subject {
        case .ports: "\(row.trafficClass.name) \(row.port)"
        case .sources: row.source.map { "\($0)" }
        case .countries: row.country
        case .networks: row.network == 0 ? "" : "\(row.network)"
        case .sites: row.site
        case .signatures: row.signature == 0 ? nil : "\(row.signature)"
        }
    }

    /// The records that an answer is about, and what the filter says of each.
    static func judged(_ questions: QuestionScene, _ text: String, _ answer: QuestionAnswer) throws -> [(
        QuestionScene.Row, Bool?
    )] {
        let filter = try FilterParser.parse(text)
        let hasOverflow = !answer.plan.views.contains { $0.hasPrefix("api.source") }
        let span = answer.plan.span
        return questions.rows.filter { row in
            row.start >= span.start && row.start < span.end && (hasOverflow || row.source != nil)
        }.map { row in (row, filter == nil ? true : filter?.holds(row)) }
    }

    private func compare(
        _ questions: QuestionScene, _ subject: Question.Subject, _ text: String, _ answer: QuestionAnswer
    )
        throws
    {
        let columns = answer.plan.columns
        func field(_ row: [String?], _ name: String) -> String? {
            columns.firstIndex(of: name).flatMap { row[$0 + 1] }
        }
        var judged = try Self.judged(questions, text, answer)
        if subject == .signatures { judged = judged.filter { $0.0.signature != 0 || $0.1 == nil } }
        let chosen = judged.filter { $0.1 == true }.map(\.0)
        let total = try #require(answer.rows.first)
        let label = "\(subject) where \(text): \(answer.plan.views)"
        #expect(total[0] == "t")
        #expect(field(total, "packets") == "\(chosen.reduce(0) { $0 + $1.packets })", "\(label)")
        if subject != .signatures {
            #expect(
                total[columns.count + 1] == "\(judged.filter { $0.1 == nil }.reduce(0) { $0 + $1.0.packets })",
                "\(label)")
        }
        let groups = Dictionary(grouping: chosen) { Self.key(subject, $0) }.filter { $0.key != nil }
        #expect(answer.rows.count - 1 == groups.count, "\(label)")
        for row in answer.rows.dropFirst() {
            let key =
                subject == .ports ? "\(row[1] ?? "") \(row[2] ?? "")" : row[1] ?? ""
            let mine = groups[key] ?? []
            #expect(field(row, "packets") == "\(mine.reduce(0) { $0 + $1.packets })", "\(label) \(key)")
            #expect(field(row, "sites") == "\(Set(mine.map(\.site)).count)", "\(label) \(key)")
            let sources = Set(mine.compactMap(\.source)).count
            let told = try #require(field(row, "sources").flatMap { Int($0) })
            if field(row, "sources_precision") == "exact" {
                #expect(told == sources, "\(label) \(key)")
            } else {
                // Overflow has sources of which nothing more is known.
                #expect(
                    told >= 0 && told <= max(sources, 1) * 21 / 20 + mine.count { $0.source == nil }, "\(label) \(key)")
            }
        }
    }

    @Test func everyNumberOfTopIsThatOfTheRecords() throws {
        let questions = try QuestionScene()
        let midnight = QuestionScene.midnight
        let spans = [
            TimeSpan(start: midnight, end: midnight + 3 * 86_400), TimeSpan(start: midnight, end: midnight + 86_400),
            TimeSpan(start: midnight + 7_200, end: midnight + 2 * 86_400 + 14_400 + 86_400),
            TimeSpan(start: midnight + 9_300, end: midnight + 30_700),
            TimeSpan(start: midnight + 9_900, end: midnight + 10_300),
        ]
        var views: Set<String> = []
        for round in 0..<2 {
            for subject in Question.Subject.allCases {
                for text in ["", "not scanner", "scanner"] + Self.terms.shuffled().prefix(4)
                    + (0..<4).map({ _ in Self.random(2) })
                {
                    let order = Question.Order.allCases.randomElement() ?? .packets
                    let answer = try Self.ask(
                        questions.scene, { _ in .top(subject, by: order, limit: 10_000) }, text,
                        spans.randomElement() ?? spans[0])
                    try compare(questions, subject, text, answer)
                    views.formUnion(answer.plan.views)
                }
            }
            // The second round counts sources with the extension.
            if round == 0 { try questions.scene.connection.query("CREATE EXTENSION hll SCHEMA public") }
        }
        #expect(views.count >= 7, "\(views)")
    }

    @Test func everyBinOfASeriesIsThatOfTheRecords() throws {
        let questions = try QuestionScene()
        let span = TimeSpan(start: QuestionScene.midnight, end: QuestionScene.midnight + 3 * 86_400)
        for (zone, step) in [
            ("UTC", Question.Step.hour), ("UTC", .day), ("Asia/Kathmandu", .hour), ("Asia/Bangkok", .day),
        ] {
            for text in [""] + Self.terms.shuffled().prefix(3) + (0..<3).map({ _ in Self.random(2) }) {
                let answer = try Self.ask(
                    questions.scene, { .series($0, zone: zone) }, text, span, zone: zone, step: step)
                let chosen = try Self.judged(questions, text, answer).filter { $0.1 == true }.map(\.0)
                var left = chosen.reduce(0) { $0 + $1.packets }
                for row in answer.rows {
                    let start = try #require(
                        Int64(
                            try questions.scene.connection.query(
                                "SELECT extract(epoch FROM $1::timestamptz)::int8", [row[0]]
                            ).text(0, 0) ?? ""))
                    let mine = chosen.filter { $0.start >= start && $0.start < start + step.seconds }
                    let packets = mine.reduce(0) { $0 + $1.packets }
                    left -= packets
                    #expect(
                        Int64(row[2] ?? "0") == packets, "\(zone) \(step) where \(text): \(answer.plan.views) \(row)")
                    // What the other sensor still has may come.
                    #expect(row[2] != nil || ["missing", "late"].contains(row[6]), "\(row)")
                }
                #expect(left == 0, "\(zone) \(step) where \(text)")
            }
        }
    }

    /// More ports of a class than have rows of their own.
    @Test func packetsOfPortsWithoutRowsAreToldApart() throws {
        let questions = try QuestionScene(ports: 4_000, records: 500)
        let span = TimeSpan(start: QuestionScene.midnight, end: QuestionScene.midnight + 3 * 86_400)
        var undecided: Int64 = 0
        for text in ["port < 2000", "not port < 2000", "proto = tcp and port != 7", "class = tcp-syn"] {
            let answer = try Self.ask(questions.scene, { _ in .top(.sites, by: .packets, limit: 10) }, text, span)
            #expect(answer.plan.views == ["api.port_traffic"])
            let truth = try Self.judged(questions, text, answer).filter { $0.1 == true }.reduce(0) { $0 + $1.0.packets }
            let found = try #require(answer.rows[0][2].flatMap { Int64($0) })
            let more = try #require(answer.rows[0][6].flatMap { Int64($0) })
            #expect(found <= truth && truth <= found + more, "\(text): \(found) + \(more) for \(truth)")
            #expect((more == 0) == !text.contains("port"), "\(text)")
            undecided += more
        }
        #expect(undecided > 0)
    }

    @Test func anAnswerCanOnlyReadAndTakesNoLongerThanItMay() throws {
        let scene = try Scene()
        #expect(throws: StoreError.self) {
            try scene.connection.reading(timeoutMilliseconds: 1_000) { () throws(StoreError) in
                try scene.connection.query("INSERT INTO meta.site (code, name) VALUES ('x', 'X')")
            }
        }
        let late = #expect(throws: StoreError.self) {
            try scene.connection.reading(timeoutMilliseconds: 20) { () throws(StoreError) in
                try scene.connection.query("SELECT pg_sleep(10)")
            }
        }
        #expect(late?.kind == .refused("57014") && late?.message.hasPrefix("no answer within 0 s") == true)
        // The connection is as it was before.
        #expect(try scene.value("SHOW transaction_read_only") == "off")
        #expect(try scene.value("SHOW statement_timeout") == "1min")
    }

    @Test func tooMuchToReadIsRefusedBeforeItIsRead() throws {
        let questions = try QuestionScene(records: 20)
        try questions.scene.connection.query("UPDATE rollup.coverage SET packets4 = 30000000 WHERE packets4 > 0")
        let span = TimeSpan(start: QuestionScene.midnight, end: QuestionScene.midnight + 86_400)
        let error = #expect(throws: StoreError.self) {
            try Self.ask(questions.scene, { _ in .top(.ports, by: .packets, limit: 1) }, "country = TH", span)
        }
        #expect(error?.message.contains("20000000 are read at most") == true)
    }

    @Test func timesAreResolvedByTheDatabase() throws {
        let scene = try Scene()
        func span(_ from: String, _ to: String, _ zone: String) throws -> TimeSpan {
            let (from, to) = (try #require(TimePoint(from)), try #require(TimePoint(to)))
            return try scene.connection.facts(from: from, to: to, zone: zone).span
        }
        #expect(
            try span("2026-01-01", "2026-01-01T00:00:00Z", "Asia/Kathmandu")
                == TimeSpan(start: 1_767_204_900, end: 1_767_225_600))
        #expect(try span("now-1h", "now", "UTC").seconds >= 3_600)
        for (from, zone) in [("2026-02-30", "UTC"), ("2026-01-01T25:00", "UTC"), ("now", "Asia/Nowhere")] {
            #expect(throws: StoreError.self) { try span(from, "now", zone) }
        }
    }
}
