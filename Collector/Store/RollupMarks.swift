import FlowModel
import WireFormat

/// The hours of sensors that a group of batches touches.
struct RollupMarks {
    struct Hour: Hashable {
        let sensor: Int32
        /// Unix seconds.
        let start: Int64
    }

    static let hourSeconds: Int64 = 3_600
    /// A gap without end must not fill the database with marks.
    static let longestGap: Int64 = 31 * 86_400

    private(set) var hours: Set<Hour> = []

    init(_ batches: [PendingBatch], _ gaps: [GapRow]) {
        for batch in batches {
            guard case .flows(let flows) = batch.content else { continue }
            mark(batch.sensor, flows.window.start, flows.window.end)
        }
        for gap in gaps where gap.entry.from != 0 || gap.entry.to != 0 {
            let end = min(max(gap.entry.to, gap.entry.from + 1), gap.entry.from + RollupMarks.longestGap)
            mark(gap.sensor, gap.entry.from, end)
        }
    }

    private mutating func mark(_ sensor: Int32, _ from: Int64, _ end: Int64) {
        var start = RollupMarks.hour(from)
        while start < end {
            hours.insert(Hour(sensor: sensor, start: start))
            start += RollupMarks.hourSeconds
        }
    }

    /// The start of the hour that holds a time.
    static func hour(_ seconds: Int64) -> Int64 {
        let rest = seconds % hourSeconds
        return seconds - (rest < 0 ? rest + hourSeconds : rest)
    }
}
