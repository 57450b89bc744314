import Testing

@testable import darkscope

struct SpanTextTests {
    @Test func aSpanIsShownInTwoUnits() {
        let cases: [(Int64, String)] = [
            (0, "0s"), (59, "59s"), (60, "1m00s"), (3_599, "59m59s"), (3_600, "1h00m"), (86_399, "23h59m"),
            (86_400, "1d00h"), (275_000, "3d04h"), (-61, "-1m01s"), (.min, "-106751991167300d15h"),
        ]
        for (seconds, text) in cases { #expect(SpanText.short(seconds) == text) }
    }

    @Test func aSpanIsReadWithAndWithoutItsUnit() {
        let cases: [(String, Int64?)] = [
            ("0", 0), ("90", 90), ("90s", 90), ("5m", 300), ("24h", 86_400), ("2d", 172_800), ("", nil), ("h", nil),
            ("-5m", nil), ("+5m", nil), ("1.5h", nil), ("5 m", nil), ("5w", nil), ("99999999999999999999", nil),
            ("999999999999999999d", nil),
        ]
        for (text, seconds) in cases { #expect(SpanText.seconds(text[...]) == seconds, "\(text)") }
    }
}
