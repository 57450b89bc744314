import Testing

@testable import darkscope

struct SafeTextTests {
    @Test func lettersOfAllScriptsStayAsTheyAre() {
        // Khmer and Thai write a zero-width space between words.
        for text in ["ភ្នំពេញ\u{200B}កម្ពុជា", "กรุงเทพฯ", "Huế", "မြန်မာ"] { #expect(text.safe == text) }
    }

    @Test func aWordForTheShellIsQuotedWhenItMust() {
        let cases: [(String, String)] = [
            ("/etc/darkscope/a.key", "/etc/darkscope/a.key"), ("a b", "'a b'"), ("it's", #"'it'\''s'"#), ("", "''"),
            ("$(x)", "'$(x)'"),
        ]
        for (text, word) in cases { #expect(text.shellWord == word) }
    }
}
