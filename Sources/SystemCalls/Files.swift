import Glibc

/// The whole file; throws EFBIG when it has more than `limit` bytes.
package func readFile(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
    let descriptor = try retrying("open", path: path) { open(path, O_RDONLY | O_CLOEXEC) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = try retrying("read", path: path) {
            chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        }
        if count == 0 { return bytes }
        if bytes.count + count > limit { throw SystemError("read", path: path, code: EFBIG) }
        bytes += chunk[..<count]
    }
}

/// Replaces or makes the file so that a reader, and a machine that loses power, sees the old bytes or all new ones:
/// written beside it with `mode`, synced, renamed over it, directory synced.
package func writeFileAtomically(_ path: String, _ bytes: [UInt8], mode: UInt32) throws(SystemError) {
    let temporary = "\(path).\(getpid()).new"
    _ = unlink(temporary)
    let descriptor = try retrying("open", path: temporary) {
        open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
    }
    do throws(SystemError) {
        defer { close(descriptor) }
        // The process's umask must not widen or narrow what the caller asked for.
        try retrying("fchmod", path: temporary) { fchmod(descriptor, mode) }
        var done = 0
        while done < bytes.count {
            done += try retrying("write", path: temporary) {
                bytes.withUnsafeBytes { write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done) }
            }
        }
        try retrying("fsync", path: temporary) { fsync(descriptor) }
        try retrying("rename", path: path) { rename(temporary, path) }
    } catch {
        _ = unlink(temporary)
        throw error
    }
    let slash = path.lastIndex(of: "/")
    let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    try RealFileSystem().syncDirectory(directory)
}

/// The permission bits of a file: stat(2).
package func fileMode(_ path: String) throws(SystemError) -> UInt32 {
    var status = stat()
    try retrying("stat", path: path) { stat(path, &status) }
    return status.st_mode & 0o7777
}
