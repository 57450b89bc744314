import FlowModel
import Support
import Testing

@testable import Store

/// Connections break at any moment; nothing is lost or doubled by it.
@Suite struct LossTests {
    @Test func noServerIsUnavailable() {
        let error = #expect(throws: StoreError.self) {
            try StoreConnection(conninfo: "host=/nonexistent dbname=none", applicationName: "test")
        }
        #expect(error?.kind == .unavailable)
        #expect(error?.message.contains("\n") == false)
    }

    @Test func aBackendTerminatedInTheMiddleIsUnavailableAndThenExact() async throws {
        let scene = try Scene()
        #expect(try scene.connection.store([scene.flows(1)]) == [.stored])
        let conninfo = scene.database.conninfo
        let group = [scene.flows(1), scene.flows(2), scene.flows(3)]
        // The blocker lets the group get as far as the last table that it writes, with everything else written.
        let blocker = try scene.database.connect()
        try blocker.query("BEGIN")
        try blocker.query("LOCK TABLE raw.flow IN SHARE MODE")
        async let attempt = Task.detached { () -> StoreError? in
            do {
                let connection = try StoreConnection(conninfo: conninfo, applicationName: "victim")
                _ = try connection.store(group)
                return nil
            } catch {
                return error as? StoreError
            }
        }.value
        let victims = "FROM pg_stat_activity WHERE application_name = 'victim' AND wait_event_type = 'Lock'"
        while try scene.value("SELECT count(*) \(victims)") == "0" { await Task.yield() }
        try scene.connection.query("SELECT pg_terminate_backend(pid) \(victims)")
        #expect(await attempt?.kind == .unavailable)
        try blocker.query("ROLLBACK")
        #expect(try scene.value("SELECT count(*) FROM raw.batch") == "1")
        #expect(try scene.connection.store(group) == [.duplicate, .stored, .stored])
        #expect(try scene.value("SELECT count(*) FROM api.flow") == "9")
        #expect(try scene.value("SELECT sum(aggregated) = (SELECT sum(packets) FROM api.flow) FROM api.account") == "t")
    }

    @Test func aConnectionTerminatedBetweenGroupsSaysSoAndStaysDead() throws {
        let scene = try Scene()
        let connection = try scene.database.connect()
        try scene.connection.query("SELECT pg_terminate_backend($1::int4)", ["\(connection.serverProcess)"])
        let error = #expect(throws: StoreError.self) { try connection.store([scene.flows(1)]) }
        #expect(error?.kind == .unavailable)
        #expect(!connection.isAlive)
    }

    @Test func aReadOnlyDatabaseIsUnavailableNotRefused() throws {
        let scene = try Scene()
        try scene.connection.query("SET default_transaction_read_only = on")
        let error = #expect(throws: StoreError.self) { try scene.connection.store([scene.flows(1)]) }
        #expect(error?.kind == .unavailable)
        try scene.connection.query("SET default_transaction_read_only = off")
        #expect(try scene.connection.store([scene.flows(1)]) == [.stored])
    }

    @Test func aMissingTableIsTheSchemasFault() throws {
        let scene = try Scene()
        try scene.connection.query("DROP TABLE raw.overflow CASCADE")
        try scene.connection.query("ALTER TABLE raw.batch DROP COLUMN late CASCADE")
        let error = #expect(throws: StoreError.self) { try scene.connection.store([scene.flows(1)]) }
        #expect(error?.kind == .schema)
        #expect(try scene.value("SELECT count(*) FROM raw.dead_letter") == "0")
    }

    @Test func twoConnectionsStoringTheSameBatchesStoreEachOnce() async throws {
        let scene = try Scene()
        let conninfo = scene.database.conninfo
        let batches = (1...40).map { scene.flows(UInt64($0), records: 5) }
        let stored = try await withThrowingTaskGroup(of: Int.self) { group in
            for offset in [0, 20] {
                group.addTask {
                    let connection = try StoreConnection(conninfo: conninfo, applicationName: "worker")
                    var stored = 0
                    for start in stride(from: 0, to: 40, by: 4) {
                        let at = (start + offset) % 40
                        stored += try connection.store(Array(batches[at..<at + 4])).count { $0 == .stored }
                    }
                    return stored
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(stored == 40)
        #expect(try scene.value("SELECT count(*) FROM api.flow") == "200")
    }
}
