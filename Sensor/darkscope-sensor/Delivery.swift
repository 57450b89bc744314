import Aggregation
import FlowModel
import Logging
import Messaging
import Runtime
import Spool
import SystemCalls
import Telemetry
import Uplink

/// The spool thread and the uplink thread of a run: whoever captures gives its windows to `keeper`.
///
/// Owned by: the main thread.
struct Delivery {
    let keeper: SpoolKeeper
    let spooledThrough: Int64?
    private let mailbox: UplinkMailbox
    private let stopKeeper: EventDescriptor
    private let keeperThread: Worker
    private let uplinkThread: Worker

    init(_ settings: SensorSettings, _ secret: SiteSecret, log: Logger) throws {
        guard let uplinkSettings = settings.uplink else { preconditionFailure("delivery without a collector") }
        let directory = settings.stateDirectory + "/spool"
        let spool: Spool
        do throws(SpoolError) {
            spool = try Spool(
                directory: directory, limits: settings.spool, nowUnixNanoseconds: Clock.wallNanoseconds())
        } catch {
            throw ProgramError(.io, "\(error)")
        }
        if spool.recovery.isRemarkable {
            log.error("the spool was damaged; what is lost is declared", metadata: spool.recovery.metadata)
        }
        spooledThrough = spool.newestLiveWindowEnd
        let mailbox = try UplinkMailbox()
        let space = DarkSpace(settings.prefixes)
        let keeper = try SpoolKeeper(
            spool: spool, mailbox: mailbox,
            destinations: DestinationEncoder(policy: settings.policy, space: space, key: secret.permutationKey),
            policy: settings.policy, waitingRecords: settings.memory.records, log: log)
        let stop = try EventDescriptor()
        let reader = SpoolReader(directory: directory)
        self.mailbox = mailbox
        self.keeper = keeper
        stopKeeper = stop
        keeperThread = try Worker(name: "spool") {
            Privileges.renounce()
            keeper.run(until: stop)
        }
        uplinkThread = try Worker(name: "uplink") {
            Privileges.renounce()
            Uplink(uplinkSettings, reader: reader, mailbox: mailbox, log: log) { keeper.verdict($0) }.run()
        }
    }

    /// Ends both threads: everything given goes to the spool, and what can be delivered within two seconds is.
    func stop() {
        keeper.finish()
        _ = keeper.delivered.wait(milliseconds: 2_000)
        mailbox.stop()
        uplinkThread.join()
        stopKeeper.raise()
        keeperThread.join()
    }
}

extension RecoveryReport {
    /// What an operator should know, as fields of a log line.
    fileprivate var metadata: Logger.Metadata {
        var fields: Logger.Metadata = [
            "damaged_records": "\(damagedRecords)", "unreadable_spans": "\(unreadableSpans)",
            "declared_lost": "\(declaredLost)", "quarantined": "\(quarantinedFiles)",
        ]
        if let newStream { fields["new_stream"] = "\(newStream.rawValue)" }
        if !newerStreams.isEmpty { fields["newer_streams"] = "\(newerStreams.count)" }
        return fields
    }
}
