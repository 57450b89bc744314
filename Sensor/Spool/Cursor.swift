import FlowModel
import SystemCalls

/// Which records of a stream need not be delivered any more (FORMAT.md §5). Advisory: without it everything that is
/// there is sent again, and the collector recognises it.
struct Cursor: Hashable {
    /// A block of the disk, so that writing one slot does not touch the other.
    static let slotBytes = 4_096
    /// When there are more, the highest are left out: what is forgotten is sent or declared again.
    static let maximumRanges = 250
    private static let magic: [UInt8] = Array("DSCU".utf8)
    private static let version: UInt16 = 1
    private static let headerBytes = 48
    private static let checksumOffset = 44

    let epoch: Epoch
    /// Grows by 1 with each writing, from 1; the even ones are in the second slot.
    let generation: UInt64
    /// The next sequence number to be given out when this was written: records below it have existed.
    let nextSequence: UInt64
    /// Acknowledged or declared lost.
    let settled: SequenceSet

    /// Where this generation is written: never over the one before.
    var offset: UInt64 { generation % 2 == 0 ? UInt64(Cursor.slotBytes) : 0 }

    var encoded: [UInt8] {
        let ranges = settled.ranges.prefix(Cursor.maximumRanges)
        var bytes = Cursor.magic
        bytes.append(number: Cursor.version)
        bytes.append(number: UInt16(0))
        bytes.append(number: generation)
        bytes.append(number: epoch.high)
        bytes.append(number: epoch.low)
        bytes.append(number: nextSequence)
        bytes.append(number: UInt32(ranges.count))
        var body: [UInt8] = []
        for range in ranges {
            body.append(number: range.lowerBound)
            body.append(number: range.upperBound)
        }
        bytes.append(number: crc32c(body, seed: crc32c(bytes)))
        return bytes + body
    }

    /// The newest valid slot of a cursor file.
    static func newest(in file: [UInt8], of epoch: Epoch) -> Cursor? {
        [0, slotBytes].compactMap { Cursor(file, at: $0, of: epoch) }.max { $0.generation < $1.generation }
    }

    init(epoch: Epoch, generation: UInt64, nextSequence: UInt64, settled: SequenceSet) {
        self.epoch = epoch
        self.generation = generation
        self.nextSequence = nextSequence
        self.settled = settled
    }

    private init?(_ file: [UInt8], at offset: Int, of epoch: Epoch) {
        guard offset + Cursor.headerBytes <= file.count,
            file[offset..<(offset + 4)].elementsEqual(Cursor.magic), file.number(at: offset + 4) == Cursor.version
        else { return nil }
        let count = Int(file.number(at: offset + 40, as: UInt32.self))
        let body = (offset + Cursor.headerBytes)..<(offset + Cursor.headerBytes + 16 * min(count, Cursor.maximumRanges))
        guard count <= Cursor.maximumRanges, body.upperBound <= file.count,
            crc32c(file[body], seed: crc32c(file[offset..<(offset + Cursor.checksumOffset)]))
                == file.number(at: offset + Cursor.checksumOffset)
        else { return nil }
        self.epoch = Epoch(high: file.number(at: offset + 16), low: file.number(at: offset + 24))
        generation = file.number(at: offset + 8)
        nextSequence = file.number(at: offset + 32)
        var settled = SequenceSet()
        var floor: UInt64 = 0
        for at in stride(from: body.lowerBound, to: body.upperBound, by: 16) {
            let first: UInt64 = file.number(at: at)
            let last: UInt64 = file.number(at: at + 8)
            guard first > floor, first <= last, SequenceNumber.isValid(last) else { return nil }
            settled.insert(first...last)
            floor = last
        }
        self.settled = settled
        guard self.epoch == epoch, generation < .max, nextSequence > 0,
            nextSequence - 1 <= SequenceNumber.range.upperBound
        else { return nil }
    }
}
