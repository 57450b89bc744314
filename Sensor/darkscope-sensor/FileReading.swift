import Aggregation
import Capture
import FlowModel
import Runtime
import SystemCalls

/// Reads one capture file into windows.
///
/// Owned by: the main thread, which is the capture thread.
struct FileReading {
    /// Why reading ended.
    enum End {
        case complete
        /// The file breaks off; what came before was given.
        case damaged(CaptureError)
        case stopped
    }

    let path: String
    let pacing: Pacing
    let aggregation: AggregationSettings
    let conditions: CaptureConditions

    /// Gives every window to `give`, in an order that depends on the file alone.
    /// - Parameter shouldStop: asked between packets, and while a paced replay waits at most so many milliseconds.
    func run(
        _ shouldStop: (_ waitMilliseconds: Int32) -> Bool, _ give: (ClosedWindow) -> Void
    ) throws(CaptureError) -> End {
        let source = try FileSource(path: path)
        var aggregator = Aggregator(settings: aggregation, mode: .file)
        aggregator.conditions = conditions
        let batch = PacketBatch()
        var clock: ReplayClock?
        // A paced replay takes single packets: the first of a batch would wait for the last.
        let size = pacing.speed == nil ? PacketBatch.capacity : 1
        var end = End.complete
        do throws(CaptureError) {
            while try source.fill(batch, maximum: size) {
                if shouldStop(0) { return .stopped }
                if conditions.shiftSeconds != 0 { batch.shift(bySeconds: conditions.shiftSeconds) }
                if let speed = pacing.speed {
                    let packet = batch.header(0).unixNanoseconds
                    let pace =
                        clock
                        ?? ReplayClock(
                            speed: speed, firstPacket: packet, nowNanoseconds: Clock.monotonicNanoseconds())
                    clock = pace
                    guard wait(for: packet, pace, &aggregator, shouldStop, give) else { return .stopped }
                }
                aggregator.ingest(batch)
                for window in aggregator.takeClosedWindows() { give(window) }
            }
        } catch {
            guard error.kind == .damaged else { throw error }
            end = .damaged(error)
        }
        aggregator.finish()
        for window in aggregator.takeClosedWindows() { give(window) }
        return end
    }

    /// Waits until a packet is due, and closes the windows that pass meanwhile; false when told to stop.
    private func wait(
        for packet: Int64, _ clock: ReplayClock, _ aggregator: inout Aggregator,
        _ shouldStop: (_ waitMilliseconds: Int32) -> Bool, _ give: (ClosedWindow) -> Void
    ) -> Bool {
        while true {
            let now = Clock.monotonicNanoseconds()
            aggregator.advance(toMilliseconds: clock.captureTime(at: now) / 1_000_000)
            for window in aggregator.takeClosedWindows() { give(window) }
            let left = clock.wait(for: packet, at: now)
            if left < 1_000_000 { return true }
            if shouldStop(Int32(min(200, left / 1_000_000))) { return false }
        }
    }

    /// Seconds to move the file's times by: its first packet to now when it is replayed at a pace, else its last.
    static func shift(_ path: String, _ pacing: Pacing, nowSeconds: Int64) throws(CaptureError) -> Int64 {
        guard pacing.isShiftedToNow else { return 0 }
        guard path != "-" else {
            throw CaptureError(
                .unreadable, source: path,
                cause: "standard input cannot be shifted: its times are not known before it is read",
                remedy: "Write it to a file first")
        }
        let source = try FileSource(path: path)
        let batch = PacketBatch()
        var latest = Int64.min
        do throws(CaptureError) {
            while try source.fill(batch) {
                if pacing.speed != nil { return nowSeconds - batch.header(0).seconds }
                for index in 0..<batch.count { latest = max(latest, batch.header(index).seconds) }
            }
        } catch {
            guard error.kind == .damaged else { throw error }
        }
        return latest == .min ? 0 : nowSeconds - latest
    }
}
