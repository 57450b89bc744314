import Testing

@testable import Runtime

/// What the comparison with Python's reader (Tests/Integration/test_toml.py) cannot show.
struct TOMLDocumentTests {
    private func error(_ text: String) -> TOMLError? {
        do throws(TOMLError) {
            _ = try TOMLDocument(text: text)
            Issue.record("was accepted: \(text.prefix(100))")
            return nil
        } catch {
            return error
        }
    }

    @Test(
        arguments: [
            ("a = ", 1, 5, "expected a value, found the end of the file"),
            ("a = \r\n", 1, 5, "expected a value, found the end of the line"),
            ("# é\n\"é\" = é", 2, 7, "expected a value, found \"é\""),
            ("a 1", 1, 3, "expected = after the key, found \"1\""),
            ("[a\n]", 1, 3, "expected ] after the key, found the end of the line"),
            ("[[a] ]", 1, 5, "expected ]] after the key, found \" \""),
            ("a = 1 2", 1, 7, "expected the end of the line or a comment, found \"2\""),
            ("a = [1\n 2]", 2, 2, "expected a comma or ], found \"2\""),
            ("a = {b = 1,}", 1, 12, "expected a key, found \"}\""),
            ("a = {b = 1; c = 2}", 1, 11, "expected a comma or }, found \";\""),
            ("\na = 'x\n'", 2, 5, "the string that begins here has no end in its line"),
            ("a = '''x\n'", 1, 5, "the string that begins here has no end"),
            ("a = \"1\\x\"", 1, 7, #"expected an escape: \b \t \n \f \r \" \\ \uXXXX or \UXXXXXXXX"#),
            (
                "a = \"\\ud800\"", 1, 6,
                #"expected \uXXXX or \UXXXXXXXX with the hexadecimal number of a character"#
            ),
            ("a = 1 # \u{1}", 1, 9, "a comment holds the control character 0x1: only an escape may stand for it"),
            ("a = '\u{0}'", 1, 6, "a string holds the control character 0x0: only an escape may stand for it"),
            (
                "a = eth1", 1, 5,
                "expected a value, found \"eth1\": text is written in quotes, integers have 64 bits"
            ),
            ("a = 1\n a = 2", 2, 2, "a is an integer already, which this line cannot define again or add to"),
            ("[a]\n[b]\n[a]", 3, 1, "a is a table already, which this line cannot define again or add to"),
        ])
    func anErrorSaysWhereAndWhatWasExpected(text: String, line: Int, column: Int, description: String) {
        #expect(error(text) == TOMLError(line: line, column: column, description: description))
    }

    @Test func aByteOrderMarkAtTheBeginningIsPassed() throws {
        #expect(try TOMLDocument(text: "\u{FEFF}a = 1").root.entries.map(\.name) == ["a"])
        #expect(error("a = 1\n\u{FEFF}b = 1")?.line == 2)
    }

    @Test(
        arguments: [
            { "a = " + String(repeating: "[", count: $0) + String(repeating: "]", count: $0) },
            { "a = " + String(repeating: "{b = ", count: $0 - 1) + "{" + String(repeating: "}", count: $0) },
            { "[" + Array(repeating: "a", count: $0).joined(separator: ".") + "]" },
            { "[[" + Array(repeating: "a", count: $0 - 1).joined(separator: ".") + "]]" },
            { Array(repeating: "a", count: $0 + 1).joined(separator: ".") + " = 1" },
        ] as [@Sendable (Int) -> String])
    func theDepthIsBounded(text: @Sendable (Int) -> String) throws {
        let limit = TOMLDocument.depthLimit
        _ = try TOMLDocument(text: text(limit))
        let message = "tables and arrays stand in each other more than 100 deep"
        for depth in [limit + 1, 300_000] { #expect(error(text(depth))?.description.hasPrefix(message) == true) }
    }
}
