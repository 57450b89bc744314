import FlowModel
import SystemCalls
import WireFormat

/// What a stream's directory holds. Reading it changes nothing.
struct StreamDirectory {
    struct Segment {
        let name: String
        /// As the name says.
        let first: UInt64
        let condition: Condition
    }

    enum Condition: Hashable {
        case intact(SegmentHeader)
        /// The header is damaged, its salt was found by the first record.
        case healed(salt: UInt32, isImport: Bool)
        case newer(version: UInt16)
        /// Of another stream or name, damaged beyond use, or refused by the disk.
        case unreadable
    }

    /// A segment whose records can be looked for.
    struct Readable {
        let first: UInt64
        let salt: UInt32
        /// 0 when unknown.
        let createdUnixNanoseconds: Int64
        let isImport: Bool
        let isHealed: Bool
    }

    let epoch: Epoch
    private let place: SpoolPlace
    /// Every file named like a segment, ascending.
    private(set) var segments: [Segment] = []
    /// Nil when there is none that can be read.
    private(set) var cursor: Cursor?
    /// Files that were being made when the program ended.
    private(set) var leftovers: [String] = []
    /// Files that are none of the spool's.
    private(set) var foreign: [String] = []

    /// What the directory holds; nil when it is none or the disk does not show it. Throws only what says nothing about
    /// the files: missing permission, no descriptors.
    static func read(_ epoch: Epoch, in place: SpoolPlace) throws(SystemError) -> StreamDirectory? {
        do {
            return try StreamDirectory(epoch, in: place)
        } catch  where error.isOfTheProcess {
            throw error
        } catch {
            return nil
        }
    }

    private init(_ epoch: Epoch, in place: SpoolPlace) throws(SystemError) {
        self.epoch = epoch
        self.place = place
        for name in try place.files.list(place.directory(epoch)) {
            if let first = SpoolPlace.firstSequence(name: name) {
                segments.append(Segment(name: name, first: first, condition: try condition(first)))
            } else if name == SpoolPlace.cursorName {
                let file = try content(place.cursor(epoch), limit: 2 * Cursor.slotBytes)
                cursor = file.flatMap { Cursor.newest(in: $0, of: epoch) }
            } else if name.hasSuffix(SpoolPlace.newSuffix) {
                leftovers.append(name)
            } else {
                foreign.append(name)
            }
        }
    }

    /// The newest version among the segments, when it is newer than this program.
    var newerVersion: UInt16? {
        segments.compactMap { if case .newer(let version) = $0.condition { version } else { nil } }.max()
    }

    /// Segments with records to look for, ascending.
    var readable: [Readable] {
        segments.compactMap { segment in
            switch segment.condition {
            case .intact(let header):
                Readable(
                    first: segment.first, salt: header.salt, createdUnixNanoseconds: header.createdUnixNanoseconds,
                    isImport: header.isImport, isHealed: false)
            case .healed(let salt, let isImport):
                Readable(
                    first: segment.first, salt: salt, createdUnixNanoseconds: 0, isImport: isImport, isHealed: true)
            case .newer, .unreadable: nil
            }
        }
    }

    /// Numbers that the cursor calls settled. Without a cursor what was before the first file is taken as delivered or
    /// declared: nothing else says so.
    var settled: SequenceSet {
        if let cursor { return cursor.settled }
        var settled = SequenceSet()
        if let first = segments.first?.first, first > 1 { settled.insert(1...(first - 1)) }
        return settled
    }

    /// Names of segments without records to look for.
    var unreadable: [String] { segments.filter { $0.condition == .unreadable }.map(\.name) }

    /// Whether the last segment by name is one of those.
    var isNewestUnreadable: Bool { segments.last?.condition == .unreadable }

    /// Whether the stream is a capture file's; an intact header's word counts more than a guess.
    var isImport: Bool { (readable.first { !$0.isHealed } ?? readable.first)?.isImport ?? false }

    /// A segment's bytes. What the disk refuses to show reads as zeros, so that the rest is not lost with it.
    func bytes(of first: UInt64) throws(SystemError) -> [UInt8] {
        try content(place.segment(epoch, first), limit: Int(SpoolLimits.largestSegment)) ?? []
    }

    private func condition(_ first: UInt64) throws(SystemError) -> Condition {
        let path = place.segment(epoch, first)
        guard
            let start = try content(
                path, limit: Int(SpoolLimits.largestSegment), count: SegmentHeader.lengths.upperBound)
        else { return .unreadable }
        switch SegmentHeader.read(start) {
        case .newer(let version): return .newer(version: version)
        case .header(let header):
            return header.epoch == epoch && header.firstSequence == first ? .intact(header) : .unreadable
        case .unreadable:
            let whole = try bytes(of: first)
            guard let salt = SegmentScan.salt(healing: whole, firstSequence: first) else { return .unreadable }
            let scan = SegmentScan(whole, salt: salt, firstSequence: first, before: first + 1)
            let summary = scan.records.first.flatMap { try? BatchSummary(Array(whole[$0.payload])) }
            return .healed(salt: salt, isImport: summary?.isImport ?? false)
        }
    }

    /// The first bytes of a file; nil when it can't be opened or is longer than `limit`.
    private func content(_ path: String, limit: Int, count: Int = .max) throws(SystemError) -> [UInt8]? {
        do {
            let file = try place.files.open(path, .read)
            defer { file.close() }
            let size = try file.size()
            guard size <= UInt64(limit) else { return nil }
            let wanted = min(Int(size), count)
            do {
                return try file.read(at: 0, count: wanted)
            } catch {
                return readAround(file, wanted)
            }
        } catch  where error.isOfTheProcess {
            throw error
        } catch {
            return nil
        }
    }

    private func readAround(_ file: any OpenFile, _ count: Int) -> [UInt8] {
        let block = 4_096
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            let wanted = min(block, count - bytes.count)
            let part = (try? file.read(at: UInt64(bytes.count), count: wanted)) ?? []
            bytes += part
            bytes.append(contentsOf: repeatElement(0, count: wanted - part.count))
        }
        return bytes
    }
}
