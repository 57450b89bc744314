import SystemCalls

/// What the bytes of a segment hold (FORMAT.md §6). Pure; linear in the bytes, whatever they are.
struct SegmentScan {
    struct Record: Hashable {
        /// Of the record's header in the file.
        let offset: Int
        let header: RecordHeader
        /// Whether the payload is as it was written and of a known kind.
        let isIntact: Bool

        var payload: Range<Int> {
            let start = offset + RecordHeader.bytes
            return start..<(start + header.payloadBytes)
        }
    }

    /// Ascending sequence numbers; payloads may be damaged.
    private(set) var records: [Record] = []
    /// Bytes between records that are no records.
    private(set) var unreadable: [Range<Int>] = []
    /// The end of the last record.
    private(set) var end = SegmentHeader.bytes
    /// The sequence number that would follow.
    private(set) var next: UInt64
    /// Whether bytes follow the last record that are no record: torn, never written or damaged.
    let hasDamagedEnd: Bool

    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - bound: the first sequence number of the next segment: from there on this one's records are superseded.
    init(_ bytes: [UInt8], salt: UInt32, firstSequence: UInt64, before bound: UInt64?) {
        next = firstSequence
        var isSuperseded = false
        while let record = SegmentScan.record(in: bytes, after: end, expecting: next, salt: salt) {
            if let bound, record.header.sequence >= bound {
                isSuperseded = true
                break
            }
            if record.offset > end { unreadable.append(end..<record.offset) }
            records.append(record)
            // The last record's padding may be missing: it is not needed.
            end = min(record.offset + record.header.recordBytes, bytes.count)
            next = record.header.sequence + 1
        }
        hasDamagedEnd = end != bytes.count && !isSuperseded
    }

    /// The next record at or behind `start`.
    private static func record(
        in bytes: [UInt8], after start: Int, expecting expected: UInt64, salt: UInt32
    ) -> Record? {
        var offset = start
        while offset + RecordHeader.bytes <= bytes.count {
            if let header = RecordHeader(bytes, at: offset, salt: salt), header.sequence >= expected,
                // Numbers follow each other, so a jump must be explained by the bytes that could not be read.
                header.sequence - expected <= UInt64(offset - start) / UInt64(RecordHeader.bytes),
                (header.sequence > expected) == (offset > start),
                offset + RecordHeader.bytes + header.payloadBytes <= bytes.count
            {
                let payload = (offset + RecordHeader.bytes)..<(offset + RecordHeader.bytes + header.payloadBytes)
                let isIntact = header.kind != nil && crc32c(bytes[payload]) == header.payloadChecksum
                return Record(offset: offset, header: header, isIntact: isIntact)
            }
            offset += 8
        }
        return nil
    }

    /// The salt of a segment whose header is damaged, from its first record if that is intact.
    static func salt(healing bytes: [UInt8], firstSequence: UInt64) -> UInt32? {
        guard let header = RecordHeader(unchecked: bytes, at: SegmentHeader.bytes), header.sequence == firstSequence,
            header.kind != nil
        else { return nil }
        let start = SegmentHeader.bytes + RecordHeader.bytes
        guard start + header.payloadBytes <= bytes.count,
            crc32c(bytes[start..<(start + header.payloadBytes)]) == header.payloadChecksum
        else { return nil }
        return RecordHeader.salt(of: bytes, at: SegmentHeader.bytes)
    }
}
