import Store
import Testing

@testable import darkscope

/// How answers are written for people and for programs.
struct AnswerTextTests {
    private func style(_ environment: [String: String], isTerminal: Bool = true, columns: Int? = nil) -> TerminalStyle {
        TerminalStyle(environment: environment, isTerminal: isTerminal, columns: columns)
    }

    @Test func aTerminalIsTakenForWhatItSays() {
        let full = style(["TERM": "xterm", "LANG": "en_SG.UTF-8"], columns: 132)
        #expect(full.isUnicode && full.hasColour && full.width == 132)
        #expect(!style(["TERM": "xterm", "LANG": "C.UTF-8", "NO_COLOR": "1"]).hasColour)
        #expect(style(["TERM": "xterm", "LANG": "C.UTF-8", "NO_COLOR": ""]).hasColour)
        #expect(!style(["TERM": "dumb", "LANG": "C.UTF-8"]).isUnicode && !style(["TERM": "dumb"]).hasColour)
        #expect(!style(["LANG": "C"]).isUnicode && !style([:]).isUnicode)
        // What is set for all goes before what is set for one, and that before the rest (locale(7)).
        #expect(
            !style(["LC_ALL": "C", "LANG": "C.UTF-8"]).isUnicode
                && style(["LC_CTYPE": "C.utf8", "LANG": "C"]).isUnicode)
        #expect(
            style(["COLUMNS": "100"], columns: 132).width == 100 && style(["COLUMNS": "x"], columns: 70).width == 70)
        #expect(
            style([:]).width == 80 && style(["COLUMNS": "1"]).width == 40 && style(["COLUMNS": "99999"]).width == 400)
        #expect(!style(["TERM": "xterm"], isTerminal: false).hasColour)
    }

    @Test func barsAndSparklinesAreInProportion() {
        let (full, plain) = (style(["LANG": "C.UTF-8"]), style([:]))
        #expect(full.bar(8, of: 16, width: 4) == "██" && full.bar(1, of: 16, width: 4) == "▎")
        #expect(full.bar(0.001, of: 16, width: 4) == "▏" && full.bar(0, of: 16, width: 4) == "")
        #expect(full.bar(99, of: 16, width: 4) == "████" && full.bar(1, of: 0, width: 4) == "")
        #expect(plain.bar(8, of: 16, width: 4) == "##" && plain.bar(0.001, of: 16, width: 4) == "#")
        #expect(
            full.sparkline([0, nil, 0.001, 50, 100]) == "▁×▂▅█" && plain.sparkline([0, nil, 0.001, 50, 100]) == "_?.=#")
        #expect(full.sparkline([nil, nil]) == "××" && full.sparkline([0, 0]) == "▁▁" && full.sparkline([]) == "")
        #expect(TerminalStyle.condensed([1, nil, nil, nil, 5, 6], to: 3) == [1, nil, 6])
        #expect(TerminalStyle.condensed([1, 2], to: 5) == [1, 2])
    }

    @Test func numbersAreGroupedAndSharesAreNeverRoundedToAllOrNothing() {
        #expect(
            ["0", "999", "1000", "1234567", "-1", ""].map(CountText.grouped) == [
                "0", "999", "1,000", "1,234,567", "-1", "",
            ])
        #expect(
            [0, 0.00001, 0.5, 0.99999, 1, 2].map(CountText.percent) == [
                "0.0 %", "0.1 %", "50.0 %", "99.9 %", "100.0 %", "100.0 %",
            ])
        #expect(
            ["999999", "1234567", "12345678", "999999999", "123456789012345", "1"].map { CountText.short($0, width: 9) }
                == ["999,999", "1,234,567", "12.3M", "1.0G", "123T", "1"])
        #expect(CountText.distinct("1234", "estimate", isUnicode: true) == "~1,234")
        #expect(CountText.distinct("5", "at-least", isUnicode: true) == "≥5")
        #expect(
            CountText.distinct("5", "at-least", isUnicode: false) == ">=5"
                && CountText.distinct(nil, nil, isUnicode: true) == nil)
    }

    private let rows = Rows(
        columns: ["name", "asn", "packets"],
        rows: [
            ["=cmd|' /C calc'!A0", "-1", "12"], ["a,\"b\"\nc\t\u{1B}[2J", nil, "1e400"], ["@x", "AS1", "3.5"],
        ])

    @Test func aSpreadsheetTakesNothingForAFormula() {
        #expect(
            rows.commaSeparated == [
                "name,asn,packets", "'=cmd|' /C calc'!A0,-1,12", #""a,""b""\u{A}c\u{9}\u{1B}[2J",,1e400"#,
                "'@x,AS1,3.5",
            ])
    }

    @Test func aLineIsARowAndATabAField() {
        let fields = rows.tabSeparated.map { $0.split(separator: "\t", omittingEmptySubsequences: false).count }
        #expect(fields == [3, 3, 3, 3])
    }

    @Test func aDocumentIsValidWhateverTheFieldsHold() {
        #expect(
            rows.json
                == .array([
                    .members(["name": .string("=cmd|' /C calc'!A0"), "asn": .decimal("-1"), "packets": .decimal("12")]),
                    .members(["name": .string("a,\"b\"\nc\t\u{1B}[2J"), "asn": .null, "packets": .string("1e400")]),
                    .members(["name": .string("@x"), "asn": .string("AS1"), "packets": .decimal("3.5")]),
                ]))
    }
}
