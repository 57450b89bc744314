import FlowModel
import MemoryFiles
import Spool
import WireFormat

private let directory = "/s/spool"

/// Whatever lies in a spool's directory: it can be inspected, and that changes nothing; the sensor starts; what waits
/// can be read, more can be appended, and once all of it is acknowledged the next start finds nothing to say.
func readSpool(_ input: [UInt8]) throws(BrokenRule) -> Bool {
    let files = SpoolImage(input).fileSystem
    let before = files.operations
    let inspection: SpoolInspection
    do { inspection = try SpoolInspection(directory: directory, files: files) } catch {
        throw BrokenRule(description: "the inspection fails: \(error)")
    }
    try BrokenRule.unless(files.operations == before, "the inspection changes files")

    let recovery = try deliver(files, at: 1_800_000_000_000_000_000)
    let again = try deliver(files, at: 1_800_000_010_000_000_000)
    try BrokenRule.unless(
        again.declaredLost == 0 && again.undeclaredLost == 0 && !again.isDeclarationPending
            && again.quarantinedFiles == 0 && again.newStream == nil && again.pendingRecords == 0,
        "the second start finds \(again), after the first found \(recovery)")
    return !inspection.isDamaged && !recovery.isRemarkable
}

/// One run of a sensor: starts, appends, delivers everything, stops.
private func deliver(_ files: MemoryFileSystem, at now: Int64) throws(BrokenRule) -> RecoveryReport {
    var vanished: [SpoolRecord] = []
    let recovery: RecoveryReport
    do throws(SpoolError) {
        let limits = SpoolLimits(maximumBytes: 16 << 20, minimumFreeBytes: 0, segmentBytes: 4_096, declaredAtStart: 50)
        let spool = try Spool(directory: directory, limits: limits, files: files, nowUnixNanoseconds: now)
        recovery = spool.recovery
        let appended = try spool.append(quietBatch, now: now)
        if !spool.pending.contains(appended) { vanished.append(appended) }
        while case let pending = spool.pending, !pending.isEmpty {
            for record in pending {
                if try spool.reader.read(record)?.count != record.payloadBytes { vanished.append(record) }
                try spool.acknowledge(record.epoch, [record.sequence...record.sequence], now: now)
            }
        }
        try spool.flush(now: now + 2_000_000_000)
        spool.close()
    } catch {
        throw BrokenRule(description: "the spool fails: \(error)")
    }
    try BrokenRule.unless(vanished.isEmpty, "records that wait are gone: \(vanished)")
    return recovery
}

/// A window without a packet.
private let quietBatch: [UInt8] = {
    var account = CaptureAccount()
    account.observedToMilliseconds = 60_000
    let batch = FlowBatch(window: Window(containing: 1_800_000_000, length: 60), account: account)
    guard let bytes = try? BatchEncoder().encode(batch) else { preconditionFailure("a quiet batch is refused") }
    return bytes
}()
