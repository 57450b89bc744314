import ArgumentParser
import Testing

@testable import darkscope

struct MomentTests {
    @Test func everyFormIsRead() throws {
        let cases: [(String, Int64)] = [
            ("1767225600", 1_767_225_600), ("2026-01-01", 1_767_225_600), ("2026-01-01T00:00:00Z", 1_767_225_600),
            ("1970-01-01T00:00:01Z", 1), ("2024-02-29", 1_709_164_800), ("2000-02-29T23:59:59Z", 951_868_799),
            ("2099-12-31T23:59:59Z", 4_102_444_799), ("-24h", 913_600), ("-90", 999_910), ("now", 1_000_000),
        ]
        for (text, seconds) in cases {
            #expect(try Moment(text).unixSeconds(now: 1_000_000) == seconds, "\(text)")
        }
    }

    @Test(arguments: [
        "", "-", "-x", "tomorrow", "2026-02-29", "1900-01-01", "2100-02-29", "2026-13-01", "2026-00-01", "2026-01-00",
        "2026-1-1", "2026-01-01T24:00:00Z", "2026-01-01T23:59:60Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00+07:00",
        "2026-01-01T00:00Z", "2026-01-01TT00:00:00Z", "2026-01-01 00:00:00Z", "+5", "٢٠٢٦-٠١-٠١",
    ])
    func whatIsNoMomentIsRefused(_ text: String) {
        #expect(throws: ValidationError.self) { try Moment(text) }
    }
}
