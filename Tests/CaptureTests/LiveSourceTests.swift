import Aggregation
import FlowModel
import Glibc
import Testing

@testable import Capture

/// On loopback. What needs links of its own is in Tests/Integration/test_live_capture.py.
struct LiveSourceTests {
    /// A user without privilege cannot make a packet socket; in CI that fails.
    static var mayCapture: Bool {
        if getenv("CI") != nil { return true }
        let descriptor = socket(AF_PACKET, Int32(SOCK_RAW.rawValue), 0)
        if descriptor >= 0 { close(descriptor) }
        return descriptor >= 0
    }

    /// Sends UDP datagrams to a port of 127.0.0.1 at which nobody listens.
    private func send(_ count: Int, to port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        for _ in 0..<count {
            _ = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    sendto(descriptor, "x", 1, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
    }

    @Test(.enabled(if: mayCapture, "needs the privilege to capture"))
    func timesAreThoseOfTheKernelInNanoseconds() throws {
        var settings = LiveSettings(interface: "lo")
        settings.ringBytes = 1 << 20
        settings.filterPrefixes = [try #require(Prefix("127.0.0.1/32"))]
        let source = try LiveSource(settings)
        #expect(source.link == .up)
        let before = Self.now()
        send(200, to: 9)
        let batch = PacketBatch()
        var times: [Int64] = []
        // Every loopback packet is seen going out and coming in, and other programs may use loopback too.
        while times.count < 200, source.fill(batch, waitMilliseconds: 5_000, wake: -1) == .packets {
            times += (0..<batch.count).map { batch.header($0).unixNanoseconds }
        }
        let after = Self.now()
        #expect(times.count >= 200)
        #expect(times.allSatisfy { $0 >= before && $0 <= after })
        // In microseconds every one of them would end in three zeros.
        #expect(times.count { $0 % 1_000 != 0 } > 100)
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    @Test(.enabled(if: mayCapture, "needs the privilege to capture"))
    func anInterfaceThatIsNotThereIsNamedWithThoseThatAre() {
        let error = #expect(throws: CaptureError.self) { _ = try LiveSource(LiveSettings(interface: "none7")) }
        #expect(error?.kind == .noInterface && error?.source == "none7")
        #expect(error?.remedy.contains("lo") == true)
    }

    @Test func theFilterLooksBehindUpToTwoTags() {
        var settings = LiveSettings(interface: "lo")
        #expect(settings.filter.isEmpty)
        settings.filterPrefixes = [Prefix("198.18.0.0/24"), Prefix("2001:db8::/32")].compactMap { $0 }
        let tests = "ip dst net 198.18.0.0/24 or ip6 dst net 2001:db8::/32"
        #expect(settings.filter == "\(tests) or (vlan and (\(tests) or (vlan and (\(tests)))))")
    }
}
