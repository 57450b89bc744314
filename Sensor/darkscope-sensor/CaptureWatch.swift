import Aggregation
import Capture
import FlowModel
import Logging
import SystemCalls
import Telemetry

/// What the kernel knows of a capture beside its packets: its counters, the link and the clock.
///
/// Owned by: the capture thread.
struct CaptureWatch {
    let log: RateLimitedLogger
    /// What no window has taken yet.
    private var counters = CaptureStatistics()
    private var link = LinkState.unknown

    init(log: RateLimitedLogger) { self.log = log }

    /// Reads it for the account of the open windows; a link that has changed is logged.
    mutating func look(_ source: LiveSource, _ aggregator: inout Aggregator, wallMilliseconds: Int64) {
        counters += source.statistics()
        if aggregator.noteKernelStatistics(
            received: counters.received, dropped: counters.dropped, interfaceDropped: counters.interfaceDropped)
        {
            counters = CaptureStatistics()
        }
        let now = source.link
        aggregator.noteLink(now, atMilliseconds: wallMilliseconds)
        if now != link, now != .up || link != .unknown {
            log.log(level: now == .up ? .notice : .warning, "\(source.settings.interface) is \(now)")
        }
        link = now
        if let clock = ClockDiscipline.read() {
            aggregator.conditions.clock = clock.isSynchronised ? .synchronised : .unsynchronised
            aggregator.conditions.clockOffsetMicroseconds = clock.estimatedErrorMicroseconds
        }
    }
}
