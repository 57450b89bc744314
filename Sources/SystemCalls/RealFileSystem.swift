import Glibc

/// The kernel's file system.
package struct RealFileSystem: FileSystem {
    package init() {}

    package func makeDirectory(_ path: String) throws(SystemError) {
        do {
            try retrying("mkdir", path: path) { Glibc.mkdir(path, 0o700) }
        } catch  where error.code == EEXIST {
            // A file of that name shows itself at the next open.
        }
    }

    package func list(_ path: String) throws(SystemError) -> [String] {
        guard let directory = opendir(path) else { throw SystemError("opendir", path: path, code: errno) }
        defer { closedir(directory) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(directory) else {
                if errno != 0 { throw SystemError("readdir", path: path, code: errno) }
                return names.filter { $0 != "." && $0 != ".." }.sorted()
            }
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
    }

    package func open(_ path: String, _ mode: FileMode) throws(SystemError) -> any OpenFile {
        let flags: Int32 =
            switch mode {
            case .read: O_RDONLY
            case .readWrite: O_RDWR
            case .create: O_RDWR | O_CREAT | O_EXCL
            }
        let descriptor = try retrying("open", path: path) { Glibc.open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0o600) }
        return RealFile(path: path, descriptor: descriptor)
    }

    package func rename(_ from: String, to: String) throws(SystemError) {
        try retrying("rename", path: from) { Glibc.rename(from, to) }
    }

    package func unlink(_ path: String) throws(SystemError) {
        try retrying("unlink", path: path) { Glibc.unlink(path) }
    }

    package func removeDirectory(_ path: String) throws(SystemError) {
        try retrying("rmdir", path: path) { Glibc.rmdir(path) }
    }

    package func syncDirectory(_ path: String) throws(SystemError) {
        let descriptor = try retrying("open", path: path) {
            Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        }
        defer { Glibc.close(descriptor) }
        try retrying("fsync", path: path) { fsync(descriptor) }
    }

    package func space(_ path: String) throws(SystemError) -> (free: UInt64, total: UInt64) {
        var status = statvfs()
        try retrying("statvfs", path: path) { statvfs(path, &status) }
        let unit = UInt64(status.f_frsize)
        return (UInt64(status.f_bavail) &* unit, UInt64(status.f_blocks) &* unit)
    }

    package func lock(_ path: String) throws(SystemError) -> any OpenFile {
        let descriptor = try retrying("open", path: path) {
            Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        }
        let file = RealFile(path: path, descriptor: descriptor)
        try retrying("flock", path: path) { flock(descriptor, LOCK_EX | LOCK_NB) }
        return file
    }
}

/// A descriptor of a regular file.
///
/// `descriptor` is written by `close` and `deinit` alone; the protocol's one-thread rule makes that safe.
private final class RealFile: OpenFile, @unchecked Sendable {
    private let path: String
    private var descriptor: Int32

    init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close() }

    func size() throws(SystemError) -> UInt64 {
        var status = stat()
        try retrying("fstat", path: path) { fstat(descriptor, &status) }
        return UInt64(max(0, status.st_size))
    }

    func read(at offset: UInt64, count: Int) throws(SystemError) -> [UInt8] {
        var failure: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: max(0, count)) { buffer, filled in
            filled = 0
            guard let base = buffer.baseAddress else { return }
            while filled < count {
                let part = pread(descriptor, base + filled, count - filled, off_t(clamping: offset) + filled)
                if part == 0 { return }
                if part > 0 {
                    filled += part
                } else if errno != EINTR {
                    failure = SystemError("pread", path: path, code: errno)
                    return
                }
            }
        }
        if let failure { throw failure }
        return bytes
    }

    func write(_ bytes: [UInt8], at offset: UInt64) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let part = try retrying("pwrite", path: path) {
                bytes.withUnsafeBytes {
                    pwrite(
                        descriptor, $0.baseAddress.map { $0 + done }, $0.count - done, off_t(clamping: offset) + done)
                }
            }
            if part == 0 { throw SystemError("pwrite", path: path, code: EIO) }
            done += part
        }
    }

    func sync() throws(SystemError) { try retrying("fdatasync", path: path) { fdatasync(descriptor) } }

    func truncate(to size: UInt64) throws(SystemError) {
        try retrying("ftruncate", path: path) { ftruncate(descriptor, off_t(clamping: size)) }
    }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }
}
