import Alerts
import Testing

@testable import Console

@Suite struct CSVTextTests {
    private func line(_ values: [JSONValue]) -> String {
        let names = values.indices.map { "c\($0)" }
        return String(
            decoding: CSVText.write(columns: names, [values]).dropFirst(names.joined().utf8.count + names.count + 1),
            as: UTF8.self)
    }

    @Test func fieldsAreQuotedWhereTheyMustBe() {
        #expect(
            line([.string("a"), .string("b,c"), .string("d\"e"), .string("f\r\ng")])
                == "a,\"b,c\",\"d\"\"e\",\"f\r\ng\"\r\n")
    }

    @Test func whatIsNotKnownIsEmptyAndAnEmptyTextIsQuoted() {
        #expect(line([.null, .string(""), .integer(0), .boolean(false)]) == ",\"\",0,false\r\n")
    }

    @Test(arguments: ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=HYPERLINK(\"http://x\")"])
    func aTextIsNoFormula(_ text: String) {
        let found = line([.string(text)])
        #expect(found.hasPrefix("'") || found.hasPrefix("\"'"))
        let list = line([.strings([text, "x"])])
        #expect(list.hasPrefix("'") || list.hasPrefix("\"'"))
    }

    @Test func numbersStayNumbers() {
        #expect(line([.integer(-1), .decimal("-1.5e-05")]) == "-1,-1.5e-05\r\n")
    }

    @Test func listsAreWordsAndWhatHasPartsIsJSON() {
        #expect(
            line([.strings(["a", "b"]), .members(["n": .integer(1)]), .array([.array([])])])
                == "a b,\"{\"\"n\"\":1}\",[[]]\r\n")
    }

    @Test func theHeaderHasUnitsThatNamesDoNotSay() {
        #expect(CSVText.heading("packets") == "packets")
        #expect(CSVText.heading("coverage") == "coverage (0 to 1)")
        #expect(CSVText.heading("lag_seconds") == "lag_seconds (s)")
        #expect(
            String(decoding: CSVText.write(columns: ["rate_pps", "site"], []), as: UTF8.self)
                == "rate_pps (packets/s),site\r\n")
    }
}

@Suite struct DownloadTests {
    @Test func everyQuestionWithListsCanBeDownloadedAndNothingElse() {
        for route in Routes.all {
            let names = route.parameters.map(\.name)
            #expect(names.contains("format") == !route.tables.isEmpty)
            #expect(names.contains("table") == (route.tables.count > 1))
            #expect(Set(names).count == names.count, "\(route.name)")
        }
    }

    @Test func layersAreColumnsBesideTheirBins() throws {
        let bin = JSONValue.members(["start": .string("s"), "packets": .integer(3)])
        let layer = JSONValue.members([
            "key": .members(["class": .string("udp-probe"), "service_port": .integer(53), "name": .null]),
            "values": .array([.integer(1), .null]),
        ])
        let answer = JSONValue.members([
            "bins": .array([bin, bin]), "layers": .array([layer]),
            "other": .members(["values": .array([.integer(2), .null])]),
        ])
        let found = try #require(Download.layers(answer, "layers"))
        #expect(found.columns == ["start", "udp-probe 53", "other"])
        #expect(found.rows == [[.string("s"), .integer(1), .integer(2)], [.string("s"), .null, .null]])
        #expect(Download.layers(answer, "bins") == nil)
    }

    @Test func aListOfObjectsHasTheirMembersAsColumns() {
        let (columns, rows) = Download.rows(
            .array([.members(["a": .integer(1)]), .members(["b": .integer(2), "a": .null])]), "list")
        #expect(columns == ["a", "b"])
        #expect(rows == [[.integer(1), .null], [.null, .integer(2)]])
        let texts = Download.rows(.strings(["x"]), "list")
        #expect(texts.columns == ["list"] && texts.rows == [[.string("x")]])
        let empty = Download.rows(.rows(columns: ["a"], []), "list")
        #expect(empty.columns == ["a"] && empty.rows.isEmpty)
    }
}
