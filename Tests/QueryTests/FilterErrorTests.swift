import Testing

@testable import Query

/// What is wrong is said with the word, its place, what could stand there, and what was probably meant.
@Suite struct FilterErrorTests {
    private func failure(_ text: String) -> FilterError? {
        do throws(FilterError) {
            _ = try FilterParser.parse(text)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        ("prot = tcp", 1, "prot", "proto"),
        ("proto = tpc", 9, "tpc", "tcp"),
        ("class = tcp-sin", 9, "tcp-sin", "tcp-syn"),
        ("proto = tcp adn port = 23", 13, "adn", "and"),
        ("port on (23)", 6, "on", "in"),
        ("country = unknwon", 11, "unknwon", "unknown"),
        ("scaner", 1, "scaner", "scanner"),
        ("port not im (1)", 10, "im", "in"),
        ("port = 99999", 8, "99999", nil),
        ("port = -1", 8, "-1", nil),
        ("port = 23 port = 24", 11, "port", nil),
        ("country < CN", 9, "<", nil),
        ("country = CHN", 11, "CHN", nil),
        ("scanner = 1", 9, "=", nil),
        ("port in 23", 9, "23", nil),
        ("port in ()", 10, ")", nil),
        ("port in (23,)", 13, ")", nil),
        ("port in (23 24)", 13, "24", nil),
        ("(port = 23", 11, "", nil),
        ("port = 23)", 10, ")", nil),
        ("port =", 7, "", nil),
        ("port", 5, "", nil),
        ("port = 23 and", 14, "", nil),
        ("and port = 23", 1, "and", nil),
        ("source = 192.0.2.1/24", 10, "192.0.2.1/24", nil),
        ("source = 192.0.2.256", 10, "192.0.2.256", nil),
        ("site = -a", 8, "-a", nil),
        ("family = 5", 10, "5", nil),
        ("signature = 0", 13, "0", nil),
        ("port == 23", 7, "=", nil),
        ("port = 23; DROP TABLE x", 10, ";", nil),
        ("site = 'x'", 8, "'", nil),
        ("port = 2\u{1B}3", 9, "U+1B", nil),
        ("país = 1", 3, "U+ED", nil),
        ("port = ２３", 8, "U+FF12", nil),
        ("country ! CN", 9, "!", nil),
    ])
    func aWrongWordIsNamedWithItsPlace(_ text: String, _ column: Int, _ word: String, _ nearest: String?) throws {
        let error = try #require(failure(text))
        #expect((error.column, error.word, error.nearest) == (column, word, nearest), "\(error)")
        #expect(!error.expected.isEmpty && !error.problem.isEmpty)
        #expect(error.description.contains("column \(column)"))
        #expect(nearest == nil || error.description.contains("Did you mean \(nearest ?? "")?"))
    }

    @Test func everyBeginningOfAFilterIsAFilterOrAnError() throws {
        let texts = [
            "proto = tcp and port in (23, 2323) and country != CN and site = sg-1 and not scanner",
            "(source = 2001:db8::/32 or source in (192.0.2.1, 198.51.100.0/24)) and not (port >= 1024 or backscatter)",
            "signature = -17 or asn not in (1, unknown) and tool = mirai and class = tcp-syn and family = 4 and sensor = a",
        ]
        for text in texts {
            for length in 0...text.count {
                let prefix = String(text.prefix(length))
                if let error = failure(prefix) {
                    #expect((1...length + 1).contains(error.column), "\(prefix): \(error)")
                } else if let filter = try FilterParser.parse(prefix) {
                    #expect(try FilterParser.parse(filter.description) == filter)
                }
            }
            #expect(failure(text) == nil)
        }
    }

    @Test func textOfAnyKindIsAnsweredWithoutATrap() {
        var random = SystemRandomNumberGenerator()
        let words = [
            "port", "in", "(", ")", ",", "=", "!=", "<", "not", "and", "or", "scanner", "23", "site", "a", "country",
            "\u{0}", "'", "\"", "\\", "--", "/*", "$1", "\u{202E}", "👩‍👩‍👧", "e\u{301}", " ",
        ]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0..<12, using: &random)).map { _ in words.randomElement(using: &random) ?? ""
            }
            .joined(separator: Bool.random(using: &random) ? " " : "")
            if let error = failure(text) {
                #expect(error.column <= text.unicodeScalars.count + 1 && error.column >= 1)
                #expect(!error.description.unicodeScalars.contains { $0.properties.generalCategory == .control })
            }
        }
    }

    @Test func whatIsReadIsBounded() throws {
        let open = String(repeating: "(", count: 2_000)
        #expect(failure(open)?.problem == "too many parentheses and nots in one another")
        #expect(failure(String(repeating: "not ", count: 1_000) + "scanner")?.column == 33 * 4 + 1)
        #expect(failure(String(repeating: " ", count: 4_097))?.problem == "the filter is too long")
        #expect(failure(String(repeating: "(", count: 32) + "scanner" + String(repeating: ")", count: 32)) == nil)
        #expect(failure(String(repeating: "(", count: 33) + "scanner" + String(repeating: ")", count: 33)) != nil)
        let terms = Array(repeating: "scanner", count: 100).joined(separator: " or ")
        #expect(failure(terms) == nil)
        #expect(failure(terms + " or scanner")?.problem == "too many conditions")
        let values = Array(repeating: "1", count: 200).joined(separator: ",")
        #expect(failure("port in (\(values))") == nil)
        #expect(failure("port in (\(values),1)")?.problem == "too many values")
        let long = try #require(failure(String(repeating: "x", count: 4_000)))
        #expect(long.word.count == FilterError.longestWord && long.nearest == nil)
    }

    @Test func aNearWordIsOneWithFewOtherLetters() {
        #expect(NearestWord.changes(Array("tpc".utf8), Array("tcp".utf8)) == 1)
        #expect(NearestWord.changes(Array("".utf8), Array("abc".utf8)) == 3)
        #expect(NearestWord.changes(Array("kitten".utf8), Array("sitting".utf8)) == 3)
        #expect(NearestWord.find("xyz", among: ["tcp", "udp"]) == nil)
        #expect(NearestWord.find("SITES", among: ["site", "port"]) == "site")
    }
}
