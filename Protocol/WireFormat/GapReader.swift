import FlowModel

/// Reads the header and body of a gap report of format version 1.
struct GapReader {
    let report: GapReport

    init(_ header: FieldTable, _ body: [UInt8]) throws(WireError) {
        let reason: GapReason = try header.choice(HeaderTag.gapReason, "gap reason")
        let epoch = try header.epoch(HeaderTag.gapEpoch, "gap epoch")
        let count = try header.count(HeaderTag.gapEntries, "gap entries", limit: GapReport.maximumEntries)
        var reader = ByteReader(body[...])
        // An entry is at least its flags, sequence, start and length.
        try reader.require(count * 4, "gap entries")
        var entries: [GapEntry] = []
        entries.reserveCapacity(count)
        for _ in 0..<count { entries.append(try GapReader.entry(&reader)) }
        try reader.requireEnd("gap entries")
        report = GapReport(reason: reason, epoch: epoch, entries: entries)
        try BatchRules.check(report)
    }

    private static func entry(_ reader: inout ByteReader) throws(WireError) -> GapEntry {
        let start = reader.offset
        let flags = try reader.u8("gap flags")
        guard flags < 4 else { throw WireError(.outOfRange, offset: start, "gap flags") }
        let sequence = try reader.varint(UInt64.self, "gap sequence")
        let from = try reader.zigzag("gap start")
        let length = try reader.varint(UInt64.self, "gap length")
        guard let length = Int64(exactly: length) else { throw WireError(.outOfRange, offset: start, "gap length") }
        let (to, overflow) = from.addingReportingOverflow(length)
        guard !overflow else { throw WireError(.outOfRange, offset: start, "gap span") }
        var entry = GapEntry(sequence: sequence, from: from, to: to)
        if flags & 1 != 0 { entry.packets = try reader.varint(UInt64.self, "gap packets") }
        if flags & 2 != 0 { entry.bytes = try reader.varint(UInt64.self, "gap bytes") }
        return entry
    }
}
