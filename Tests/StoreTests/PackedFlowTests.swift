import FlowModel
import Support
import Testing
import WireFormat

@testable import Store

/// A database from before raw.flow was packed keeps what it has.
@Suite struct PackedFlowTests {
    @Test(arguments: [AddressFamily.ipv4, .ipv6])
    func rowsOfTheWideTableReadTheSameAfterTheMigration(family: AddressFamily) throws {
        var random = SystemRandomNumberGenerator()
        let batch = Sample.batch(family: family, policy: .permuted, records: 300, using: &random)
        let packed = try Scene()
        #expect(try packed.connection.store([packed.pending(.flows(batch), sequence: 1)]) == [.stored])

        let database = try TestDatabase(migrated: false)
        let connection = try database.connect()
        for migration in Migration.all.prefix(5) {
            try connection.script(migration.sql)
            try connection.script(
                "INSERT INTO meta.schema_version (version, name) VALUES (\(migration.version), '\(migration.name)')")
        }
        try connection.script(
            """
            INSERT INTO meta.site (code, name) VALUES ('alpha', 'Alpha');
            INSERT INTO meta.sensor (site, name) VALUES (1, 'edge');
            """)
        try connection.ensurePartitions([Day(unixSeconds: batch.window.start).number])
        try connection.script(insertIntoWide(batch))
        #expect(try connection.migrate() == (5, Migration.current))

        let query = "SELECT (f)::text FROM api.flow f ORDER BY 1"
        let (before, after) = (try packed.connection.query(query), try connection.query(query))
        #expect(before.rowCount == 300)
        #expect(
            (0..<before.rowCount).map { before.text($0, 0) } == (0..<after.rowCount).map { after.text($0, 0) })
        #expect(
            try connection.query("SELECT relname FROM pg_class WHERE relname LIKE 'flow%wide%'").rowCount == 0)
    }

    private func insertIntoWide(_ batch: FlowBatch) -> String {
        let isIPv4 = batch.family == .ipv4
        func array(_ type: String, _ value: (FlowRecord) -> String?) -> String {
            "'{" + batch.records.map { value($0) ?? "NULL" }.joined(separator: ",") + "}'::\(type)[]"
        }
        func address(_ value: (FlowRecord) -> UInt128?) -> String {
            let narrow = array("int4") { value($0).map { "\(Int64($0 & 0xFFFF_FFFF) - 0x8000_0000)" } }
            let wide = array("inet") { value($0).map { "\(Address(ipv6: $0))" } }
            return isIPv4 ? "\(narrow), NULL" : "NULL, \(wide)"
        }
        let identifiers = batch.signatures.map { Int64(bitPattern: $0.identifier) }
        let fields = [
            "to_timestamp(\(batch.window.start)), 60, 1, 1, 1, \(batch.family.rawValue), 2, \(batch.records.count)",
            "0, 65535, '0.0.0.0', 'ffff::'",
            array("int2") { "\($0.key.trafficClass.rawValue)" }, array("int4") { "\($0.key.servicePort)" },
            address { $0.key.source.bits }, array("int2") { "\($0.key.ipProtocol)" },
            address { $0.key.victim?.address.bits },
            array("int2") { $0.key.victim.map { "\($0.ipProtocol)" } },
            array("int4") { $0.key.victim.map { "\($0.port)" } }, array("int8") { "\($0.packets)" },
            array("int8") { "\($0.bytes)" }, array("int8") { "\($0.destinations.value)" },
            array("int2") { "\($0.destinations.precision.rawValue)" }, array("int4") { "\($0.firstMilliseconds)" },
            array("int4") { "\($0.lastMilliseconds)" }, array("int4") { "\($0.exemplar.sourcePort)" },
            address { $0.exemplar.destination }, array("int2") { "\($0.exemplar.ttl)" },
            array("int4") { "\($0.exemplar.ipLength)" }, array("int2") { "\($0.exemplar.tcpFlags)" },
            array("int8") { "\($0.tools.zmap)" }, array("int8") { "\($0.tools.masscan)" }, "NULL",
            array("int8") { $0.signature == 0 ? nil : "\(identifiers[Int($0.signature) - 1])" },
        ]
        return "INSERT INTO raw.flow VALUES (\(fields.joined(separator: ", ")))"
    }
}
