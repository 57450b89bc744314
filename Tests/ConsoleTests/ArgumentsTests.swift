import Alerts
import FlowModel
import Query
import Store
import Testing

@testable import Console

@Suite struct ArgumentsTests {
    private func route(_ name: String) throws -> Route { try #require(Routes.all.first { $0.name == name }) }

    private func arguments(_ route: Route, _ query: String) throws -> Arguments {
        try Arguments(fields: try Target("/?\(query)").fields, known: route.parameters)
    }

    @Test func whatIsNotGivenHasItsStandard() throws {
        let found = try arguments(try route("ports"), "")
        #expect(found.span == ConsoleSpan(from: .before(seconds: 86_400), to: .before(seconds: 0), zone: "UTC"))
        #expect(found.text("scanners") == "all" && found.text("by") == "sources" && found.number("limit") == 20)
    }

    @Test func everyParameterIsRead() throws {
        let found = try arguments(
            try route("series"),
            "from=2026-01-31&to=2026-02-01T12:30Z&tz=Asia/Kathmandu&step=10+minutes&class=tcp-syn&port=23&site=sg-1&sources=no"
        )
        #expect(
            found.span
                == ConsoleSpan(
                    from: .local("2026-01-31 00:00:00"), to: .utc("2026-02-01 12:30"), zone: "Asia/Kathmandu"))
        #expect(found.text("step") == "10 minutes" && found.text("class") == "tcp-syn" && found.number("port") == 23)
        #expect(found.text("site") == "sg-1" && found.text("sources") == "no")
    }

    private static let refused = [
        ("series", "from=yesterday", "from"), ("series", "to=now-", "to"), ("series", "tz=", "tz"),
        ("series", "tz=UTC'--", "tz"), ("series", "port=65536", "port"), ("series", "port=-1", "port"),
        ("series", "port=1e3", "port"), ("series", "class=tcp", "class"), ("series", "site=SG 1", "site"),
        ("series", "site=x';drop table", "site"), ("series", "step=minute", "step"), ("series", "sources=1", "sources"),
        ("ports", "limit=0", "limit"), ("ports", "limit=1001", "limit"), ("ports", "scanners=none", "scanners"),
        ("ports", "limit=5&limit=5", "limit"), ("ports", "what=1", "what"), ("overview", "from=now", "from"),
        ("filtered_series", "q=" + String(repeating: "a", count: 4_097), "q"),
    ]

    @Test(arguments: refused) func aProblemNamesTheParameter(_ name: String, _ query: String, _ parameter: String)
        throws
    {
        let route = try route(name)
        let problem = #expect(throws: Problem.self) { try arguments(route, query.replacing(" ", with: "%20")) }
        #expect(problem?.parameter == parameter && problem?.status == 400)
        #expect(problem?.expected?.isEmpty == false)
    }

    private static let moments: [(String, TimePoint?)] = [
        ("now", .before(seconds: 0)), ("now-24h", .before(seconds: 86_400)), ("now+1h", .before(seconds: -3_600)),
        ("now-2w", .before(seconds: 1_209_600)), ("now-90", .before(seconds: 90)), ("1767225600", .unix(1_767_225_600)),
        ("2026-01-31", .local("2026-01-31 00:00:00")), ("2026-01-31T14:05", .local("2026-01-31 14:05")),
        ("2026-01-31 14:05:06", .local("2026-01-31 14:05:06")), ("2026-01-31T14:05:06Z", .utc("2026-01-31 14:05:06")),
        ("2026-02-30", .local("2026-02-30 00:00:00")), ("", nil), ("now-", nil), ("now-1y", nil), ("now-101d1h", nil),
        ("now-99999999999d", nil), ("-1", nil), ("9999999999999", nil), ("2026-13-01", nil), ("2026-01-32", nil),
        ("2026-01-31T24:00", nil), ("2026-01-31T1:00", nil), ("0000-01-01", nil), ("infinity", nil),
        ("2026-01-31T14:05:60", nil),
        ("٢٠٢٦-01-01", nil), ("now-36526d", nil),
    ]

    @Test(arguments: moments) func momentsAreReadAsPeopleWriteThem(_ text: String, _ moment: TimePoint?) {
        #expect(MomentText.read(text) == moment)
    }

    @Test(arguments: ["192.0.2.1", "10.0.0.0/8", "2001::/16", "2001:db8::1"]) func blocksAreRead(_ text: String)
        throws
    {
        let parameter = Parameter(name: "block", kind: .block, note: "")
        let value = try parameter.read(text)
        if case .block = value { return }
        Issue.record("\(value) is no block")
    }

    @Test(arguments: ["", "10.0.0.0/7", "2000::/15", "10.0.0.1/24", "x", "1.2.3.4'", "::/0", "1.2.3.4/33"])
    func whatIsTooMuchOrNoBlockIsRefused(_ text: String) {
        let parameter = Parameter(name: "block", kind: .block, note: "")
        #expect(throws: Problem.self) { try parameter.read(text) }
    }
}

@Suite struct StepTests {
    @Test func aSpanHasAtMostThreeHundredBins() {
        #expect(Questions.suitingStep(seconds: 86_400, sensors: { 5 }).name == "5 minutes")
        #expect(Questions.suitingStep(seconds: 7 * 86_400, sensors: { 5 }).name == "hour")
        #expect(Questions.suitingStep(seconds: 90 * 86_400, sensors: { 5 }).name == "day")
    }

    @Test func manySensorsAreToldByHoursSinceFiveMinutesAreTooManyRows() {
        #expect(Questions.suitingStep(seconds: 86_400, sensors: { 52 }).name == "5 minutes")
        #expect(Questions.suitingStep(seconds: 86_400, sensors: { 100 }).name == "hour")
        #expect(Questions.suitingStep(seconds: 3_600, sensors: { 100 }).name == "5 minutes")
    }
}

@Suite struct RoutesTests {
    @Test func everyRouteHasAPathAndANameOfItsOwn() {
        #expect(Set(Routes.all.map { "\($0.method) \($0.template)" }).count == Routes.all.count)
        #expect(Set(Routes.all.map(\.name)).count == Routes.all.count)
    }

    /// What a route forgets to say must not make it open: only the program's own are everybody's.
    @Test func onlyWhatTellsNothingIsForEverybody() {
        let names = Routes.all.filter { $0.reader == .anybody }.map(\.name)
        #expect(
            Set(names) == ["health", "readiness", "version", "metrics", "session", "sign_in", "land", "points"])
        for route in Routes.all where route.method != .get && route.name != "sign_in" {
            #expect(route.reader.needsAccount, "\(route.name)")
        }
    }

    @Test func aPathMatchesItsRouteAlone() throws {
        let target = try Target("/api/v1/port/tcp-syn/23")
        let found = Routes.all.filter { $0.match(target.path) != nil }
        #expect(found.map(\.name) == ["port"])
        #expect(found.first?.match(target.path)?.map(\.1) == ["tcp-syn", "23"])
        for other in ["/api/v1/port/tcp-syn", "/api/v1/port/tcp-syn/23/", "/api/v1", "//"] {
            let target = try Target(other)
            #expect(Routes.all.allSatisfy { $0.match(target.path) == nil })
        }
    }

    @Test func theDocumentHasEveryRouteAndItsParameters() {
        let document = OpenAPI.document(Routes.all, version: "1").line
        for route in Routes.all {
            let isThere = document.contains(
                "\"\(route.method.rawValue.lowercased())\":{\"operationId\":\"\(route.name)\"")
            #expect(isThere && document.components(of: "\"\(route.template)\":{").count == 2, "\(route.name)")
            for parameter in route.parameters {
                #expect(document.contains("{\"name\":\"\(parameter.name)\",\"in\":\"query\""))
            }
        }
    }
}

extension String {
    fileprivate func components(of separator: String) -> [Substring] {
        split(separator: separator, omittingEmptySubsequences: false)
    }
}

@Suite struct AnswerJSONTests {
    @Test func rowsBecomeObjectsWithTheKindsOfTheirColumns() {
        let answer = Answer(
            columns: [
                .init(name: "n", kind: .number), .init(name: "b", kind: .boolean), .init(name: "l", kind: .list),
                .init(name: "t", kind: .text),
            ],
            rows: [["1.5", "t", "{a,\"b c\"}", "\"<\u{1}"], [nil, "f", "{}", nil]])
        #expect(
            answer.objects.line
                == #"[{"n":1.5,"b":true,"l":["a","b c"],"t":"\"<\u0001"},{"n":null,"b":false,"l":[],"t":null}]"#)
        #expect(answer.object(2) == .null)
    }

    private static let numbers = [
        ("0", true), ("-1.5", true), ("1e-05", true), ("1.7976931348623157e+308", true), ("NaN", false),
        ("Infinity", false), ("-Infinity", false), ("", false), ("-", false), ("1]", false), ("1 ", false),
    ]

    @Test(arguments: numbers) func onlyNumbersOfJSONAreWritten(_ text: String, _ isNumber: Bool) {
        #expect(Answer.isNumber(text) == isNumber)
    }
}
