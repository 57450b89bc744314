package import SystemCalls

/// Reads records of an open spool: any thread, blocking.
package struct SpoolReader: Sendable {
    private let place: SpoolPlace

    package init(directory: String, files: any FileSystem = RealFileSystem()) {
        place = SpoolPlace(root: directory, files: files)
    }

    init(_ place: SpoolPlace) { self.place = place }

    /// The record's content as it was appended; nil when it is gone: acknowledged or dropped. Throws `damaged` when it
    /// is not what was written, `unreadable` when the disk does not show it.
    package func read(_ record: SpoolRecord) throws(SpoolError) -> [UInt8]? {
        let path = place.segment(record.epoch, record.segment)
        let bytes: [UInt8]
        do {
            let file = try place.files.open(path, .read)
            defer { file.close() }
            bytes = try file.read(at: record.offset, count: RecordHeader.bytes + record.payloadBytes)
        } catch {
            if error.isMissing { return nil }
            throw SpoolError(.unreadable, error, path: path)
        }
        let content = Array(bytes.dropFirst(RecordHeader.bytes))
        guard let header = RecordHeader(unchecked: bytes, at: 0), header.sequence == record.sequence,
            header.payloadBytes == record.payloadBytes, content.count == record.payloadBytes,
            crc32c(content) == header.payloadChecksum
        else { throw SpoolError(.damaged, path: path) }
        return content
    }
}
