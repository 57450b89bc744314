import Logging
import Synchronization
import Testing

@testable import Telemetry

/// Lines of a log, from any thread.
final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func logger(level: Logger.Level = .info, _ provider: Logger.MetadataProvider? = nil) -> Logger {
        Logger(label: "test") { label in
            var handler = OperatorLogHandler(component: label, level: level, format: .journal) { line in
                self.lines.withLock { $0.append(line) }
            }
            handler.metadataProvider = provider
            return handler
        }
    }
}

struct OperatorLogHandlerTests {
    @Test func anEventIsOneLineWithItsFieldsSorted() {
        let lines = Lines()
        lines.logger().info("ready", metadata: ["endpoint": "tcp://127.0.0.1:1", "b": ["x", "y"], "a": "1"])
        #expect(
            lines.all
                == [
                    "<6>level=info msg=ready component=test a=1 b=\"[\\\"x\\\", \\\"y\\\"]\" endpoint=tcp://127.0.0.1:1\n"
                ])
    }

    @Test func theNearestMetadataWins() {
        let lines = Lines()
        var logger = lines.logger(.init { ["a": "provider", "b": "provider"] })
        logger[metadataKey: "a"] = "logger"
        logger[metadataKey: "c"] = "logger"
        #expect(logger[metadataKey: "c"] == "logger")
        logger.info("m", metadata: ["b": "event"])
        #expect(lines.all == ["<6>level=info msg=m component=test a=provider b=event c=logger\n"])
    }

    @Test func anErrorIsAField() {
        struct Failure: Error, CustomStringConvertible { let description = "open /x: Permission denied" }
        let lines = Lines()
        lines.logger().error("cannot start", error: Failure())
        #expect(
            lines.all == ["<3>level=error msg=\"cannot start\" component=test err=\"open /x: Permission denied\"\n"])
    }

    @Test func whatIsBelowTheLevelIsNotSaid() {
        let lines = Lines()
        let logger = lines.logger(level: .warning)
        logger.info("no")
        logger.warning("yes")
        #expect(lines.all == ["<4>level=warning msg=yes component=test\n"])
    }
}

struct RateLimitTests {
    private let interval: Int64 = 10

    @Test func aMessagePassesOnceInAnIntervalAndThenTellsWhatItHeldBack() {
        var limit = RateLimit(interval: interval)
        #expect(limit.admit("a", now: 100) == .pass(suppressed: 0))
        #expect(limit.admit("a", now: 100) == .suppress)
        #expect(limit.admit("a", now: 109) == .suppress)
        #expect(limit.admit("b", now: 109) == .pass(suppressed: 0))
        #expect(limit.admit("a", now: 110) == .pass(suppressed: 2))
        #expect(limit.admit("a", now: 119) == .suppress)
        #expect(limit.admit("a", now: 500) == .pass(suppressed: 1))
        #expect(limit.admit("a", now: 510) == .pass(suppressed: 0))
    }

    @Test func aFloodOfDifferentMessagesIsBounded() {
        var limit = RateLimit(interval: interval, capacity: 4)
        var passed = 0
        for number in 0..<1000 where limit.admit("\(number)", now: 0) != .suppress { passed += 1 }
        #expect(passed == 5)
        #expect(limit.admit("more", now: 9) == .suppress)
        // The first four are forgotten after an interval, and make room.
        #expect(limit.admit("new", now: 10) == .pass(suppressed: 0))
        #expect(limit.admit("new", now: 11) == .suppress)
    }

    @Test func theSharedEntryTellsWhatItHeldBack() {
        var limit = RateLimit(interval: interval, capacity: 1)
        #expect(limit.admit("a", now: 0) == .pass(suppressed: 0))
        #expect(limit.admit("b", now: 1) == .pass(suppressed: 0))
        #expect(limit.admit("c", now: 2) == .suppress)
        #expect(limit.admit("a", now: 10) == .pass(suppressed: 0))
        #expect(limit.admit("d", now: 11) == .pass(suppressed: 1))
    }
}

struct RateLimitedLoggerTests {
    @Test func theSuppressedAreCountedInTheNextLine() {
        let lines = Lines()
        let time = Mutex<Int64>(0)
        let logger = RateLimitedLogger(lines.logger()) { time.withLock { $0 } }
        for number in 0..<3 { logger.log(level: .warning, "lost", metadata: ["n": "\(number)"]) }
        logger.log(level: .warning, "lost", key: "another peer")
        logger.log(level: .error, "lost")
        logger.log(level: .debug, "not at this level")
        time.withLock { $0 = 10_000_000_000 }
        logger.log(level: .warning, "lost", metadata: ["n": "3"])
        #expect(
            lines.all == [
                "<4>level=warning msg=lost component=test n=0\n", "<4>level=warning msg=lost component=test\n",
                "<3>level=error msg=lost component=test\n",
                "<4>level=warning msg=lost component=test n=3 suppressed=2\n",
            ])
    }
}
