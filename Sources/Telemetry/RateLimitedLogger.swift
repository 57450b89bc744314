package import Logging
import Synchronization
import SystemCalls

/// A logger for what may happen often: the same message is said at most once in ten seconds, and the next time with
/// `suppressed=N`. Any thread may use it; threads share the count.
package final class RateLimitedLogger: Sendable {
    private let logger: Logger
    private let limit: Mutex<RateLimit>
    private let clock: @Sendable () -> Int64

    /// - Parameter clock: nanoseconds; does not go back.
    package init(
        _ logger: Logger, limit: RateLimit = RateLimit(), clock: @escaping @Sendable () -> Int64 = RateLimitedLogger.now
    ) {
        self.logger = logger
        self.limit = Mutex(limit)
        self.clock = clock
    }

    /// - Parameters:
    ///   - message: is the same as another by its text and level; what varies belongs into `metadata`.
    ///   - key: tells apart what has the same text, such as a peer's name.
    package func log(
        level: Logger.Level, _ message: @autoclosure () -> Logger.Message, key: String = "",
        metadata: @autoclosure () -> Logger.Metadata? = nil, file: String = #fileID, function: String = #function,
        line: UInt = #line
    ) {
        guard logger.logLevel <= level else { return }
        let message = message()
        let now = clock()
        let identity = "\(level) \(message) \(key)"
        guard case .pass(let suppressed) = limit.withLock({ $0.admit(identity, now: now) }) else { return }
        var all = metadata() ?? [:]
        if suppressed > 0 { all["suppressed"] = "\(suppressed)" }
        logger.log(level: level, message, metadata: all, file: file, function: function, line: line)
    }

    package static let now: @Sendable () -> Int64 = { Clock.monotonicNanoseconds() }
}
