import FlowModel
import WireFormat

/// What the wire may say and the tables cannot hold: it is refused before the database sees it.
enum BatchCheck {
    /// Why the batch cannot be stored; nil when it can.
    static func objection(to batch: PendingBatch) -> String? {
        guard batch.sequence > 0, batch.sequence < UInt64(Int64.max) else {
            return "sequence number \(batch.sequence) is not in 1...2^63-2"
        }
        switch batch.content {
        case .flows(let flows): return objection(to: flows)
        case .gap(let report): return objection(to: report)
        }
    }

    private static func objection(to batch: FlowBatch) -> String? {
        guard Window.isValid(length: batch.window.length) else {
            return "window length \(batch.window.length) s is not in 10...3600 or does not divide a day"
        }
        let times = Timestamp.representable
        guard batch.window.start >= times.lowerBound, batch.window.start < times.upperBound - 3_600 else {
            return "window start \(batch.window.start) is outside the years 1 to 9999"
        }
        let account = batch.account
        for (name, value) in account.counters where value > UInt64(Int64.max) {
            return "\(name) \(value) exceeds 2^63-1"
        }
        let version = account.sensorVersion.utf8
        guard version.count <= 32, version.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            return "sensor version is not at most 32 printable ASCII characters"
        }
        guard batch.records.count <= FlowBatch.maximumRecords,
            batch.overflow.count <= FlowBatch.maximumOverflowRecords,
            batch.signatures.count <= FlowBatch.maximumSignatures
        else { return "more records or signatures than a batch may have" }
        for (index, record) in batch.records.enumerated() {
            if let objection = objection(to: record, in: batch) { return "record \(index): \(objection)" }
        }
        for (index, record) in batch.overflow.enumerated()
        where record.packets > UInt64(Int64.max) || record.bytes > UInt64(Int64.max) {
            return "overflow record \(index): a sum exceeds 2^63-1"
        }
        return nil
    }

    private static func objection(to record: FlowRecord, in batch: FlowBatch) -> String? {
        guard record.key.source.family == batch.family,
            record.key.victim?.address.family ?? batch.family == batch.family
        else { return "an address is not of the batch's family" }
        guard record.bytes <= UInt64(Int64.max) else { return "bytes \(record.bytes) exceed 2^63-1" }
        guard record.lastMilliseconds <= 3_600_000, record.firstMilliseconds <= record.lastMilliseconds else {
            return "times \(record.firstMilliseconds) to \(record.lastMilliseconds) ms are not in order in an hour"
        }
        guard batch.family == .ipv6 || record.exemplar.destination <= UInt128(UInt32.max) else {
            return "a destination needs more than the 32 bits of an IPv4 address"
        }
        guard record.exemplar.ipLength <= Exemplar.maximumIPLength else {
            return "IP length \(record.exemplar.ipLength) exceeds \(Exemplar.maximumIPLength)"
        }
        guard record.signature <= batch.signatures.count else { return "a signature that the batch does not have" }
        return nil
    }

    private static func objection(to report: GapReport) -> String? {
        guard report.entries.count <= GapReport.maximumEntries else { return "more entries than a gap report may have" }
        for (index, entry) in report.entries.enumerated() {
            let times = Timestamp.representable
            guard entry.sequence < UInt64(Int64.max) else {
                return "entry \(index): sequence number \(entry.sequence) exceeds 2^63-2"
            }
            guard times.contains(entry.from), times.contains(entry.to), entry.from <= entry.to else {
                return "entry \(index): times \(entry.from) to \(entry.to) are not in order in the years 1 to 9999"
            }
            guard entry.packets ?? 0 <= UInt64(Int64.max), entry.bytes ?? 0 <= UInt64(Int64.max) else {
                return "entry \(index): a number lost exceeds 2^63-1"
            }
        }
        return nil
    }
}

extension CaptureAccount {
    /// Every counter with its name in SQL.
    fileprivate var counters: [(String, UInt64)] {
        [
            ("kernel_received", kernelReceived), ("kernel_dropped", kernelDropped),
            ("interface_dropped", interfaceDropped), ("received", received), ("aggregated", aggregated),
            ("filtered", filtered), ("non_ip", nonIP), ("late", late), ("overflowed", overflowed),
        ] + MalformedReason.allCases.map { ($0.name, malformed[$0]) }
    }
}
