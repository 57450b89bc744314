import Store
import Testing

@testable import darkscope

@Suite struct PersonTests {
    @Test func aNameIsWhatTheTablesTake() {
        #expect(Person.text("a\u{1B}[2J\nb\u{202E}") == "a[2Jb")
        #expect(Person.text(String(repeating: "é", count: 500)).unicodeScalars.count == Person.limit)
    }

    @Test func everybodyIsSomebody() { #expect(!Person.current.isEmpty) }
}

@Suite struct AnswerOutputTests {
    private let answer = Answer(
        columns: [
            .init(name: "n", kind: .number), .init(name: "b", kind: .boolean), .init(name: "t", kind: .time),
            .init(name: "l", kind: .list), .init(name: "s", kind: .text),
        ],
        rows: [
            ["12.50", "t", "2026-01-31T12:00:00.25Z", "{a,\"b c\"}", "x\u{1B}"], ["NaN", "f", "infinity", "{}", nil],
            [nil, nil, nil, nil, nil],
        ])

    @Test func jsonHasEachFieldAsItsKindSays() {
        #expect(
            answer.object(0)
                == JSON.members([
                    "n": .decimal("12.50"), "b": .boolean(true), "t": .string("2026-01-31T12:00:00.25Z"),
                    "l": .array([.string("a"), .string("b c")]), "s": .string("x\u{1B}"),
                ]))
        // What JSON has no number for is a text.
        #expect(
            answer.object(1)
                == JSON.members([
                    "n": .string("NaN"), "b": .boolean(false), "t": .string("infinity"), "l": .array([]), "s": .null,
                ]))
        #expect(answer.object(2) == JSON.members(["n": .null, "b": .null, "t": .null, "l": .null, "s": .null]))
    }

    @Test func tablesShowWholeSecondsAndCountLists() {
        let table = answer.table([
            AnswerColumn("N", "n", .right), AnswerColumn("B", "b"), AnswerColumn("T", "t"), AnswerColumn("L", "l"),
            AnswerColumn("S", "s"), AnswerColumn("SPAN") { $0.span("n") }, AnswerColumn("OTHER", "other"),
        ])
        #expect(
            table.lines.map { $0.split(separator: " ").joined(separator: " ") } == [
                "N B T L S SPAN OTHER", "12.50 yes 2026-01-31T12:00:00Z 2 x\\u{1B} 13s -", "NaN no infinity 0 - - -",
                "- - - - - - -",
            ])
    }
}
