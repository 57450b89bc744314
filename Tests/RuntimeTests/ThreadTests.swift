import Glibc
import Synchronization
import SystemCalls
import Testing

@testable import Runtime

struct WorkerTests {
    @Test func theBodyRunsOnAThreadWithTheNameAndJoinWaitsForIt() throws {
        let comm = Mutex<[UInt8]>([])
        let worker = try Worker(name: "a-name-that-is-too-long") {
            let bytes = (try? readFile("/proc/thread-self/comm", limit: 100)) ?? []
            comm.withLock { $0 = bytes }
        }
        worker.join()
        #expect(comm.withLock { String(decoding: $0, as: UTF8.self) } == "a-name-that-is-\n")
    }

    @Test func theBodyIsReleasedAtTheEnd() throws {
        final class Token: Sendable {}
        weak var token: Token?
        do {
            let held = Token()
            token = held
            let worker = try Worker(name: "holder") { withExtendedLifetime(held) {} }
            worker.join()
        }
        #expect(token == nil)
    }

    @Test func aWorkerThatIsDroppedRunsOn() throws {
        let (go, done) = (try EventDescriptor(), try EventDescriptor())
        _ = try Worker(name: "dropped") {
            go.wait(milliseconds: -1)
            done.raise()
        }
        go.raise()
        #expect(done.wait(milliseconds: 10_000))
    }
}

struct StopSignalTests {
    @Test func theSecondSignalEndsTheProcess() {
        var policy = StopPolicy()
        #expect(policy.receive(SIGHUP) == .reload)
        #expect(policy.receive(SIGTERM) == .stop)
        #expect(policy.receive(SIGHUP) == .reload)
        #expect(policy.receive(SIGTERM) == .exit(143))
        #expect(policy.receive(SIGINT) == .exit(130))
    }

    /// To the thread alone: a signal to the process would find the tests' other threads, which do not block it.
    @Test func signalsRaiseWhatTheyMean() throws {
        let signal = try StopSignal()
        #expect(!signal.isRaised)
        #expect(!signal.wait(milliseconds: 0))
        pthread_kill(signal.worker.identifier, SIGHUP)
        #expect(signal.reload.wait(milliseconds: 10_000))
        #expect(signal.reload.lower())
        #expect(!signal.isRaised)
        pthread_kill(signal.worker.identifier, SIGINT)
        #expect(signal.wait(milliseconds: 10_000))
        #expect(signal.isRaised)
        var entry = pollfd(fd: signal.descriptor, events: Int16(POLLIN), revents: 0)
        #expect(poll(&entry, 1, 0) == 1)
    }

    @Test func aProgramRaisesItItself() throws {
        let signal = try StopSignal()
        signal.raise()
        #expect(signal.isRaised)
        #expect(signal.wait())
    }
}

struct ServiceManagerTests {
    private func receive(at path: String, _ state: String) throws -> String? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(path.utf8)
        if name[0] == UInt8(ascii: "@") { name[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = socklen_t(2 + name.count)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        try #require(bound == 0)
        guard ServiceManager.send(state, to: path) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
    }

    @Test func statesArriveAtBothKindsOfSocket() throws {
        let folder = try TemporaryFolder()
        #expect(try receive(at: folder / "notify", "READY=1\nSTATUS=on") == "READY=1\nSTATUS=on")
        #expect(try receive(at: "@\(folder.path)", "STOPPING=1") == "STOPPING=1")
    }

    @Test(arguments: [
        "", "relative", "vsock:2:1", "/nowhere/socket", "@nobody", "/" + String(repeating: "x", count: 107),
    ])
    func anAddressThatLeadsNowhereIsSilent(path: String) {
        #expect(!ServiceManager.send("READY=1", to: path))
    }
}
