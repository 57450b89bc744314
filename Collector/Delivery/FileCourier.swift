import Alerts
import Glibc
import SystemCalls

/// Puts documents into a folder of the contact's for pick-up.
///
/// A name in the folder always stands for a whole document. Should the document be there already, nothing is done; should
/// another of its name be there, the key is put into the name.
package struct FileCourier: Courier {
    private let directory: String?

    /// - Parameter directory: where the contacts' folders are; nil leaves all shipments waiting.
    package init(directory: String?) { self.directory = directory }

    package func deliver(_ shipment: Shipment, isStopped: @escaping @Sendable () -> Bool) -> DeliveryOutcome {
        guard let directory else { return .retry("there is no place for files: set alerts.pickup_directory") }
        guard FileCourier.isName(shipment.target) else { return .dead("the target is no name of a folder") }
        let names = shipment.documents.map(\.name)
        guard names.allSatisfy(FileCourier.isName) else { return .dead("a document's name is none of a file") }
        guard !names.isEmpty else { return .delivered("the format has nothing to say of it") }
        do throws(SystemError) {
            let folder = try PickupFolder(directory, shipment.target)
            for document in shipment.documents {
                if isStopped() { return .retry("the collector was stopped") }
                try folder.put(document, key: HeaderText.token(shipment.key))
            }
            try folder.sync()
        } catch {
            return .retry("\(error)")
        }
        return .delivered(Detail.line(names.prefix(3).joined(separator: ", ")))
    }

    /// Letters, digits, `.`, `-` and `_`, at most 128 and no `.` first: it can neither lead elsewhere nor hide.
    static func isName(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count) && text.first != "."
            && text.utf8.allSatisfy { HeaderText.isAlphanumeric($0) || ".-_".utf8.contains($0) }
    }
}

/// An open folder: what is put under its path meanwhile leads nobody astray.
///
/// Owned by: the thread that made it.
private final class PickupFolder {
    private let descriptor: Int32
    private let path: String

    init(_ directory: String, _ name: String) throws(SystemError) {
        path = "\(directory)/\(name)"
        let parent = try retrying("open", path: directory) { open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        defer { close(parent) }
        do {
            try retrying("mkdir", path: path) { mkdirat(parent, name, 0o750) }
            try retrying("fsync", path: directory) { fsync(parent) }
        } catch  where error.code == EEXIST {}
        descriptor = try retrying("open", path: path) {
            openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        }
    }

    deinit { close(descriptor) }

    func put(_ document: NoticeDocument, key: String) throws(SystemError) {
        let temporary = ".\(key).part"
        _ = unlinkat(descriptor, temporary, 0)
        defer { _ = unlinkat(descriptor, temporary, 0) }
        try write(document.bytes, temporary)
        // Unlike rename(2) it never replaces what is there.
        for name in [document.name, PickupFolder.name(document.name, with: key)] {
            do {
                try retrying("link", path: "\(path)/\(name)") { linkat(descriptor, temporary, descriptor, name, 0) }
                return
            } catch  where error.code == EEXIST {
                if holds(name, document.bytes) { return }
            }
        }
        throw SystemError("link", path: "\(path)/\(document.name)", code: EEXIST)
    }

    func sync() throws(SystemError) { try retrying("fsync", path: path) { fsync(descriptor) } }

    /// `a.csv` becomes `a-key.csv`.
    static func name(_ name: String, with key: String) -> String {
        let dot = name.lastIndex(of: ".") ?? name.endIndex
        return "\(name[..<dot])-\(key.prefix(8))\(name[dot...])"
    }

    private func write(_ bytes: [UInt8], _ name: String) throws(SystemError) {
        let path = "\(path)/\(name)"
        let file = try retrying("open", path: path) {
            openat(descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o640)
        }
        defer { close(file) }
        // The process's umask keeps everybody out but the collector.
        try retrying("fchmod", path: path) { fchmod(file, 0o640) }
        var done = 0
        while done < bytes.count {
            done += try retrying("write", path: path) {
                bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress.map { $0 + done }, $0.count - done) }
            }
        }
        try retrying("fsync", path: path) { fsync(file) }
    }

    private func holds(_ name: String, _ bytes: [UInt8]) -> Bool {
        let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size == bytes.count else {
            return false
        }
        var there = [UInt8](repeating: 0, count: bytes.count)
        var done = 0
        while done < there.count {
            let count = there.withUnsafeMutableBytes { read(file, $0.baseAddress.map { $0 + done }, $0.count - done) }
            if count <= 0 { return false }
            done += count
        }
        return there == bytes
    }
}
