import Aggregation
import Capture
import FlowModel
import Glibc
import Logging
import Runtime
import Spool
import SystemCalls
import Telemetry

/// `run` on an interface: captures until it is told to stop.
///
/// Owned by: the main thread, which is the capture thread.
struct LiveRun {
    let settings: SensorSettings

    /// Seconds between two attempts to open a lost interface.
    private static let reopenSeconds: Int32 = 2

    func run() throws {
        guard let live = settings.live else { preconditionFailure("a live run has an interface") }
        OperatorLogHandler.bootstrap(level: settings.logLevel)
        var log = Logger(label: "darkscope-sensor")
        log.logLevel = settings.logLevel
        let source: LiveSource
        do throws(CaptureError) { source = try LiveSource(live) } catch { throw error.programError }
        try settings.privilege.applyForCapture(log)
        let stop = try StopSignal()
        let secret = try SiteSecret(stateDirectory: settings.stateDirectory)

        let delivery = try Delivery(settings, secret, log: log)
        let start = Clock.wallNanoseconds() / 1_000_000
        let aggregation = settings.aggregation(hashSeed: (try randomUInt64(), try randomUInt64()))
        var aggregator = Aggregator(settings: aggregation, mode: .live(startMilliseconds: start))
        aggregator.conditions.sensorVersion = Version.text
        aggregator.conditions.configurationDigest = settings.digest
        if let through = delivery.spooledThrough { delivery.keeper.noteRest(from: through, to: start / 1_000) }
        log.info(
            "capturing",
            metadata: [
                "interface": "\(live.interface)", "window": "\(settings.windowSeconds)s",
                "prefixes": "\(settings.prefixes.count)", "records_per_window": "\(settings.memory.records)",
                "memory_at_most": "\(settings.memoryBound >> 20)MiB",
            ])
        ServiceManager.notify("READY=1\nSTATUS=capturing \(live.interface)")

        capture(source, &aggregator, delivery.keeper, stop, log)
        ServiceManager.notify("STOPPING=1")
        delivery.stop()
        log.info("stopped")
    }

    private func capture(
        _ source: LiveSource, _ aggregator: inout Aggregator, _ keeper: SpoolKeeper, _ stop: StopSignal, _ log: Logger
    ) {
        let batch = PacketBatch()
        var waiting: [ClosedWindow] = []
        var nextLook: Int64 = 0
        let quietLog = RateLimitedLogger(log)
        var watch = CaptureWatch(log: quietLog)
        while !stop.isRaised {
            var isLost = false
            switch source.fill(batch, waitMilliseconds: 200, wake: stop.descriptor) {
            case .packets: aggregator.ingest(batch)
            case .idle: break
            case .lost(let error):
                quietLog.log(level: .warning, "\(error)")
                isLost = true
            }
            let wall = Clock.wallNanoseconds() / 1_000_000
            if isLost || wall >= nextLook || wall < nextLook - 2_000 {
                nextLook = wall + 1_000
                watch.look(source, &aggregator, wallMilliseconds: wall)
            }
            aggregator.mayClose = waiting.isEmpty
            aggregator.advance(toMilliseconds: wall)
            waiting += aggregator.takeClosedWindows()
            let given = waiting.prefix { keeper.tryGive(.window($0, .live)) }.count
            waiting.removeFirst(given)
            if isLost { reopen(source, stop) }
        }
        // What came before the stop belongs to this run: the kernel hands over its last block after 100 ms. A flood must
        // not hold the stop back.
        let end = Clock.monotonicNanoseconds() + 500_000_000
        while Clock.monotonicNanoseconds() < end, source.fill(batch, waitMilliseconds: 150, wake: -1) == .packets {
            aggregator.ingest(batch)
        }
        let wall = Clock.wallNanoseconds() / 1_000_000
        watch.look(source, &aggregator, wallMilliseconds: wall)
        aggregator.finish(nowMilliseconds: wall)
        for window in waiting + aggregator.takeClosedWindows() { keeper.give(.window(window, .live)) }
    }

    private func reopen(_ source: LiveSource, _ stop: StopSignal) {
        if stop.wait(milliseconds: LiveRun.reopenSeconds * 1_000) { return }
        do throws(CaptureError) {
            try Privileges.exercising(.netRaw) { () throws(CaptureError) in try source.reopen() }
        } catch {
            // `fill` gives it as the reason of the loss.
        }
    }
}

extension CaptureError {
    /// The error as the end of the program.
    var programError: ProgramError {
        let code: ExitCode =
            switch kind {
            case .unreadable: .noInput
            case .damaged: .data
            case .noInterface, .interfaceDown: .unavailable
            case .noPrivilege: .noPermission
            case .refused: .failure
            }
        return ProgramError(code, description)
    }
}
