import Testing

@testable import Query

/// Which views answer what, and that no text of people is ever part of the SQL.
@Suite struct PlannerTests {
    private static let now: Int64 = 1_767_400_000
    private static let day = TimeSpan(start: 1_767_225_600, end: 1_767_312_000)
    private static let facts = Facts(
        now: now, hllSchema: "public", isPartial: false, sites: ["alpha", "beta"], sensors: ["edge"],
        bins: day, binUnit: 3_600)

    /// Before days and sums over all sites hold everything.
    private static let older = Facts(
        now: now, hllSchema: "public", isPartial: false, sites: ["alpha", "beta"], sensors: ["edge"],
        bins: day, binUnit: 3_600, hasParts: false)

    private func plan(
        _ shape: Question.Shape, _ filter: String = "", _ scanners: ScannerChoice = .all, span: TimeSpan = day,
        facts: Facts = facts
    ) throws -> Plan {
        try Planner(facts).plan(
            Question(shape, filter: try FilterParser.parse(filter), scanners: scanners, span: span))
    }

    private func top(_ subject: Question.Subject) -> Question.Shape { .top(subject, by: .packets, limit: 10) }

    @Test(arguments: [
        (Question.Subject.ports, "", ScannerChoice.all, ["api.top_ports", "api.coverage"]),
        (.ports, "", .without, ["api.world_port_traffic_by"]),
        (.ports, "port in (23, 2323) and not scanner", .all, ["api.world_port_traffic_by"]),
        (.ports, "proto = tcp and port < 1024", .all, ["api.world_port_traffic_by"]),
        (.ports, "port < 1024 and site = alpha", .all, ["api.port_traffic"]),
        (.ports, "site = alpha", .only, ["api.port_traffic_by"]),
        (.ports, "country = CN", .all, ["api.flow"]),
        (.ports, "scanner or port = 23", .all, ["api.flow"]),
        (.countries, "backscatter and site != alpha", .all, ["api.country_traffic_by"]),
        (.countries, "", .without, ["api.world_country_traffic_by"]),
        (.countries, "port = 23", .all, ["api.flow"]),
        (.networks, "asn != 64500", .all, ["api.world_as_traffic_by"]),
        (.networks, "country = SG", .all, ["api.source_day"]),
        (.sites, "port = 23", .without, ["api.port_traffic_by"]),
        (.sites, "country = SG", .all, ["api.country_traffic_by"]),
        (.sites, "", .only, ["api.sensor_traffic_by"]),
        (.sites, "tool = mirai", .all, ["api.source_day"]),
        (.signatures, "site = beta", .all, ["api.signature_day"]),
        (.signatures, "port = 23", .all, ["api.flow"]),
        (.sources, "", .without, ["api.first_source_day"]),
        (.sources, "family = 6 and not scanner", .all, ["api.source_day"]),
        (.sources, "source = 192.0.2.0/24", .all, ["api.source_history"]),
        (.sources, "port = 23", .all, ["api.flow"]),
    ])
    func theCheapestViewsAnswer(
        _ subject: Question.Subject, _ filter: String, _ scanners: ScannerChoice, _ views: [String]
    ) throws {
        #expect(try plan(top(subject), filter, scanners).views == views)
    }

    @Test func aSeriesIsReadyMadeWhereItCanBe() throws {
        let shape = Question.Shape.series(.hour, zone: "UTC")
        #expect(try plan(shape).views == ["api.series"])
        #expect(try plan(shape, "class = tcp-syn and port = 23 and site = alpha").views == ["api.series"])
        #expect(try plan(shape, "port in (23, 2323)").views == ["api.series", "api.world_port_traffic_by"])
        #expect(try plan(shape, "", .without).views == ["api.series", "api.world_traffic_by"])
        #expect(try plan(shape, "country = SG").views == ["api.series", "api.world_country_traffic_by"])
        #expect(try plan(shape, "country = SG and port = 23").views == ["api.series", "api.flow"])
        // In a zone whose hours are not those of UTC, only the flows know what is with and without scanners.
        let odd = Facts(
            now: Self.now, hllSchema: nil, isPartial: false, sites: [], sensors: [], bins: Self.day, binUnit: 300)
        #expect(try plan(shape, "", .without, facts: odd).views == ["api.series", "api.flow"])
        #expect(try plan(shape, "port in (23, 2323)", facts: odd).views == ["api.series", "api.port_traffic"])
    }

    @Test func whatIsNotSummedYetIsReadFromSensors() throws {
        #expect(
            try plan(top(.ports), "", .without, facts: Self.older).views == ["api.top_ports_by", "api.port_traffic_by"])
        #expect(try plan(top(.countries), facts: Self.older).views == ["api.country_traffic"])
        #expect(try plan(top(.countries), "", .without, facts: Self.older).views == ["api.source_day"])
        #expect(try plan(top(.sources), facts: Self.older).views == ["api.source_day"])
        #expect(try plan(top(.sites), facts: Self.older).views == ["api.port_traffic"])
        // Before scanners were told apart by country, only sources know.
        let late = Facts(
            now: Self.now, hllSchema: nil, isPartial: false, sites: [], sensors: [], bins: Self.day,
            scannersSince: Self.day.end)
        #expect(try plan(top(.countries), "", .only, facts: late).views == ["api.source_day"])
        #expect(try plan(top(.countries), facts: late).views == ["api.world_country_traffic_by"])
    }

    @Test func stacksAndGroupsAreOfTheCheapestViews() throws {
        func stack(_ subject: Question.Subject) -> Question.Shape {
            .stack(subject, by: .packets, limit: 8, .hour, zone: "UTC", withSources: false)
        }
        #expect(try plan(stack(.ports)).views == ["api.series", "api.world_port_traffic_by"])
        #expect(try plan(stack(.sites), "", .only).views == ["api.series", "api.sensor_traffic_by"])
        #expect(try plan(stack(.countries), "port = 23").views == ["api.series", "api.flow"])
        #expect(try plan(.groups([.port, .site], limit: 9)).views == ["api.port_traffic"])
        #expect(try plan(.groups([.country], limit: 9), "", .without).views == ["api.world_country_traffic_by"])
        #expect(try plan(.groups([.country, .network], limit: 9)).views == ["api.source_day"])
        #expect(try plan(.groups([.port, .country], limit: 9)).views == ["api.flow"])
        #expect(refusal(.groups([], limit: 9), "").contains("one to three dimensions"))
        #expect(refusal(.groups([.port, .port], limit: 9), "").contains("each once"))
    }

    @Test func sourcesAreThoseOfDaysThatAreOver() throws {
        let span = TimeSpan(start: Self.now - 86_400, end: Self.now)
        let plan = try plan(top(.sources), span: span)
        #expect(plan.span.end == TimeSpan.floor(Self.now, 86_400) && plan.span.isAligned(to: 86_400))
        #expect(plan.notes.contains { $0.contains("when a day (UTC) is over") })
        #expect(try self.plan(top(.sources), "port = 23", span: span).views == ["api.flow"])
    }

    @Test func whoeverSeesOnlyTheirOwnIsNotAnsweredFromAllSites() throws {
        let partial = Facts(
            now: Self.now, hllSchema: nil, isPartial: true, sites: ["alpha"], sensors: ["edge"], bins: Self.day)
        #expect(try plan(top(.ports), facts: partial).views == ["api.port_traffic"])
        #expect(try plan(top(.ports), "", .without, facts: partial).views == ["api.port_traffic_by"])
        #expect(throws: QuestionError.self) { try plan(top(.ports), "site = beta", facts: partial) }
    }

    private func refusal(
        _ shape: Question.Shape, _ filter: String, _ scanners: ScannerChoice = .all, days: Int64 = 1,
        facts: Facts = facts
    ) -> String {
        do throws(QuestionError) {
            let filter = try? FilterParser.parse(filter)
            let span = TimeSpan(start: Self.day.end - days * 86_400, end: Self.day.end)
            _ = try Planner(facts).plan(Question(shape, filter: filter, scanners: scanners, span: span))
            return ""
        } catch {
            return error.description
        }
    }

    @Test func whatCannotGoTogetherIsNamed() {
        #expect(refusal(top(.sources), "tool = mirai and port = 23").hasPrefix("tool and port cannot go together"))
        #expect(refusal(top(.ports), "tool = mirai").hasPrefix("tool cannot go together with top ports"))
        #expect(refusal(.series(.hour, zone: "UTC"), "tool = mirai").contains("series by hour"))
        #expect(refusal(top(.sources), "tool = mirai", days: 40).hasPrefix("tool is known of whole days"))
        #expect(
            refusal(top(.ports), "country = CN", days: 40).hasPrefix("top ports and country go together in the flows"))
        #expect(refusal(top(.countries), "", .without, days: 40, facts: Self.older).contains("the choice of scanners"))
        #expect(refusal(top(.ports), "not scanner", .only).contains("Leave one out"))
        #expect(refusal(top(.ports), "site = alhpa").contains("Did you mean alpha?"))
        #expect(refusal(top(.ports), "sensor = x").contains("There are: edge"))
        #expect(refusal(top(.ports), "", days: 0).contains("ends before it begins"))
        #expect(refusal(top(.ports), "", days: 4_000).contains("ten years"))
    }

    @Test func longSpansAreReadInDaysAndHours() throws {
        let span = TimeSpan(start: Self.day.start + 3_600, end: Self.day.start + 4 * 86_400 + 7_200)
        let text = try plan(top(.ports), "port < 10", span: span, facts: Self.older).rows.text
        #expect(text.contains("v.span = 86400") && text.contains("v.span = 3600"))
        #expect(
            try plan(top(.ports), "port < 10", span: TimeSpan(start: 0, end: 600)).rows.text.contains("v.span = 300"))
    }

    @Test func noTextOfPeopleIsInTheSQL() throws {
        var random = SystemRandomNumberGenerator()
        let values = ["zq9", "7171953131360328277", "54321", "203.0.113.77", "QX", "4199999999"]
        let facts = Facts(
            now: Self.now, hllSchema: nil, isPartial: false, sites: ["zq9"], sensors: ["zq9"], bins: Self.day,
            binUnit: 86_400)
        let terms = [
            "site = zq9", "sensor in (zq9)", "signature = 7171953131360328277", "port >= 54321",
            "source = 203.0.113.77",
            "country != QX", "asn = 4199999999", "scanner", "backscatter", "family = 4", "proto = udp",
        ]
        var planned = 0
        for _ in 0..<200 {
            let filter = terms.shuffled(using: &random).prefix(.random(in: 1...4, using: &random)).joined(
                separator: " and ")
            for subject in Question.Subject.allCases {
                for shape in [top(subject), .series(.day, zone: "Zone'; --")] {
                    guard let plan = try? plan(shape, filter, facts: facts) else { continue }
                    planned += 1
                    for text in [plan.rows.text, plan.coverage.text] {
                        #expect(!values.contains { text.contains($0) } && !text.contains("Zone"))
                    }
                    #expect(!plan.rows.parameters.isEmpty)
                }
            }
        }
        #expect(planned > 500)
    }
}
