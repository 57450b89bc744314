import Aggregation
import Capture
import FlowModel
import Glibc
import Logging
import Runtime
import Spool
import SystemCalls
import Telemetry

/// `run --read`: reads capture files one after the other and ends when all of them are delivered.
///
/// Owned by: the main thread, which is the capture thread.
struct ImportRun {
    let settings: SensorSettings
    let pacing: Pacing

    func run(_ paths: [String]) throws {
        OperatorLogHandler.bootstrap(level: settings.logLevel)
        var log = Logger(label: "darkscope-sensor")
        log.logLevel = settings.logLevel
        try settings.privilege.applyForReading()
        let stop = try StopSignal()
        let secret = try SiteSecret(stateDirectory: settings.stateDirectory)
        for path in paths where path != "-" {
            // Before anything is sent: a name that is mistyped.
            do throws(CaptureError) { _ = try FileSource(path: path) } catch {
                if error.kind != .damaged { throw error.programError }
            }
        }
        let delivery = try Delivery(settings, secret, log: log)
        ServiceManager.notify("READY=1")
        var failures: [ProgramError] = []
        for path in paths where !stop.isRaised {
            do {
                if case .damaged(let error) = try read(path, secret, delivery.keeper, stop, log) {
                    throw error.programError
                }
            } catch {
                let failure = (error as? CaptureError)?.programError ?? error as? ProgramError
                guard let failure else { throw error }
                // The last one is said when the program ends.
                if let before = failures.last { log.error("\(before)") }
                failures.append(failure)
            }
        }
        delivery.keeper.finish()
        while !stop.isRaised, delivery.keeper.failure == nil, !delivery.keeper.delivered.wait(milliseconds: 200) {}
        let isDelivered = delivery.keeper.delivered.wait(milliseconds: 0)
        delivery.stop()
        if let failure = delivery.keeper.failure { throw failure }
        guard isDelivered else {
            throw ProgramError(
                .temporary, "stopped before everything was delivered. Run the same command again to go on")
        }
        if let failure = failures.last { throw failure }
        log.info("delivered", metadata: ["files": "\(paths.count)"])
    }

    private func read(
        _ path: String, _ secret: SiteSecret, _ keeper: SpoolKeeper, _ stop: StopSignal, _ log: Logger
    ) throws -> FileReading.End {
        let shift = try FileReading.shift(path, pacing, nowSeconds: Clock.wallNanoseconds() / 1_000_000_000)
        let identity = try FileIdentity(path: path, settings: settings.batchSettings(shift: shift), secret: secret)
        let reading = FileReading(
            path: path, pacing: pacing, aggregation: settings.aggregation(hashSeed: identity.hashSeed),
            conditions: settings.fileConditions(shift: shift))
        log.info("reading", metadata: ["file": "\(path)", "stream": "\(identity.epoch)", "shift": "\(shift)s"])
        let end = try reading.run({ stop.wait(milliseconds: $0) }, { keeper.give(.window($0, .file(identity.epoch))) })
        if case .stopped = end { return end }
        keeper.give(.endOfFile(identity.epoch))
        return end
    }
}
