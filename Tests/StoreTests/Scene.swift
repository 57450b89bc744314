import FlowModel
import Support
import Testing
import WireFormat

@testable import Store

/// A database with one site and one sensor, and the batches of that sensor.
struct Scene {
    let database: TestDatabase
    let connection: StoreConnection
    let sensor: Int32
    let publicKey: [UInt8]
    let epoch = Epoch(high: 0x0123_4567_89AB_CDEF, low: 42)

    /// - Parameter schema: only so many migrations are run.
    init(schema: Int = Migration.current) throws {
        database = try TestDatabase(migrated: schema == Migration.current)
        connection = try database.connect()
        for migration in Migration.all.prefix(schema == Migration.current ? 0 : schema) {
            try connection.script(migration.sql)
            try connection.query(
                "INSERT INTO meta.schema_version (version, name) VALUES ($1::int4, $2)",
                ["\(migration.version)", migration.name])
        }
        publicKey = (0..<32).map { _ in UInt8.random(in: 0...255) }
        try connection.query("INSERT INTO meta.site (code, name) VALUES ('alpha', 'Alpha')")
        let id = try connection.query("INSERT INTO meta.sensor (site, name) VALUES (1, 'edge') RETURNING id")
        sensor = try #require(id.number(0, 0, as: Int32.self))
        try connection.query(
            "INSERT INTO meta.sensor_key (sensor, public_key) VALUES ($1::int4, $2::bytea)",
            ["\(sensor)", Literal.bytes(publicKey)])
    }

    func pending(
        _ content: BatchContent, sequence: UInt64, epoch: Epoch? = nil, digest: UInt64? = nil, isImport: Bool = false
    ) -> PendingBatch {
        PendingBatch(
            sensor: sensor, publicKey: publicKey, epoch: epoch ?? self.epoch, sequence: sequence,
            digest: digest ?? sequence &* 0x9E37_79B9_7F4A_7C15, content: content, encoded: [1, 2, 3],
            receivedUnixMicroseconds: 1_760_000_000_123_456, isImport: isImport)
    }

    /// A small batch of flows whose window is that of `start`.
    func flows(_ sequence: UInt64, start: Int64 = 1_760_000_040, records: Int = 3) -> PendingBatch {
        var random = SystemRandomNumberGenerator()
        return pending(
            .flows(Sample.batch(family: .ipv4, records: records, start: start, using: &random)), sequence: sequence)
    }

    /// The rows of a query, each as one text.
    func rows(_ sql: String) throws -> [String] {
        let result = try connection.query("SELECT (q)::text FROM (\(sql)) q")
        return (0..<result.rowCount).map { result.text($0, 0) ?? "NULL" }
    }

    /// The first field of a query's first row.
    func value(_ sql: String) throws -> String? { try connection.query(sql).text(0, 0) }
}
