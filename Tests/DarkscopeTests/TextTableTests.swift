import Testing

@testable import darkscope

struct TextTableTests {
    @Test func columnsAreAsWideAsTheirLongestCell() {
        var table = TextTable(["SITE": .left, "LAG": .right, "NAME": .left])
        table.add(["th-1", "5s", "Té"])
        table.add(["a", "12m05s", nil])
        #expect(
            table.lines == [
                "SITE     LAG  NAME",
                "th-1      5s  Té",
                "a     12m05s  -",
            ])
    }

    @Test func noLineEndsInSpaces() {
        var table = TextTable(["A": .left, "LONG TITLE": .left])
        table.add(["x", ""])
        #expect(table.lines == ["A  LONG TITLE", "x"])
    }

    @Test func aCellCannotBreakTheTableOrSteerTheTerminal() {
        var table = TextTable(["NAME": .left])
        table.add(["a\nb\u{1B}[2J\u{202E}"])
        #expect(table.lines == ["NAME", #"a\u{A}b\u{1B}[2J\u{202E}"#])
    }

    @Test func aTableWithoutRowsIsEmpty() {
        var table = TextTable(["A": .left])
        #expect(table.isEmpty)
        table.add([nil])
        #expect(!table.isEmpty)
    }
}
