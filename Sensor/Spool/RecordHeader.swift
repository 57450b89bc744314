import SystemCalls
import WireFormat

/// What precedes every payload (FORMAT.md §4).
struct RecordHeader: Hashable {
    enum Kind: UInt8 {
        case batch = 1
        case gap = 2
    }

    static let bytes = 32
    /// Bytes under the header's own checksum.
    private static let checkedBytes = 24
    /// No zeros: pages that were never written are no records.
    private static let magic: UInt32 = 0x3152_5344
    private static let payloads = 1...WireLimits.messageBytes

    let payloadBytes: Int
    let sequence: UInt64
    /// Nil for a kind that this program does not know.
    let kind: Kind?
    let payloadChecksum: UInt32

    /// Header, payload and padding.
    var recordBytes: Int { RecordHeader.recordBytes(payload: payloadBytes) }

    /// What a record with a payload of so many bytes takes: a multiple of 8.
    static func recordBytes(payload: Int) -> Int { (bytes + payload + 7) & ~7 }

    /// A whole record.
    static func encode(_ kind: Kind, sequence: UInt64, payload: [UInt8], salt: UInt32) -> [UInt8] {
        precondition(payloads.contains(payload.count), "payload of \(payload.count) bytes")
        let total = recordBytes(payload: payload.count)
        var record: [UInt8] = []
        record.reserveCapacity(total)
        record.append(number: magic)
        record.append(number: UInt32(payload.count))
        record.append(number: sequence)
        record.append(number: UInt32(kind.rawValue))
        record.append(number: crc32c(payload))
        record.append(number: crc32c(record, seed: salt))
        record.append(number: UInt32(0))
        record += payload
        record.append(contentsOf: repeatElement(0, count: total - record.count))
        return record
    }

    /// The header at `offset`; nil when there is none whose checksum under `salt` is right.
    init?(_ segment: [UInt8], at offset: Int, salt: UInt32) {
        self.init(unchecked: segment, at: offset)
        guard
            crc32c(segment[offset..<(offset + RecordHeader.checkedBytes)], seed: salt)
                == segment.number(at: offset + 24)
        else { return nil }
    }

    /// The header at `offset` if it looks like one; its checksum is the caller's business.
    init?(unchecked segment: [UInt8], at offset: Int) {
        guard offset >= 0, offset + RecordHeader.bytes <= segment.count,
            segment.number(at: offset) == RecordHeader.magic
        else { return nil }
        payloadBytes = Int(segment.number(at: offset + 4, as: UInt32.self))
        sequence = segment.number(at: offset + 8)
        let word: UInt32 = segment.number(at: offset + 16)
        kind = UInt8(exactly: word).flatMap { Kind(rawValue: $0) }
        payloadChecksum = segment.number(at: offset + 20)
        guard RecordHeader.payloads.contains(payloadBytes), SequenceNumber.isValid(sequence) else { return nil }
    }

    /// The salt under which the header at `offset` is right: CRC-32C run backwards from its checksum.
    static func salt(of segment: [UInt8], at offset: Int) -> UInt32 {
        let polynomial: UInt32 = 0x82F6_3B78
        var state = ~segment.number(at: offset + checkedBytes, as: UInt32.self)
        for byte in segment[offset..<(offset + checkedBytes)].reversed() {
            for _ in 0..<8 {
                let hadBit = state & 0x8000_0000 != 0
                state = hadBit ? (state ^ polynomial) << 1 | 1 : state << 1
            }
            state ^= UInt32(byte)
        }
        return ~state
    }
}
