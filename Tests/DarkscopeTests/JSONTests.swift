import Testing

@testable import darkscope

struct JSONTests {
    @Test func aDocumentIsIndentedAndKeepsItsOrder() {
        let document = JSON.members([
            "b": .integer(-1), "a": .array([.null, .decimal("73786976294838206456")]), "none": .array([]),
            "empty": .members([:]), "inner": .members(["x": .text(nil), "y": .text("z")]),
        ])
        #expect(
            document.document == """
                {
                  "b": -1,
                  "a": [
                    null,
                    73786976294838206456
                  ],
                  "none": [],
                  "empty": {},
                  "inner": {
                    "x": null,
                    "y": "z"
                  }
                }
                """)
    }

    @Test func everyCharacterThatActsIsEscaped() {
        let cases: [(String, String)] = [
            ("a\"b\\c", #""a\"b\\c""#), ("\u{1B}[31m\n\t", #""\u001b[31m\u000a\u0009""#),
            ("\u{7F}\u{9B}\u{2028}\u{202E}", #""\u007f\u009b\u2028\u202e""#), ("Té ไทย 🛰", "\"Té ไทย 🛰\""),
            ("\u{0}", #""\u0000""#),
        ]
        for (text, quoted) in cases { #expect(JSON.string(text).document == quoted) }
    }
}
