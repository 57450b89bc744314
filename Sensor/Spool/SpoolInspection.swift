package import FlowModel
package import SystemCalls

/// What a spool's files hold, read without its lock and without changing anything: while a sensor runs, what it writes
/// or deletes at that moment may look torn or missing.
package struct SpoolInspection: Sendable {
    package struct Record: Sendable, Hashable {
        /// What its header and the header of its content say; `segment` and `offset` say where it is.
        package let record: SpoolRecord
        /// Whether the cursor says that it is acknowledged or declared lost.
        package let isSettled: Bool
        /// Whether the content is as it was written.
        package let isIntact: Bool
    }

    package struct Segment: Sendable, Hashable {
        package let path: String
        /// As its name says.
        package let firstSequence: UInt64
        /// 0 when the header is damaged.
        package let createdUnixNanoseconds: Int64
        package let bytes: Int
        package let records: [Record]
        package let damage: [SpoolDamage]
    }

    package struct Stream: Sendable, Hashable {
        package let epoch: Epoch
        package let isLive: Bool
        package let isImport: Bool
        /// Acknowledged or declared lost, as the cursor says; nil when there is no readable cursor.
        package let settled: [ClosedRange<UInt64>]?
        /// Ascending.
        package let segments: [Segment]
        /// Files that are none of the spool's.
        package let foreignNames: [String]

        package var isDamaged: Bool { segments.contains { !$0.damage.isEmpty } }
    }

    /// By epoch.
    package private(set) var streams: [Stream] = []
    /// Names in the directory that are none of the spool's.
    package private(set) var foreignNames: [String] = []

    package var isDamaged: Bool { streams.contains(where: \.isDamaged) }

    /// Reads every segment of the spool in `directory`.
    /// - Parameter visit: is given each record with its content as it is in the file, in order.
    package init(
        directory: String, files: any FileSystem = RealFileSystem(), visit: (Record, [UInt8]) -> Void = { _, _ in }
    ) throws(SpoolError) {
        let place = SpoolPlace(root: directory, files: files)
        do {
            let live = try place.readLive()
            for name in try files.list(directory) {
                if let epoch = Epoch(name), let directory = try StreamDirectory.read(epoch, in: place) {
                    var inspector = StreamInspector(directory, place)
                    streams.append(try inspector.stream(isLive: epoch == live, visit))
                } else if !SpoolContents.ownNames.contains(name) {
                    foreignNames.append(name)
                }
            }
        } catch {
            throw SpoolError(.unreadable, error, path: directory)
        }
    }
}

/// Looks through one stream.
private struct StreamInspector {
    private let directory: StreamDirectory
    private let place: SpoolPlace
    private let settled: SequenceSet
    /// Numbers that are accounted for so far.
    private var known: SequenceSet

    init(_ directory: StreamDirectory, _ place: SpoolPlace) {
        self.directory = directory
        self.place = place
        settled = directory.settled
        known = settled
    }

    mutating func stream(
        isLive: Bool, _ visit: (SpoolInspection.Record, [UInt8]) -> Void
    ) throws(SystemError) -> SpoolInspection.Stream {
        var segments: [SpoolInspection.Segment] = []
        for segment in directory.segments { segments.append(try inspect(segment, visit)) }
        return SpoolInspection.Stream(
            epoch: directory.epoch, isLive: isLive, isImport: directory.isImport,
            settled: directory.cursor?.settled.ranges, segments: segments,
            foreignNames: directory.foreign + directory.leftovers)
    }

    private mutating func inspect(
        _ segment: StreamDirectory.Segment, _ visit: (SpoolInspection.Record, [UInt8]) -> Void
    ) throws(SystemError) -> SpoolInspection.Segment {
        let bytes = try directory.bytes(of: segment.first)
        var damage: [SpoolDamage] = []
        if segment.first > 1 {
            let before = 1...(segment.first - 1)
            damage = known.missing(in: before).map { SpoolDamage(offset: 0, bytes: 0, kind: .missing($0)) }
            known.insert(before)
        }
        switch segment.condition {
        case .intact: break
        case .healed: damage.append(SpoolDamage(offset: 0, bytes: SegmentHeader.bytes, kind: .header))
        case .newer(let version):
            damage.append(SpoolDamage(offset: 0, bytes: bytes.count, kind: .newer(version: version)))
        case .unreadable: damage.append(SpoolDamage(offset: 0, bytes: bytes.count, kind: .unreadable))
        }
        let readable = directory.readable
        let found = readable.first { $0.first == segment.first }
        var index = SegmentIndex(
            first: segment.first, createdUnixNanoseconds: found?.createdUnixNanoseconds ?? 0,
            fileBytes: UInt64(bytes.count))
        var records: [SpoolInspection.Record] = []
        if let found {
            let scan = SegmentScan(
                bytes, salt: found.salt, firstSequence: segment.first,
                before: readable.first { $0.first > segment.first }?.first)
            for record in scan.records {
                let facts = facts(record, Array(bytes[record.payload]), into: &index)
                records.append(facts)
                visit(facts, Array(bytes[record.payload]))
            }
            damage += SpoolDamage.all(scan, fileBytes: bytes.count)
        }
        return SpoolInspection.Segment(
            path: place.segment(directory.epoch, segment.first), firstSequence: segment.first,
            createdUnixNanoseconds: index.createdUnixNanoseconds, bytes: bytes.count, records: records, damage: damage)
    }

    private mutating func facts(
        _ record: SegmentScan.Record, _ content: [UInt8], into index: inout SegmentIndex
    ) -> SpoolInspection.Record {
        known.insert(record.header.sequence)
        let entry = index.append(record.header, at: record.offset, payload: content, isDamaged: !record.isIntact)
        return SpoolInspection.Record(
            record: index.record(entry, of: directory.epoch, isImport: directory.isImport),
            isSettled: settled.contains(record.header.sequence), isIntact: record.isIntact)
    }
}

extension SpoolDamage {
    /// What a scan met, by place.
    fileprivate static func all(_ scan: SegmentScan, fileBytes: Int) -> [SpoolDamage] {
        var damage = scan.unreadable.map { SpoolDamage(offset: $0.lowerBound, bytes: $0.count, kind: .records) }
        for record in scan.records where !record.isIntact {
            let kind = Kind.payload(sequence: record.header.sequence)
            damage.append(SpoolDamage(offset: record.offset, bytes: record.header.recordBytes, kind: kind))
        }
        if scan.hasDamagedEnd { damage.append(SpoolDamage(offset: scan.end, bytes: fileBytes - scan.end, kind: .end)) }
        return damage.sorted { $0.offset < $1.offset }
    }
}
