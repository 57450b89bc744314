import FlowModel

/// The fixed start of an encoded batch (SPEC.md §4): magic, version, kind, packing, sizes.
struct BatchPreamble {
    enum Kind: UInt8 {
        case flows = 1
        case gap = 2
    }

    enum Packing: UInt8 {
        case stored = 0
        case zstd = 1
    }

    static let bytes = 20

    var version: UInt8
    var kind: Kind
    var packing: Packing
    var headerLength: Int
    var bodyLength: Int
    var packedLength: Int

    func encode(into writer: inout ByteWriter) {
        writer.append([0x44, 0x53, 0x42, version, kind.rawValue, packing.rawValue, 0, 0])
        writer.fixed(UInt32(headerLength))
        writer.fixed(UInt32(bodyLength))
        writer.fixed(UInt32(packedLength))
    }

    init(version: UInt8, kind: Kind, packing: Packing, headerLength: Int, bodyLength: Int, packedLength: Int) {
        self.version = version
        self.kind = kind
        self.packing = packing
        self.headerLength = headerLength
        self.bodyLength = bodyLength
        self.packedLength = packedLength
    }

    /// Checks every size against the bytes left and the limits; the whole batch must be there and nothing more.
    init(_ reader: inout ByteReader) throws(WireError) {
        try reader.require(BatchPreamble.bytes, "batch preamble")
        guard try reader.slice(3, "magic").elementsEqual([0x44, 0x53, 0x42]) else {
            throw WireError(.badMagic, "magic")
        }
        version = try reader.u8("version")
        guard BatchFormat.readers.contains(version) else {
            throw WireError(.unsupportedVersion, offset: 3, "batch version \(version)")
        }
        guard let kind = Kind(rawValue: try reader.u8("kind")) else { throw WireError(.outOfRange, offset: 4, "kind") }
        guard let packing = Packing(rawValue: try reader.u8("packing")) else {
            throw WireError(.outOfRange, offset: 5, "packing")
        }
        guard try reader.fixed(UInt16.self, "reserved") == 0 else {
            throw WireError(.outOfRange, offset: 6, "reserved")
        }
        self.kind = kind
        self.packing = packing
        headerLength = Int(try reader.fixed(UInt32.self, "header length"))
        bodyLength = Int(try reader.fixed(UInt32.self, "body length"))
        packedLength = Int(try reader.fixed(UInt32.self, "packed length"))
        guard headerLength <= WireLimits.headerBytes else { throw WireError(.overLimit, offset: 8, "header length") }
        let ratioBound = packedLength * WireLimits.ratio + WireLimits.ratioAllowance
        guard packedLength <= WireLimits.batchBytes, bodyLength <= min(WireLimits.bodyBytes, ratioBound) else {
            throw WireError(.overLimit, offset: 12, "body length")
        }
        guard packing == .zstd || bodyLength == packedLength else {
            throw WireError(.inconsistent, offset: 16, "stored length")
        }
        try reader.require(headerLength + packedLength, "batch")
        guard reader.left == headerLength + packedLength else {
            throw WireError(.trailing, offset: reader.offset + headerLength + packedLength, "batch")
        }
    }
}

/// Versions of the batch layer.
public enum BatchFormat {
    public static let current: UInt8 = 1
    /// Formats this build reads: N−2 … N, from 1.
    public static let readers: ClosedRange<UInt8> = 1...current
}

/// Field tags of a batch's header (SPEC.md §4). Absent numbers are 0.
enum HeaderTag {
    static let windowStart: UInt64 = 1
    static let windowLength: UInt64 = 2
    static let part: UInt64 = 3
    static let isLastPart: UInt64 = 4
    static let policy: UInt64 = 5
    static let family: UInt64 = 6
    static let records: UInt64 = 7
    static let signatures: UInt64 = 8
    static let overflowRecords: UInt64 = 9
    static let groups: UInt64 = 10
    static let victims: UInt64 = 11
    static let packets: UInt64 = 12
    static let bytes: UInt64 = 13
    static let sources: UInt64 = 14
    static let toolCounts: UInt64 = 15
    static let observedFrom: UInt64 = 16
    static let observedTo: UInt64 = 17
    static let capture: UInt64 = 18
    static let shift: UInt64 = 19
    static let link: UInt64 = 20
    static let kernelReceived: UInt64 = 21
    static let kernelDropped: UInt64 = 22
    static let interfaceDropped: UInt64 = 23
    static let received: UInt64 = 24
    static let aggregated: UInt64 = 25
    static let filtered: UInt64 = 26
    static let nonIP: UInt64 = 27
    static let malformed: UInt64 = 28
    static let late: UInt64 = 29
    static let overflowed: UInt64 = 30
    static let clock: UInt64 = 31
    static let clockOffset: UInt64 = 32
    static let sensorVersion: UInt64 = 33
    static let configurationDigest: UInt64 = 34
    // Of a gap report.
    static let gapReason: UInt64 = 1
    static let gapEpoch: UInt64 = 2
    static let gapEntries: UInt64 = 3
}
