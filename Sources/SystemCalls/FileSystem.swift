/// The file operations that durable storage is built on, as a seam: `RealFileSystem` in programs; tests give ones in
/// memory that tear writes, fail and crash.
///
/// Paths are absolute or relative to the working directory. Every operation retries EINTR by itself.
package protocol FileSystem: Sendable {
    /// Makes a directory with mode 0700 unless it is there already.
    func makeDirectory(_ path: String) throws(SystemError)
    /// Names in a directory without `.` and `..`, sorted.
    func list(_ path: String) throws(SystemError) -> [String]
    /// Opens a regular file; `create` makes it with mode 0600 and fails with EEXIST when it is there.
    func open(_ path: String, _ mode: FileMode) throws(SystemError) -> any OpenFile
    func rename(_ from: String, to: String) throws(SystemError)
    func unlink(_ path: String) throws(SystemError)
    func removeDirectory(_ path: String) throws(SystemError)
    /// Makes the directory's entries durable: fsync(2) of the directory.
    func syncDirectory(_ path: String) throws(SystemError)
    /// Bytes that an unprivileged process may still write, and all bytes: statvfs(3).
    func space(_ path: String) throws(SystemError) -> (free: UInt64, total: UInt64)
    /// Takes the lock of the file `path` (made if need be) for this process; EWOULDBLOCK when another has it. The lock
    /// is held until the returned file is closed: flock(2).
    func lock(_ path: String) throws(SystemError) -> any OpenFile
}

/// How `FileSystem.open` opens.
package enum FileMode: Sendable, Hashable {
    case read
    case readWrite
    case create
}

/// An open file. Its owner closes it once; used by one thread at a time unless only `read` is called.
package protocol OpenFile: AnyObject, Sendable {
    func size() throws(SystemError) -> UInt64
    /// At most `count` bytes from `offset`; fewer only at the end of the file.
    func read(at offset: UInt64, count: Int) throws(SystemError) -> [UInt8]
    /// Writes all bytes at `offset`, or throws; after an error any part of them may have been written.
    func write(_ bytes: [UInt8], at offset: UInt64) throws(SystemError)
    /// fdatasync(2). After an error the file's unsynced bytes are lost for good and it must not be synced again
    /// (wiki.postgresql.org/wiki/Fsync_Errors).
    func sync() throws(SystemError)
    func truncate(to size: UInt64) throws(SystemError)
    /// Closes; further use throws EBADF.
    func close()
}
