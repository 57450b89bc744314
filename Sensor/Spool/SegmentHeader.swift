import FlowModel
import SystemCalls

/// The start of a segment file (FORMAT.md §3).
struct SegmentHeader: Hashable {
    static let bytes = 64
    static let version: UInt16 = 1
    /// Bytes that every version starts with: magic, version, header length.
    static let commonBytes = 8
    /// Lengths that a header of any version may have.
    static let lengths = 64...4_096
    private static let magic: [UInt8] = Array("DSSG".utf8)
    private static let importFlag: UInt32 = 1

    let epoch: Epoch
    /// Sequence number of the first record that the segment may hold; also the file's name.
    let firstSequence: UInt64
    /// The sensor's clock when the segment was made.
    let createdUnixNanoseconds: Int64
    /// Seed of the record headers' checksums: whoever shapes a payload can't shape a header as well.
    let salt: UInt32
    /// Whether the stream is a capture file's.
    let isImport: Bool

    var encoded: [UInt8] {
        var bytes = SegmentHeader.magic
        bytes.reserveCapacity(SegmentHeader.bytes)
        bytes.append(number: SegmentHeader.version)
        bytes.append(number: UInt16(SegmentHeader.bytes))
        bytes.append(number: epoch.high)
        bytes.append(number: epoch.low)
        bytes.append(number: firstSequence)
        bytes.append(number: createdUnixNanoseconds)
        bytes.append(number: salt)
        bytes.append(number: isImport ? SegmentHeader.importFlag : 0)
        bytes.append(contentsOf: repeatElement(0, count: 12))
        bytes.append(number: crc32c(bytes))
        return bytes
    }
}

extension SegmentHeader {
    /// What the first bytes of a file are.
    enum Reading: Hashable {
        case header(SegmentHeader)
        /// A whole header of a version that this program does not know.
        case newer(version: UInt16)
        case unreadable
    }

    /// - Parameter bytes: the start of the file, at least a header if the file has one.
    static func read(_ bytes: [UInt8]) -> Reading {
        guard bytes.count >= commonBytes, bytes.starts(with: magic) else { return .unreadable }
        let version: UInt16 = bytes.number(at: 4)
        let length = Int(bytes.number(at: 6, as: UInt16.self))
        guard version > 0, lengths.contains(length), bytes.count >= length,
            crc32c(bytes[..<(length - 4)]) == bytes.number(at: length - 4)
        else { return .unreadable }
        if version > self.version { return .newer(version: version) }
        let first: UInt64 = bytes.number(at: 24)
        guard length == self.bytes, SequenceNumber.isValid(first) else { return .unreadable }
        return .header(
            SegmentHeader(
                epoch: Epoch(high: bytes.number(at: 8), low: bytes.number(at: 16)), firstSequence: first,
                createdUnixNanoseconds: bytes.number(at: 32), salt: bytes.number(at: 40),
                isImport: bytes.number(at: 44, as: UInt32.self) & importFlag != 0))
    }
}

/// Sequence numbers of a stream.
enum SequenceNumber {
    /// Far above what a sensor reaches and far below what overflows; the collector takes numbers below 2^63.
    static let range: ClosedRange<UInt64> = 1...(1 << 62)
    /// A stream with a higher number is not appended to: what damage or another hand put there must not lead beyond the
    /// range.
    static let highestToGoOn: UInt64 = 1 << 61

    static func isValid(_ number: UInt64) -> Bool { range.contains(number) }
}
