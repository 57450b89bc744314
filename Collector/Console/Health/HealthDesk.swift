import Alerts
import Store
import Telemetry

/// Answers whether the program can do its work, and what it counts.
struct HealthDesk: Sendable {
    private let probe: ConsoleProbe
    private let counters: RequestCounters
    private let hubs: EventHubs
    private let database: Remembered<[String]>
    private let figures: Remembered<Answer?>

    /// A database that has not answered by then does not serve.
    private static let patience = Duration.seconds(5)

    /// - Parameter accounts: where sessions are; nil without accounts.
    init(
        _ probe: ConsoleProbe, pool: QueryPool, accounts: QueryPool?, hubs: EventHubs, counters: RequestCounters
    ) {
        self.probe = probe
        self.counters = counters
        self.hubs = hubs
        let stores = probe.stores
        database = Remembered(for: .seconds(1)) {
            let problems = await HealthDesk.databaseProblems(pool, stores: stores)
            guard problems.isEmpty, let accounts else { return problems }
            return await HealthDesk.accountProblems(accounts)
        }
        figures = Remembered(for: .seconds(10)) {
            try? await HealthDesk.soon { try await pool.ask { try $0.readTogether($0.consoleMetrics) } }
        }
    }

    /// Why it cannot do its work, a sentence each; empty when it can.
    func problems() async -> [String] { await database.value() + probe.problems() }

    private static func databaseProblems(_ pool: QueryPool, stores: Bool) async -> [String] {
        await problems {
            try await pool.ask { connection in
                try connection.requireCurrentSchema()
                guard stores, try connection.isReplica() else { return [] }
                return ["the database is a replica, in which nothing can be committed"]
            }
        }
    }

    /// Why sessions cannot be looked for: a new connection says what is wrong with roles and replicas.
    private static func accountProblems(_ pool: QueryPool) async -> [String] {
        await problems { try await pool.ask { _ in [] } }
    }

    private static func problems(_ ask: @escaping @Sendable () async throws -> [String]) async -> [String] {
        do {
            return try await soon(ask)
        } catch let error as StoreError {
            return [error.message]
        } catch let problem as Problem {
            return [problem.detail]
        } catch {
            return ["the database has not answered within \(patience)"]
        }
    }

    /// The value of `body`, which is cancelled when it takes too long.
    private static func soon<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: patience)
                throw CancellationError()
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }

    /// Everything that is counted, for Prometheus.
    func metrics() async -> String {
        var text = MetricsText()
        text.add(
            "darkscope_build_info", .gauge, "1, with the program and its version.",
            [.init(1, [("program", probe.program), ("version", probe.version)])])
        let problems = await problems()
        text.add("darkscope_ready", .gauge, "1 when /readyz says so, else 0.", problems.isEmpty ? 1 : 0)
        probe.metrics(&text)
        if let answer = await figures.value() { HealthDesk.write(answer, to: &text) }
        counters.write(to: &text)
        text.add("darkscope_console_followers", .gauge, "Clients that follow events now.", hubs.followers)
        return text.text
    }

    /// What the database tells; nothing of it is written while it does not.
    static func write(_ answer: Answer, to text: inout MetricsText) {
        func samples(_ kind: String, _ label: String?) -> [MetricsText.Sample] {
            answer.rows.indices.compactMap { row in
                guard answer.text(row, "kind") == kind, let value = answer.text(row, "value").flatMap({ Double($0) })
                else { return nil }
                return .init(value, label.map { [($0, answer.text(row, "label") ?? "")] } ?? [])
            }
        }
        text.add(
            "darkscope_sensor_last_commit_timestamp_seconds", .gauge,
            "When the last batch of each active sensor was stored; none while there is none.",
            samples("commit", "sensor"))
        text.add(
            "darkscope_sensor_lag_seconds", .gauge, "Since the end of the newest live window of each active sensor.",
            samples("lag", "sensor"))
        text.add("darkscope_sensors", .gauge, "Active sensors by state.", samples("state", "state"))
        text.add(
            "darkscope_outbox_messages", .gauge, "Notices to contacts that are due, or were given up (dead).",
            samples("message", "state"))
        text.add("darkscope_alerts", .gauge, "Alerts that go on, by state.", samples("alert", "state"))
        text.add("darkscope_database_bytes", .gauge, "Size of the database.", samples("size", nil))
    }
}
