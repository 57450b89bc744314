import Testing

@testable import Store

/// alert.local_times: what an organisation's clock says.
@Suite struct LocalTimesTests {
    @Test func hoursDaysAndMorningsAreThoseOfTheZone() throws {
        let scene = try AlertScene()
        func times(_ at: String, _ zone: String) throws -> [String] {
            try scene.rows("SELECT * FROM alert.local_times('\(at)', '\(zone)')")
                .map { $0.filter { !"()\"".contains($0) } }
        }
        #expect(
            try times("2026-03-02T12:40Z", "Asia/Kolkata") == [
                "18:10:00,2026-03-01 18:30:00+00,2026-03-02 12:30:00+00,2026-03-02 02:30:00+00"
            ])
        #expect(
            try times("2026-03-02T02:00Z", "UTC") == [
                "02:00:00,2026-03-02 00:00:00+00,2026-03-02 02:00:00+00,2026-03-01 08:00:00+00"
            ])
        // The hour that comes twice, the second time; that day has 25.
        #expect(
            try times("2026-10-25T01:30Z", "Europe/Berlin") == [
                "02:30:00,2026-10-24 22:00:00+00,2026-10-25 01:00:00+00,2026-10-24 06:00:00+00"
            ])
        #expect(
            try times("2026-10-25T07:00Z", "Europe/Berlin") == [
                "08:00:00,2026-10-24 22:00:00+00,2026-10-25 07:00:00+00,2026-10-25 07:00:00+00"
            ])
        // Midnight does not exist there on that day.
        #expect(
            try times("2026-09-06T05:00Z", "America/Santiago") == [
                "02:00:00,2026-09-06 04:00:00+00,2026-09-06 05:00:00+00,2026-09-05 12:00:00+00"
            ])
        #expect(try times("2026-03-02T02:00Z", "Mars/Olympus") == (try times("2026-03-02T02:00Z", "UTC")))
    }
}
