import FlowModel
import MemoryFiles
import SystemCalls
import Testing

@testable import Spool

/// The bytes on disk, as FORMAT.md gives them.
struct FormatTests {
    private static let header = SegmentHeader(
        epoch: Epoch(high: 0x0102_0304_0506_0708, low: 0x1112_1314_1516_1718), firstSequence: 0x2A,
        createdUnixNanoseconds: 1_800_000_000_000_000_000, salt: 0xCAFE_F00D, isImport: true)

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test func aSegmentHeaderIsTheOneOfTheFormatDescription() {
        #expect(
            FormatTests.hex(FormatTests.header.encoded)
                == "4453534701004000080706050403020118171615141312112a00000000000000"
                + "0000b49376e2fa180df0feca0100000000000000000000000000000047b62c2c")
        #expect(SegmentHeader.read(FormatTests.header.encoded) == .header(FormatTests.header))
    }

    @Test func aRecordIsTheOneOfTheFormatDescription() throws {
        let bytes = RecordHeader.encode(.gap, sequence: 0x2B, payload: Array("payload".utf8), salt: 0xCAFE_F00D)
        #expect(
            FormatTests.hex(bytes)
                == "44535231070000002b00000000000000020000007069e3f4b67d714800000000"
                + "7061796c6f616400")
        let header = try #require(RecordHeader(bytes, at: 0, salt: 0xCAFE_F00D))
        #expect(header.sequence == 0x2B && header.kind == .gap && header.payloadBytes == 7)
        #expect(header.recordBytes == bytes.count)
        #expect(RecordHeader(bytes, at: 0, salt: 0xCAFE_F00C) == nil)
    }

    @Test func aCursorSlotIsTheOneOfTheFormatDescription() throws {
        var settled = SequenceSet()
        settled.insert(1...3)
        settled.insert(7)
        let cursor = Cursor(epoch: Epoch(high: 1, low: 2), generation: 5, nextSequence: 9, settled: settled)
        #expect(
            FormatTests.hex(cursor.encoded)
                == "4453435501000000050000000000000001000000000000000200000000000000"
                + "0900000000000000020000002c3d882e01000000000000000300000000000000"
                + "07000000000000000700000000000000")
        #expect(cursor.offset == 0)
        #expect(Cursor.newest(in: cursor.encoded, of: cursor.epoch) == cursor)
        #expect(Cursor.newest(in: cursor.encoded, of: Epoch(high: 1, low: 3)) == nil)
    }

    @Test func theNewestValidSlotCounts() {
        let epoch = Epoch(high: 1, low: 2)
        func cursor(_ generation: UInt64) -> Cursor {
            Cursor(epoch: epoch, generation: generation, nextSequence: generation, settled: SequenceSet())
        }
        var file = cursor(3).encoded
        file += [UInt8](repeating: 0, count: Cursor.slotBytes - file.count) + cursor(4).encoded
        #expect(Cursor.newest(in: file, of: epoch) == cursor(4))
        file[Cursor.slotBytes + 9] ^= 1
        #expect(Cursor.newest(in: file, of: epoch) == cursor(3))
        file[9] ^= 1
        #expect(Cursor.newest(in: file, of: epoch) == nil)
    }

    @Test func aFullCursorFitsItsSlotAndForgetsTheHighest() {
        var settled = SequenceSet()
        for index in 0..<UInt64(1_000) { settled.insert(1 + 2 * index) }
        let cursor = Cursor(epoch: Epoch(high: 1, low: 2), generation: 1, nextSequence: 9_000, settled: settled)
        #expect(cursor.encoded.count <= Cursor.slotBytes)
        #expect(Cursor.newest(in: cursor.encoded, of: cursor.epoch)?.settled.highest == 499)
    }

    @Test func theSaltIsFoundFromARecord() {
        for salt: UInt32 in [0, 1, 0xDEAD_BEEF, .max] {
            let record = RecordHeader.encode(.batch, sequence: 1, payload: [9, 9], salt: salt)
            #expect(RecordHeader.salt(of: record, at: 0) == salt)
        }
    }

    @Test func aSegmentIsHealedByAnIntactFirstRecordOnly() {
        var bytes = FormatTests.header.encoded
        bytes += RecordHeader.encode(.batch, sequence: 0x2A, payload: [1, 2, 3], salt: 0xCAFE_F00D)
        #expect(SegmentScan.salt(healing: bytes, firstSequence: 0x2A) == 0xCAFE_F00D)
        #expect(SegmentScan.salt(healing: bytes, firstSequence: 0x2B) == nil)
        bytes[SegmentHeader.bytes + RecordHeader.bytes] ^= 1
        #expect(SegmentScan.salt(healing: bytes, firstSequence: 0x2A) == nil)
    }

    @Test func headersOfOtherVersionsAreToldFromDamage() {
        var bytes = Array(FormatTests.header.encoded[..<60])
        bytes[4] = 9
        #expect(SegmentHeader.read(bytes + FormatTests.header.encoded[60...]) == .unreadable)
        bytes.append(number: crc32c(bytes))
        #expect(SegmentHeader.read(bytes) == .newer(version: 9))
        for length in 0..<64 { #expect(SegmentHeader.read(Array(bytes[..<length])) == .unreadable) }
    }

    @Test func aScanIsSafeOnAnyBytes() {
        var random = Random(seed: 3)
        var intact = FormatTests.header.encoded
        for sequence in UInt64(0x2A)..<0x30 {
            intact += RecordHeader.encode(.batch, sequence: sequence, payload: [1, 2, 3], salt: 0xCAFE_F00D)
        }
        for _ in 0..<300 {
            var bytes = intact
            for _ in 0..<(1 + random.below(20)) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            bytes.removeLast(random.below(bytes.count))
            let scan = SegmentScan(bytes, salt: 0xCAFE_F00D, firstSequence: 0x2A, before: 0x2F)
            #expect(zip(scan.records, scan.records.dropFirst()).allSatisfy { $0.header.sequence < $1.header.sequence })
            #expect(scan.records.allSatisfy { (0x2A..<0x2F).contains($0.header.sequence) })
        }
    }

    @Test func recordsAtOrAboveTheNextSegmentAreSuperseded() {
        var bytes = FormatTests.header.encoded
        for sequence in UInt64(0x2A)..<0x2D {
            bytes += RecordHeader.encode(.batch, sequence: sequence, payload: [1], salt: 0xCAFE_F00D)
        }
        let scan = SegmentScan(bytes, salt: 0xCAFE_F00D, firstSequence: 0x2A, before: 0x2C)
        #expect(scan.records.map(\.header.sequence) == [0x2A, 0x2B])
        #expect(!scan.hasDamagedEnd)
    }
}
