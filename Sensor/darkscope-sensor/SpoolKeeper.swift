import Aggregation
import FlowModel
import Glibc
import Logging
import Runtime
import Spool
import Synchronization
import SystemCalls
import Telemetry
import Uplink
import WireFormat

/// Encodes closed windows, keeps them in the spool, and does what the uplink's verdicts say.
///
/// The thread that calls `run` owns the spool. `give`, `verdict`, `finish` and `isDone` may be used by any thread.
final class SpoolKeeper: @unchecked Sendable {
    // @unchecked: everything mutable but `inbox` and the descriptors belongs to the thread that calls `run`.

    /// Where windows come from.
    enum Origin: Sendable {
        case live
        /// A capture file; its windows come in the same order with the same content whenever it is read.
        case file(Epoch)
    }

    enum Work: Sendable {
        case window(ClosedWindow, Origin)
        /// The file gives no more windows.
        case endOfFile(Epoch)
    }

    /// An encoded batch that is not in the spool yet.
    private struct Encoded {
        let content: [UInt8]
        let file: Epoch?
        let window: Window
        let packets: UInt64
        let bytes: UInt64
    }

    private struct Inbox {
        var verdicts: [UplinkVerdict] = []
        var rests: [GapEntry] = []
        var isFinished = false
        var failure: ProgramError?
    }

    /// Windows that wait to be encoded.
    private static let waitingWindows = 8
    /// Bytes of batches that are held in memory while the spool takes none.
    static let maximumHeldBytes = 16 << 20

    private let windows: BoundedQueue<Work>
    private let inbox = Mutex(Inbox())
    private let wake: EventDescriptor
    /// Raised when all that was given is in the spool and acknowledged, after `finish`.
    let delivered: EventDescriptor

    private let spool: Spool
    private let mailbox: UplinkMailbox
    private let destinations: DestinationEncoder
    private let policy: DestinationPolicy
    private let log: Logger
    private let encoder = BatchEncoder()
    private var held: [Encoded] = []
    private var heldBytes = 0
    private var lost: [GapEntry] = []
    /// Batches of each file so far, and how many of them an earlier run has spooled.
    private var files: [Epoch: (given: UInt64, known: UInt64)] = [:]
    private let quietLog: RateLimitedLogger

    /// - Parameter waitingRecords: records of the windows that wait to be encoded; one larger window may wait alone.
    init(
        spool: Spool, mailbox: UplinkMailbox, destinations: DestinationEncoder, policy: DestinationPolicy,
        waitingRecords: Int, log: Logger
    ) throws(SystemError) {
        windows = BoundedQueue(capacity: SpoolKeeper.waitingWindows, maximumWeight: waitingRecords) { work in
            if case .window(let window, _) = work { window.records } else { 0 }
        }
        self.spool = spool
        self.mailbox = mailbox
        self.destinations = destinations
        self.policy = policy
        self.log = log
        quietLog = RateLimitedLogger(log)
        wake = try EventDescriptor()
        delivered = try EventDescriptor()
        mailbox.post(spool.pending.map { .appended($0) } + spool.takeChanges())
    }

    /// Takes a window if there is room for it now.
    func tryGive(_ work: Work) -> Bool {
        guard windows.tryPush(work) else { return false }
        wake.raise()
        return true
    }

    /// Waits until there is room.
    func give(_ work: Work) {
        windows.push(work)
        wake.raise()
    }

    /// Why files cannot be spooled at all.
    var failure: ProgramError? { inbox.withLock { $0.failure } }

    func verdict(_ verdict: UplinkVerdict) {
        inbox.withLock { $0.verdicts.append(verdict) }
        wake.raise()
    }

    /// Declares a span of Unix seconds in which the sensor did not run.
    func noteRest(from: Int64, to: Int64) {
        guard from < to else { return }
        inbox.withLock { $0.rests.append(GapEntry(sequence: 0, from: from, to: to)) }
        wake.raise()
    }

    /// Nothing more will be given.
    func finish() {
        windows.close()
        inbox.withLock { $0.isFinished = true }
        wake.raise()
    }

    /// Works until `stop` is raised and everything given is in the spool (or can't be put there).
    func run(until stop: EventDescriptor) {
        while true {
            wake.wait(milliseconds: held.isEmpty ? 1_000 : 100)
            wake.lower()
            let mail = inbox.withLock { inbox in
                defer {
                    inbox.verdicts = []
                    inbox.rests = []
                }
                return inbox
            }
            if !mail.rests.isEmpty { spool.noteLost(mail.rests, reason: .stopped, now: Clock.wallNanoseconds()) }
            for verdict in mail.verdicts { obey(verdict) }
            store()
            while held.isEmpty, let next = windows.pop(milliseconds: 0) {
                switch next {
                case .window(let window, let origin): encode(window, origin)
                case .endOfFile(let epoch):
                    attempt { () throws(SpoolError) in try spool.endImport(epoch, now: Clock.wallNanoseconds()) }
                }
                store()
            }
            attempt { () throws(SpoolError) in try spool.enforceLimits(now: Clock.wallNanoseconds()) }
            attempt { () throws(SpoolError) in try spool.flush(now: Clock.wallNanoseconds()) }
            mailbox.post(spool.takeChanges())
            let isEverythingGiven = mail.isFinished && windows.isFinished && held.isEmpty
            if isEverythingGiven, spool.pending.isEmpty { delivered.raise() }
            if stop.wait(milliseconds: 0), windows.isFinished || stopsAtOnce { break }
        }
        store()
        attempt { () throws(SpoolError) in try spool.flush(now: Clock.wallNanoseconds()) }
        spool.close()
    }

    /// A file that does not fit the spool is read again; it must not hold a stop back.
    private var stopsAtOnce: Bool { held.contains { $0.file != nil } }

    private func obey(_ verdict: UplinkVerdict) {
        let now = Clock.wallNanoseconds()
        attempt { () throws(SpoolError) in
            switch verdict {
            case .acknowledged(let epoch, let ranges):
                try spool.acknowledge(epoch, ranges, now: now)
            case .rejected(let record, let reason):
                try spool.reject(record, reason: reason, now: now)
            case .unreadable(let record):
                try spool.declareDamaged(record, now: now)
            }
        }
    }

    // MARK: Encoding

    private func encode(_ window: ClosedWindow, _ origin: Origin) {
        // A part that is too large for a message is halved, and the other parts with it: parts are numbered.
        var size = FlowBatch.maximumRecords
        while true {
            do throws(WireError) {
                let parts = try encode(window, origin, size)
                hold(parts, origin)
                return
            } catch {
                guard error.code == .overLimit, size > 1 else {
                    return log.critical(
                        "a window cannot be encoded and is lost: report this",
                        metadata: ["window": "\(window.window.start)", "cause": "\(error)"])
                }
                size /= 2
            }
        }
    }

    private func encode(_ window: ClosedWindow, _ origin: Origin, _ size: Int) throws(WireError) -> [Encoded] {
        var file: Epoch?
        if case .file(let epoch) = origin { file = epoch }
        var parts: [Encoded] = []
        try window.forEachBatch(destinations: destinations, policy: policy, maximumRecords: size) {
            batch throws(WireError) in
            parts.append(
                Encoded(
                    content: try encoder.encode(batch), file: file, window: batch.window,
                    packets: batch.account.aggregated,
                    bytes: batch.records.reduce(0) { $0 &+ $1.bytes }))
        }
        return parts
    }

    private func hold(_ parts: [Encoded], _ origin: Origin) {
        for part in parts {
            if let epoch = part.file {
                guard let known = begin(epoch) else { return }
                let given = (files[epoch]?.given ?? 0) + 1
                files[epoch] = (given, known)
                // An earlier run of this program has done it.
                if given <= known { continue }
            }
            held.append(part)
            heldBytes += part.content.count
        }
    }

    /// How many batches of a file earlier runs have spooled; nil when its stream cannot be used.
    private func begin(_ epoch: Epoch) -> UInt64? {
        if let known = files[epoch]?.known { return known }
        do throws(SpoolError) {
            return try spool.beginImport(epoch)
        } catch {
            inbox.withLock { $0.failure = ProgramError(.io, "\(error)") }
            return nil
        }
    }

    // MARK: Storing

    /// Puts what is held into the spool. When it takes nothing, live batches wait in memory, the newest ones; what does
    /// not fit there is lost, and said to be.
    private func store() {
        var stored = 0
        for part in held {
            do throws(SpoolError) {
                if let epoch = part.file {
                    _ = try spool.append(part.content, import: epoch, now: Clock.wallNanoseconds())
                } else {
                    if !lost.isEmpty {
                        spool.noteLost(lost, reason: .unwritable, now: Clock.wallNanoseconds())
                        lost = []
                    }
                    _ = try spool.append(part.content, now: Clock.wallNanoseconds())
                }
            } catch {
                let isWaiting = part.file != nil && error.code == .full
                if !isWaiting { complain(error) }
                break
            }
            stored += 1
            heldBytes -= part.content.count
        }
        held.removeFirst(stored)
        while heldBytes > SpoolKeeper.maximumHeldBytes, let oldest = held.first, oldest.file == nil {
            lost.append(
                GapEntry(
                    sequence: 0, from: oldest.window.start, to: oldest.window.end, packets: oldest.packets,
                    bytes: oldest.bytes))
            heldBytes -= oldest.content.count
            held.removeFirst()
        }
        mailbox.post(spool.takeChanges())
    }

    private func attempt(_ body: () throws(SpoolError) -> Void) {
        do throws(SpoolError) { try body() } catch { complain(error) }
    }

    private func complain(_ error: SpoolError) {
        quietLog.log(level: .error, "\(error)")
    }
}
