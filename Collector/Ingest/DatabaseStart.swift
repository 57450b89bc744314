package import Logging
package import Store
import SystemCalls
import Telemetry

/// What a collector does with its database before it serves anybody.
package enum DatabaseStart {
    /// Brings the schema to this program's version and reads the registry, and waits for the database as long as it
    /// takes.
    /// - Parameter pause: waits so many milliseconds; false ends the waiting.
    /// - Returns: the keys that may send; nil when `pause` ended it.
    /// - Throws: `.schema` or `.refused`, which waiting does not help.
    package static func prepare(
        conninfo: String, logger: Logger, pause: (Int32) -> Bool
    ) throws(StoreError) -> [EnrolledKey]? {
        let limited = RateLimitedLogger(logger)
        var backoff = Backoff()
        var random = SystemRandomNumberGenerator()
        while true {
            do throws(StoreError) {
                let connection = try StoreConnection(conninfo: conninfo, applicationName: "darkscope-collector start")
                let (from, to) = try connection.migrate()
                let message: Logger.Message = from == to ? "the schema is current" : "the schema was brought up to date"
                logger.info(message, metadata: ["from": "\(from)", "version": "\(to)"])
                return try connection.enrolledKeys()
            } catch {
                guard error.kind == .unavailable else { throw error }
                let wait = backoff.next(using: &random)
                limited.log(
                    level: .warning,
                    "waiting for the database. Start PostgreSQL, or correct database.connection",
                    metadata: ["err": "\(error.message)"])
                guard pause(Int32(clamping: wait / 1_000_000)) else { return nil }
            }
        }
    }
}
