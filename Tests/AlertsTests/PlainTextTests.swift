import Testing

@testable import Alerts

struct PlainTextTests {
    @Test(arguments: [
        ("a\r\nBcc: x", "a  Bcc: x"), ("a\u{2028}b\u{2029}c\u{85}d", "a b c d"),
        ("\u{0}\u{1B}[31m\u{7F}", "\u{FFFD}\u{FFFD}[31m\u{FFFD}"),
        ("\u{202E}x\u{2066}\u{FEFF}\u{E0041}", "\u{FFFD}x\u{FFFD}\u{FFFD}\u{FFFD}"), ("", ""), ("👩‍👩‍👧", "👩‍👩‍👧"),
        ("=1+1", "=1+1"),
        ("大阪市 ภาษาไทย", "大阪市 ภาษาไทย"),
    ])
    func nothingThatActsOnAReaderStays(_ text: String, _ cleaned: String) {
        #expect(PlainText.cleaned(text) == cleaned)
    }

    @Test func aLongTextIsCutAndSaysSo() {
        let text = PlainText.cleaned(String(repeating: "😀", count: 201))
        #expect(text.unicodeScalars.count == 200 && text.hasSuffix("😀…"))
        #expect(PlainText.cleaned(String(repeating: "x", count: 200)) == String(repeating: "x", count: 200))
    }

    @Test(arguments: [
        ("example-city", "example-city"), ("a--b-", "a-b"), ("../../etc", "etc"), ("", "none"), ("é", "none"),
        ("A b", "b"),
    ])
    func slugsFitIntoFileNames(_ text: String, _ slug: String) { #expect(PlainText.slug(text) == slug) }

    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000Z"), (951_827_696_789, "2000-02-29T12:34:56.789Z"),
        (-1, "1969-12-31T23:59:59.999Z"), (.max, "9999-12-31T23:59:59.999Z"), (.min, "0001-01-01T00:00:00.000Z"),
        (4_107_542_400_120, "2100-03-01T00:00:00.120Z"),
    ])
    func timesAreThoseOfTheCalendar(_ milliseconds: Int64, _ text: String) {
        #expect(UTCTime(milliseconds).precise == text)
    }

    @Test func theShortestTimeHasNoZerosAtItsEnd() {
        #expect(
            [0, 120, 100, 1, 1_000].map { UTCTime($0).shortest.dropFirst(17) } == [
                "00Z", "00.12Z", "00.1Z", "00.001Z", "01Z",
            ])
    }

    @Test func textInJSONIsEscaped() {
        let value = JSONValue.members([
            "a\"": .string("\"\\\n\r\t\u{0}\u{1F}\u{7F}\u{2028}😀é"),
            "b": .array([.null, .boolean(true), .integer(.min)]),
            "c": nil, "d": .members([:]),
        ])
        #expect(
            value.line == #"{"a\"":"\"\\\n\r\t\u0000\u001f\u007f\u2028😀é","b":[null,true,-9223372036854775808],"d":{}}"#
        )
    }

    /// RFC 4648 §10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ])
    func base64IsThatOfTheStandard(_ text: String, _ encoded: String) {
        #expect(Base64.text(Array(text.utf8)) == encoded)
    }
}
