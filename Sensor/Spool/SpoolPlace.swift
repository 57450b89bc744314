import FlowModel
import SystemCalls

/// The paths of a spool and the file system they are on.
struct SpoolPlace: Sendable {
    static let lockName = "LOCK"
    static let liveName = "stream"
    static let rejectedName = "rejected"
    static let quarantineName = "quarantine"
    static let newSuffix = ".new"
    static let cursorName = "cursor"
    static let segmentSuffix = ".seg"

    let root: String
    let files: any FileSystem

    /// The directory that holds the spool's.
    var parent: String {
        guard let slash = root.lastIndex(of: "/") else { return "." }
        return slash == root.startIndex ? "/" : String(root[..<slash])
    }

    func path(_ name: String) -> String { "\(root)/\(name)" }

    func directory(_ epoch: Epoch) -> String { path(epoch.description) }

    func segment(_ epoch: Epoch, _ first: UInt64) -> String {
        "\(directory(epoch))/\(hexadecimal(first))\(SpoolPlace.segmentSuffix)"
    }

    func cursor(_ epoch: Epoch) -> String { "\(directory(epoch))/\(SpoolPlace.cursorName)" }

    /// The first sequence number that a segment's name states; nil for other names.
    static func firstSequence(name: String) -> UInt64? {
        guard name.utf8.count == 20, name.hasSuffix(segmentSuffix), let value = UInt64(name.prefix(16), radix: 16),
            hexadecimal(value) == name.prefix(16), SequenceNumber.isValid(value)
        else { return nil }
        return value
    }

    /// Makes a file durable under `path`, or leaves what was there: written beside it, synced, renamed over it. The
    /// directory's sync is the caller's.
    /// - Returns: the open file.
    func replace(_ path: String, with bytes: [UInt8]) throws(SystemError) -> any OpenFile {
        let temporary = path + SpoolPlace.newSuffix
        try? files.unlink(temporary)
        let file = try files.open(temporary, .create)
        do throws(SystemError) {
            try file.write(bytes, at: 0)
            try file.sync()
            try files.rename(temporary, to: path)
            return file
        } catch {
            file.close()
            try? files.unlink(temporary)
            throw error
        }
    }

    /// The live stream that is named in the spool, and nil when none is or it cannot be told.
    func readLive() throws(SystemError) -> Epoch? {
        do {
            let file = try files.open(path(SpoolPlace.liveName), .read)
            defer { file.close() }
            let text = String(decoding: try file.read(at: 0, count: 64), as: UTF8.self)
            return text.hasSuffix("\n") ? Epoch(text.dropLast()) : nil
        } catch  where error.isOfTheProcess {
            throw error
        } catch {
            return nil
        }
    }

    func writeLive(_ epoch: Epoch) throws(SystemError) {
        try replace(path(SpoolPlace.liveName), with: Array("\(epoch)\n".utf8)).close()
        try files.syncDirectory(root)
    }
}
