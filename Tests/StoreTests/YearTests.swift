import Foundation
import Testing

@testable import Store

/// Years in NICTER's form.
@Suite struct YearTests {
    private func addDay(
        _ scene: Scene, _ start: String, observed: Double, expected: Double, packets4: Int, packets6: Int = 0
    ) throws {
        try scene.connection.query(
            """
            INSERT INTO rollup.coverage
            VALUES (86400, $1::timestamptz, 1, 86400, \(observed), \(expected), \(packets4), \(packets6), 1, 0, 0, 0, 0, 0, 0)
            """, [start])
    }

    @Test func aYearHasItsPacketsAddressesAndTheRateOfItsObservedTime() throws {
        let scene = try Scene()
        let day = 86_400.0 * 256
        try addDay(scene, "2023-12-31Z", observed: day, expected: day, packets4: 256)
        try addDay(scene, "2024-01-01Z", observed: day / 2, expected: day, packets4: 256, packets6: 7)
        try addDay(scene, "2024-12-31Z", observed: 2 * day, expected: 2 * day, packets4: 384)
        let rows = try scene.rows(
            "SELECT year, sites, packets, addresses, packets_per_address, round(coverage::numeric, 4) FROM api.year WHERE sites > 0 ORDER BY 1"
        )
        // A leap year: 366 days of 640 packets in 2.5 observed days of 256 addresses.
        #expect(rows == ["(2023,1,256,256,365,1.0000)", "(2024,1,647,384,366,0.8333)"])
    }

    @Test(arguments: ["UTC", "Asia/Kathmandu", "America/St_Johns"])
    func aYearDividesByTheAddressesOfEachOfItsDays(zone: String) throws {
        let scene = try CoverageTests.scene([
            ("198.51.100.0/24", "(,\"2024-07-02T12:00Z\")"), ("198.51.100.0/23", "[\"2024-07-02T12:00Z\",)"),
        ])
        try scene.connection.query("SET TimeZone = '\(zone)'")
        // Every dark address gets a packet an hour: three days around the change, the last of the leap year, the first
        // of the next.
        let (change, newYear): (Int64, Int64) = (1_719_792_000, 1_735_689_600)
        let hours = (0..<72).map { ($0, change, $0 < 36 ? 256 : 512) } + (-24..<24).map { ($0, newYear, 512) }
        try CoverageTests.store(
            scene,
            hours.map {
                CoverageTests.batch($1 + Int64($0) * CoverageTests.hour, length: 3_600, packets: UInt32($2))
            })
        try RollupTests.drain(scene.connection)
        let rows = try scene.rows(
            """
            SELECT year, sites, packets, addresses, packets_per_address, coverage FROM api.year WHERE sites > 0
            ORDER BY 1
            """)
        // 36 hours of 256 addresses and 60 of 512 in 366 days, 24 hours of 512 in 365; a packet an hour in either.
        #expect(rows == ["(2024,1,39936,416,8784,1)", "(2025,1,12288,512,8760,1)"])
    }

    @Test func yearsOfNICTERStandBesideOurs() throws {
        let scene = try Scene()
        try addDay(scene, "2025-06-01Z", observed: 0, expected: 86_400, packets4: 0)
        let row =
            "SELECT packets, addresses, packets_per_address, nicter_packets, nicter_addresses, nicter_packets_per_address"
        #expect(try scene.rows("\(row) FROM api.year WHERE year = 2025") == ["(0,1,,701000000000.0,280000,2500000)"])
        #expect(try scene.rows("\(row) FROM api.year WHERE year = 2005") == ["(,,,310000000.00,16000,19066)"])
        #expect(try scene.value("SELECT count(*) FROM api.year") == "17")
    }

    @Test(.enabled(if: YearTests.published != nil, "no ../shared/reference/nicter-yearly.csv"))
    func theSeriesIsThePublishedOne() throws {
        let scene = try Scene()
        let stored = try scene.rows(
            """
            SELECT year, round(packets / 1000000000, 2), addresses, packets_per_address, origin FROM meta.published_year
            ORDER BY year
            """)
        let lines = try #require(YearTests.published).split(separator: "\n").filter { $0.first?.isNumber == true }
        let expected = try lines.map { line in
            let parts = line.split(separator: ",")
            let billions = try #require(Double(parts[1]))
            return "(\(parts[0]),\(String(format: "%.2f", billions)),\(parts[2]),\(parts[3]),\(parts[4]))"
        }
        #expect(stored == expected)
    }

    private static let published: String? = {
        let shared = ProcessInfo.processInfo.environment["DARKSCOPE_SHARED"] ?? "../shared"
        return try? String(contentsOfFile: "\(shared)/reference/nicter-yearly.csv", encoding: .utf8)
    }()
}
