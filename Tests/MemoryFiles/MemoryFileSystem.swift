import Glibc
package import SystemCalls

/// A file system in memory that fails by script and forgets in a crash what was not synced.
///
/// Like the kernel, it forgives nothing: entries of a directory are durable after the directory's sync alone, and the
/// bytes of a file whose sync failed once never become durable (wiki.postgresql.org/wiki/Fsync_Errors).
///
/// `@unchecked Sendable`: each test uses one from one thread.
package final class MemoryFileSystem: FileSystem, @unchecked Sendable {
    /// What can be made to fail.
    package enum Operation: Equatable {
        case makeDirectory, create, rename, unlink, removeDirectory, syncDirectory, write, sync, truncate, open, read
        case lock
    }

    /// What a crash leaves of that which was not synced.
    package enum Crash {
        /// Everything: only the process died.
        case keepAll
        /// Nothing.
        case loseAll
        /// The data but not the names, or the names but not the data.
        case keepData, keepNames
        /// A part of each file's bytes, the rest zeros, and some of the names.
        case tear(seed: UInt64)
    }

    fileprivate final class Inode {
        var bytes: [UInt8] = []
        var durable: [UInt8] = []
        var isPoisoned = false
        /// Bytes that were never written: they take no space.
        var hole = 0
        let isDirectory: Bool
        init(isDirectory: Bool) { self.isDirectory = isDirectory }
    }

    private var names: [String: Inode] = [:]
    private var durableNames: [String: Inode] = [:]
    private var locks: Set<String> = []
    /// Changing operations so far.
    package private(set) var operations = 0
    /// After so many everything fails.
    package var crashAfter = Int.max
    /// Bytes of all files together.
    package var capacity = Int.max
    /// An errno for an operation on a path that is to fail; nil lets it be.
    package var fault: (Operation, String) -> Int32? = { _, _ in nil }

    /// Bytes of a file that the disk does not show.
    package var badBlock: (path: String, bytes: Range<Int>)?

    /// Whether everything fails by now.
    package var isDown: Bool { operations >= crashAfter }
    /// Bytes of all files together.
    package var used: Int { names.values.reduce(0) { $0 + max(0, $1.bytes.count - $1.hole) } }
    /// Of all files, sorted.
    package var paths: [String] { names.filter { !$0.value.isDirectory }.keys.sorted() }

    /// The bytes of a file, none when there is none; what is set is durable at once.
    package subscript(path: String) -> [UInt8] {
        get { names[path]?.bytes ?? [] }
        set {
            names[path]?.bytes = newValue
            names[path]?.durable = newValue
        }
    }

    /// Holds nothing but the directory `/s`.
    package init() { names["/s"] = Inode(isDirectory: true) }

    /// Whether a crash of the machine would lose something.
    package var hasUnsynced: Bool {
        names.keys.count != durableNames.keys.count
            || names.contains { $1 !== durableNames[$0] || $1.bytes != $1.durable }
    }

    /// A copy with a life of its own.
    package func clone() -> MemoryFileSystem {
        let copy = MemoryFileSystem()
        var inodes: [ObjectIdentifier: Inode] = [:]
        func copied(_ inode: Inode) -> Inode {
            if let known = inodes[ObjectIdentifier(inode)] { return known }
            let new = Inode(isDirectory: inode.isDirectory)
            (new.bytes, new.durable, new.isPoisoned) = (inode.bytes, inode.durable, inode.isPoisoned)
            new.hole = inode.hole
            inodes[ObjectIdentifier(inode)] = new
            return new
        }
        copy.names = names.mapValues(copied)
        copy.durableNames = durableNames.mapValues(copied)
        copy.capacity = capacity
        return copy
    }

    /// A copy of what is there after a crash.
    package func crashed(_ crash: Crash) -> MemoryFileSystem {
        let copy = clone()
        // What the process did not sync is still not synced.
        if case .keepAll = crash { return copy }
        var random = Random(seed: 0)
        if case .tear(let seed) = crash { random = Random(seed: seed) }
        for name in Set(copy.names.keys).union(copy.durableNames.keys).sorted() where name != "/s" {
            let keepsName =
                switch crash {
                case .keepNames: true
                case .keepAll, .loseAll, .keepData: false
                case .tear: random.below(2) == 0
                }
            if !keepsName { copy.names[name] = copy.durableNames[name] }
        }
        for name in copy.names.keys.sorted() {
            guard let inode = copy.names[name], inode.bytes != inode.durable else { continue }
            switch crash {
            case .keepAll, .keepData: break
            case .loseAll, .keepNames: inode.bytes = inode.durable
            case .tear:
                let from = inode.durable.count + random.below(max(1, inode.bytes.count - inode.durable.count))
                for index in inode.bytes.indices where index >= from { inode.bytes[index] = 0 }
                if random.below(2) == 0 { inode.bytes.removeLast(max(0, inode.bytes.count - from)) }
            }
        }
        for name in copy.names.keys where name != "/s" && copy.names[String(MemoryFileSystem.parent(name))] == nil {
            copy.names[name] = nil
        }
        for inode in copy.names.values { (inode.durable, inode.isPoisoned) = (inode.bytes, false) }
        copy.durableNames = copy.names
        return copy
    }

    fileprivate func begin(_ operation: Operation, _ path: String) throws(SystemError) {
        if let code = fault(operation, path) { throw SystemError("\(operation)", path: path, code: code) }
        if isDown { throw SystemError("\(operation)", path: path, code: EIO) }
        if operation != .open && operation != .read { operations += 1 }
    }

    private static func parent(_ path: String) -> Substring {
        path[..<(path.utf8.lastIndex(of: UInt8(ascii: "/")) ?? path.startIndex)]
    }

    private static func isEntry(_ name: String, of path: String) -> Bool {
        name.utf8.count > path.utf8.count && name.hasPrefix(path) && parent(name).utf8.count == path.utf8.count
    }

    package func makeDirectory(_ path: String) throws(SystemError) {
        if names[path] != nil { return }
        try begin(.makeDirectory, path)
        guard names[String(MemoryFileSystem.parent(path))] != nil else {
            throw SystemError("mkdir", path: path, code: ENOENT)
        }
        names[path] = Inode(isDirectory: true)
    }

    package func list(_ path: String) throws(SystemError) -> [String] {
        try begin(.open, path)
        guard names[path]?.isDirectory == true else { throw SystemError("opendir", path: path, code: ENOTDIR) }
        return names.keys.filter { MemoryFileSystem.isEntry($0, of: path) }.map { String($0.dropFirst(path.count + 1)) }
            .sorted()
    }

    package func open(_ path: String, _ mode: FileMode) throws(SystemError) -> any OpenFile {
        try begin(mode == .create ? .create : .open, path)
        if mode == .create {
            guard names[path] == nil else { throw SystemError("open", path: path, code: EEXIST) }
            names[path] = Inode(isDirectory: false)
        }
        guard let inode = names[path] else { throw SystemError("open", path: path, code: ENOENT) }
        return MemoryFile(self, path, inode)
    }

    package func rename(_ from: String, to: String) throws(SystemError) {
        try begin(.rename, from)
        guard let inode = names.removeValue(forKey: from) else { throw SystemError("rename", path: from, code: ENOENT) }
        names[to] = inode
    }

    package func unlink(_ path: String) throws(SystemError) {
        guard names[path] != nil else { throw SystemError("unlink", path: path, code: ENOENT) }
        try begin(.unlink, path)
        names[path] = nil
    }

    package func removeDirectory(_ path: String) throws(SystemError) {
        try begin(.removeDirectory, path)
        if names.keys.contains(where: { $0.hasPrefix(path + "/") }) {
            throw SystemError("rmdir", path: path, code: ENOTEMPTY)
        }
        names[path] = nil
    }

    package func syncDirectory(_ path: String) throws(SystemError) {
        try begin(.syncDirectory, path)
        guard names[path]?.isDirectory == true else { throw SystemError("open", path: path, code: ENOENT) }
        for name in Set(names.keys).union(durableNames.keys) where MemoryFileSystem.isEntry(name, of: path) {
            durableNames[name] = names[name]
        }
    }

    package func space(_ path: String) throws(SystemError) -> (free: UInt64, total: UInt64) {
        capacity == .max ? (1 << 50, 1 << 50) : (UInt64(max(0, capacity - used)), UInt64(capacity))
    }

    package func lock(_ path: String) throws(SystemError) -> any OpenFile {
        guard !locks.contains(path) else { throw SystemError("flock", path: path, code: EWOULDBLOCK) }
        if names[path] == nil {
            try begin(.lock, path)
            names[path] = Inode(isDirectory: false)
        }
        guard let inode = names[path] else { throw SystemError("open", path: path, code: ENOENT) }
        locks.insert(path)
        return MemoryFile(self, path, inode, isLock: true)
    }

    fileprivate func unlock(_ path: String) { locks.remove(path) }

    /// How many of `count` more bytes there is room for.
    fileprivate func room(for count: Int) -> Int { min(count, max(0, capacity - used)) }
}

private final class MemoryFile: OpenFile, @unchecked Sendable {
    private let system: MemoryFileSystem
    private let path: String
    private let inode: MemoryFileSystem.Inode
    private let isLock: Bool
    private var isOpen = true

    init(_ system: MemoryFileSystem, _ path: String, _ inode: MemoryFileSystem.Inode, isLock: Bool = false) {
        self.system = system
        self.path = path
        self.inode = inode
        self.isLock = isLock
    }

    deinit { close() }

    private func begin(_ operation: MemoryFileSystem.Operation) throws(SystemError) {
        guard isOpen else { throw SystemError("\(operation)", path: path, code: EBADF) }
        try system.begin(operation, path)
    }

    func size() throws(SystemError) -> UInt64 { UInt64(inode.bytes.count) }

    func read(at offset: UInt64, count: Int) throws(SystemError) -> [UInt8] {
        try begin(.read)
        if let bad = system.badBlock, bad.path == path, bad.bytes.overlaps(Int(offset)..<(Int(offset) + count)) {
            throw SystemError("pread", path: path, code: EIO)
        }
        return Array(inode.bytes.dropFirst(Int(offset)).prefix(count))
    }

    func write(_ bytes: [UInt8], at offset: UInt64) throws(SystemError) {
        try begin(.write)
        let end = Int(offset) + bytes.count
        inode.hole += max(0, Int(offset) - inode.bytes.count)
        let growth = min(bytes.count, max(0, end - inode.bytes.count))
        let room = system.room(for: growth)
        let written = bytes.count - (growth - room)
        if Int(offset) + written > inode.bytes.count {
            inode.bytes += [UInt8](repeating: 0, count: Int(offset) + written - inode.bytes.count)
        }
        if written > 0 { inode.bytes.replaceSubrange(Int(offset)..<(Int(offset) + written), with: bytes[..<written]) }
        if room < growth { throw SystemError("pwrite", path: path, code: ENOSPC) }
    }

    func sync() throws(SystemError) {
        do {
            try begin(.sync)
        } catch {
            // Of a dead process nothing failed: it did not come to it.
            inode.isPoisoned = inode.isPoisoned || !system.isDown
            throw error
        }
        if !inode.isPoisoned { inode.durable = inode.bytes }
    }

    func truncate(to size: UInt64) throws(SystemError) {
        try begin(.truncate)
        inode.bytes.removeLast(max(0, inode.bytes.count - Int(size)))
    }

    func close() {
        if isLock && isOpen { system.unlock(path) }
        isOpen = false
    }
}
