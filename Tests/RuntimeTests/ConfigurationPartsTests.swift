import Testing

@testable import Runtime

struct KeyLinesTests {
    @Test func everyFormOfKeyIsFound() {
        let lines = KeyLines(
            """
            top = 1
            a.b = 2
            [ section ]
              key = [
                "x = 1",
                "y",
              ]
            text = \"\"\"
            fake = 1 '''
            \"\"\"
            literal = '''
            fake = 2
            '''
            "quoted key" = 1
            # comment = 3
            one = \"\"\"on one line\"\"\" # and a comment
            [[list.of]]
            inner = { x = 1 }\r
            last = 1\r
            """)
        let expected = [
            "top": 1, "a.b": 2, "section": 3, "section.key": 4, "section.text": 8, "section.literal": 11,
            "section.\"quoted key\"": 14, "section.one": 16, "list.of": 17, "list.of.inner": 18, "list.of.last": 19,
            "list.of.inner.x": 18, "section.absent": 3,
        ]
        for (key, line) in expected { #expect(lines.line(of: key) == line, "\(key)") }
        #expect(lines.line(of: "fake") == nil)
        #expect(lines.line(of: "comment") == nil)
    }

    @Test func anyTextIsSurvived() {
        for text in [
            "", "[", "[[", "[]", "=", "\"", "'", "a.", "a.=", ".", "\"\"\"", "[a", "a\u{0}=", "\r\n\r\n", "[a]]",
        ] {
            _ = KeyLines(text)
        }
    }
}

struct QuantityTests {
    @Test(arguments: [("0s", 0), ("90s", 90), ("1m", 60), ("2h", 7200), ("14d", 1_209_600)] as [(String, Int64)])
    func durationsAreReadAndPrinted(text: String, value: Int64) {
        #expect(Quantity.duration.parse(text) == value)
        #expect(Quantity.duration.text(value) == text)
    }

    @Test(
        arguments: [("0B", 0), ("1023B", 1023), ("1KiB", 1024), ("1536MiB", 1536 << 20), ("2GiB", 2 << 30)]
            as [(String, Int64)])
    func sizesAreReadAndPrinted(text: String, value: Int64) {
        #expect(Quantity.byteCount.parse(text) == value)
        #expect(Quantity.byteCount.text(value) == text)
    }

    @Test(arguments: ["", "s", "1", "1 s", " 1s", "1s ", "-1s", "+1s", "1.5h", "1h30m", "1S", "1ms", "١s", "9e3s"])
    func anythingElseIsRefused(text: String) {
        #expect(Quantity.duration.parse(text) == nil)
    }
}

struct NearestKeyTests {
    @Test func theDistanceCountsEdits() {
        func distance(_ left: String, _ right: String) -> Int {
            NearestKey.editDistance(Array(left.utf8), Array(right.utf8))
        }
        #expect(distance("", "") == 0)
        #expect(distance("", "abc") == 3)
        #expect(distance("abc", "") == 3)
        #expect(distance("kitten", "sitting") == 3)
        #expect(distance("window", "window") == 0)
    }

    @Test func nothingIsNearWhenEverythingIsFar() {
        #expect(NearestKey.find("a.b", among: []) == nil)
        #expect(NearestKey.find("x.qqqqqqqqq", among: ["sensor.window"]) == nil)
        #expect(NearestKey.find(String(repeating: "x", count: 1_000_000) + ".window", among: ["sensor.window"]) == nil)
    }
}
