import Alerts
import Support
import Testing

@testable import Store

/// A database with organisations, sites and sensors, and a clock that tests set.
final class AlertScene {
    let database: TestDatabase
    let connection: StoreConnection
    /// Unix milliseconds; 2026-03-02T12:00Z, a Monday.
    var now: Int64 = 1_772_452_800_000

    /// Sites 1 and 2 of normal trust with sensors 1 and 2, site 3 of high trust with sensor 3, site 4 of low trust with
    /// sensor 4; sensor 5 is at site 1, too. Organisation 1 has block 1, 192.0.2.0/24, and one contact.
    init() throws {
        database = try TestDatabase()
        connection = try database.connect()
        try connection.script(
            """
            INSERT INTO meta.site (code, name, trust) VALUES ('one', 'One', 'normal'), ('two', 'Two', 'normal'),
                ('own', 'Own', 'high'), ('new', 'New', 'low');
            INSERT INTO meta.sensor (site, name) VALUES (1, 'a'), (2, 'a'), (3, 'a'), (4, 'a'), (1, 'b');
            """)
        try organisation("city", "192.0.2.0/24")
    }

    /// Registers an organisation with a proven block and a contact.
    func organisation(
        _ code: String, _ block: String, proof: String = "proven", contact: Bool = true,
        _ columns: [String: String] = [:]
    ) throws {
        let names = columns.keys.sorted()
        let values = names.map { columns[$0] ?? "NULL" }
        try connection.query(
            """
            INSERT INTO meta.organisation (\((["code", "name"] + names).joined(separator: ", ")))
            VALUES (\((["'\(code)'", "'City'"] + values).joined(separator: ", ")))
            """)
        try connection.query(
            """
            INSERT INTO meta.organisation_prefix (organisation, prefix, validity, proof)
            SELECT id, $2::cidr, '[2020-01-01,)', $3 FROM meta.organisation WHERE code = $1
            """, [code, block, proof])
        if contact { try addContact(code) }
    }

    func addContact(_ code: String) throws {
        try connection.query(
            """
            INSERT INTO meta.contact (organisation, channel, target, format)
            SELECT id, 'file', code, 'json' FROM meta.organisation WHERE code = $1
            """, [code])
    }

    /// Appends evidence: packets of a window that ends now, each to another dark address, unless told otherwise.
    /// - Parameter ago: seconds since the window's end.
    func arrive(
        _ address: String = "192.0.2.7", organisation: Int = 1, prefix: Int = 1, kind: String = "external",
        sensor: Int = 1, packets: Int64 = 12, destinations: Int64 = 12, destination: String? = "198.18.0.1",
        class: Int = 1,
        protocol: Int = 6, port: Int = 23, ago: Int64 = 0, receivedAgo: Int64? = 0, ttl: Int = 50, mirai: Int64 = 0,
        reporter: String? = nil
    ) throws {
        let end = now / 1_000 - ago
        try connection.query(
            """
            INSERT INTO alert.arrival SELECT $1::int4, $2::int4, $3::inet, $4, $5::int4, to_timestamp($6::int8 - 60), 60,
                to_timestamp($7::int8), $8::int2, $9::int2, $10::int4, $11::int8, $12::int8, to_timestamp($6::int8 - 50),
                to_timestamp($6::int8 - 1), 40000, $13::inet, $14::int2, 44, 2, 0, 0, $15::int8, NULL, $16::inet
            """,
            [
                "\(organisation)", "\(prefix)", address, kind, "\(sensor)", "\(end)",
                "\(now / 1_000 - (receivedAgo ?? 0))", "\(`class`)", "\(`protocol`)", "\(port)", "\(packets)",
                "\(destinations)", destination, "\(ttl)", "\(mirai)", reporter,
            ])
    }

    /// Lets time go by.
    func pass(hours: Int64 = 0, minutes: Int64 = 0) { now += (hours * 60 + minutes) * 60_000 }

    /// Judges until there is nothing more to do.
    @discardableResult
    func judge() throws -> JudgeOutcome {
        var outcome = try connection.judge(now: now)
        while outcome.hasMore { outcome = try connection.judge(now: now) }
        return outcome
    }

    /// The rows of a query, each as one text.
    func rows(_ sql: String) throws -> [String] {
        let result = try connection.query("SELECT (q)::text FROM (\(sql)) q")
        return (0..<result.rowCount).map { result.text($0, 0) ?? "NULL" }
    }

    func value(_ sql: String) throws -> String? { try connection.query(sql).text(0, 0) }

    /// The state of the only alert, or of that of an address.
    func state(_ address: String = "192.0.2.7") throws -> String? {
        try value("SELECT state FROM alert.alert WHERE address = '\(address)'")
    }

    /// What the notices said, in order: reason and news.
    func told() throws -> [String] {
        try rows(
            """
            SELECT n.reason, i.news FROM alert.notice n JOIN alert.notice_item i ON i.notice = n.id ORDER BY n.id, i.number
            """)
    }
}
