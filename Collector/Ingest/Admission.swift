import FlowModel
import Telemetry
import WireFormat

/// Which times batches may be about. A wrong clock must not write history.
package struct Admission: Sendable, Equatable {
    /// Windows of live captures that ended longer ago are refused; imported files may be of any age.
    package var retentionSeconds: Int64
    /// Windows that begin later than so much after now are refused.
    package var futureSeconds: Int64

    package init(retentionSeconds: Int64, futureSeconds: Int64) {
        self.retentionSeconds = retentionSeconds
        self.futureSeconds = futureSeconds
    }

    /// Why the batch is refused, for the sensor's operator; nil when it is not. The decoder takes the window and the
    /// kind of capture from the same header, so this holds for the decoded batch too.
    func objection(to batch: BatchSummary, unixMicroseconds: Int64) -> String? {
        // A gap report has no window: what it says is lost may be of any time.
        guard let window = batch.window else { return nil }
        let now = unixMicroseconds / 1_000_000
        let clock = "the collector's clock says \(LogFormat.timestamp(unixMicroseconds * 1_000))"
        if window.start - futureSeconds > now {
            return "the window begins \(window.start - now) s in the future: \(clock). Set the sensor's clock"
        }
        if !batch.isImport, window.end + retentionSeconds < now {
            return "the window ended \(now - window.end) s ago, beyond the retention of \(retentionSeconds) s: "
                + "\(clock). If this is no old data, set the sensor's clock"
        }
        return nil
    }
}
