import CSupport
import Glibc
import Testing

@testable import SystemCalls

struct SystemCallsTests {
    private func temporaryDirectory() throws -> String {
        var template = Array("/tmp/darkscope-syscalls-XXXXXX".utf8CString)
        return String(cString: try #require(mkdtemp(&template)))
    }

    private func remove(_ directory: String) {
        let files = RealFileSystem()
        for name in (try? files.list(directory)) ?? [] { try? files.unlink(directory + "/" + name) }
        try? files.removeDirectory(directory)
    }

    @Test func crc32cGivesTheCheckValueOfItsDefinition() {
        #expect(crc32c(Array("123456789".utf8)) == 0xE306_9283)
        #expect(crc32c([]) == 0)
    }

    @Test func crc32cIsTheSameWithAndWithoutTheInstruction() {
        var bytes: [UInt8] = []
        for length in 0..<300 {
            bytes.append(UInt8(truncatingIfNeeded: length &* 167 &+ 13))
            for seed: UInt32 in [0, 0xDEAD_BEEF] {
                let fast = bytes.withUnsafeBytes { darkscope_crc32c(seed, $0.baseAddress, $0.count) }
                let plain = bytes.withUnsafeBytes { darkscope_crc32c_portable(seed, $0.baseAddress, $0.count) }
                #expect(fast == plain)
            }
        }
    }

    @Test func crc32cGoesOnWhereItStopped() {
        let bytes = Array("the way of a packet".utf8)
        #expect(crc32c(bytes[7...], seed: crc32c(bytes[..<7])) == crc32c(bytes))
    }

    @Test func anErrorNamesCallPathAndCause() {
        #expect(throws: SystemError("open", path: "/nowhere/x", code: ENOENT)) { try readFile("/nowhere/x", limit: 1) }
        #expect("\(SystemError("open", path: "/x", code: EACCES))" == "open /x: Permission denied")
    }

    @Test func aFileOverTheLimitIsRefused() throws {
        let directory = try temporaryDirectory()
        defer { remove(directory) }
        let path = directory + "/f"
        try writeFileAtomically(path, Array(repeating: 7, count: 100_000), mode: 0o600)
        #expect(try readFile(path, limit: 100_000).count == 100_000)
        #expect(throws: SystemError("read", path: path, code: EFBIG)) { try readFile(path, limit: 99_999) }
    }

    @Test func anAtomicWriteReplacesAndSetsTheModeWhateverTheUmask() throws {
        let directory = try temporaryDirectory()
        defer { remove(directory) }
        let path = directory + "/key"
        try writeFileAtomically(path, [1], mode: 0o644)
        try writeFileAtomically(path, [2, 3], mode: 0o600)
        #expect(try readFile(path, limit: 10) == [2, 3])
        #expect(try fileMode(path) == 0o600)
        #expect(try RealFileSystem().list(directory) == ["key"])
    }

    @Test func filesReadWhatWasWrittenAndStopAtTheEnd() throws {
        let directory = try temporaryDirectory()
        defer { remove(directory) }
        let files = RealFileSystem()
        let file = try files.open(directory + "/a", .create)
        try file.write([1, 2, 3, 4], at: 0)
        try file.write([9], at: 6)
        try file.sync()
        #expect(try file.size() == 7)
        #expect(try file.read(at: 2, count: 100) == [3, 4, 0, 0, 9])
        try file.truncate(to: 3)
        #expect(try file.read(at: 0, count: 100) == [1, 2, 3])
        file.close()
        #expect(throws: SystemError.self) { try file.sync() }
        #expect(throws: SystemError("open", path: directory + "/a", code: EEXIST)) {
            _ = try files.open(directory + "/a", .create)
        }
        try files.rename(directory + "/a", to: directory + "/b")
        try files.syncDirectory(directory)
        #expect(try files.list(directory) == ["b"])
        #expect(try files.space(directory).total > 0)
    }

    @Test func aSecondLockIsRefusedUntilTheFirstIsClosed() throws {
        let directory = try temporaryDirectory()
        defer { remove(directory) }
        let files = RealFileSystem()
        let first = try files.lock(directory + "/LOCK")
        #expect(throws: SystemError("flock", path: directory + "/LOCK", code: EWOULDBLOCK)) {
            _ = try files.lock(directory + "/LOCK")
        }
        first.close()
        _ = try files.lock(directory + "/LOCK")
    }

    @Test func anEventStaysRaisedUntilItIsLowered() throws {
        let event = try EventDescriptor()
        #expect(!event.wait(milliseconds: 0))
        event.raise()
        event.raise()
        #expect(event.wait(milliseconds: 0))
        #expect(event.lower())
        #expect(!event.lower())
        #expect(!event.wait(milliseconds: 1))
    }

    @Test func clocksAndRandomBytesAnswer() throws {
        let first = Clock.monotonicNanoseconds()
        #expect(Clock.monotonicNanoseconds() >= first)
        #expect(Clock.wallNanoseconds() > 1_700_000_000_000_000_000)
        #expect(try randomBytes(32) != randomBytes(32))
        #expect(try randomBytes(0).isEmpty)
    }
}
