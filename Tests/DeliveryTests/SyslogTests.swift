import FlowModel
import Glibc
import Synchronization
import SystemCalls
import Testing

@testable import Delivery

struct SyslogTests {
    @Test func targetsHaveATransportAHostAndAPort() {
        #expect(SyslogTarget("udp://siem.example")?.port == 514)
        #expect(SyslogTarget("tls://siem.example")?.port == 6514)
        #expect(
            SyslogTarget("tcp://[2001:db8::1]:601").map { "\($0.host) \($0.authority)" }
                == "2001:db8::1 [2001:db8::1]:601")
        #expect(SyslogTarget("tcp://192.0.2.1:1/")?.authority == "192.0.2.1:1")
        for text in [
            "", "siem.example", "http://a:1", "udp://", "udp://:1", "udp://a:0", "udp://a:65536", "udp://a:+1",
            "udp://a:",
            "udp://a:1:2", "udp://a/b", "udp://[::1", "udp://[::1]x", "udp://[::1]:", "tcp://a@b:1", "tcp://a?b",
            "tcp://a#b",
            "udp://[a b]:1", "UDP://a",
        ] {
            #expect(SyslogTarget(text) == nil, "\(text)")
        }
    }

    private func messages(_ lines: [String], hostname: String = "host") -> SyslogMessages {
        SyslogMessages(
            Shipment(
                key: "k-1", notice: "n-1", madeAt: 1_796_011_334_123, contact: 1, target: "", reader: "", lines: lines),
            hostname: hostname)
    }

    @Test func aMessageHasAllFieldsOfTheStandard() {
        let header = "<132>1 2026-11-30T04:02:14.123Z host darkscope - notice "
        let data = #"[darkscope@32473 key="k-1" notice="n-1" item="1" of="1"] CEF:0|a"#
        #expect(messages(["CEF:0|a"]).messages == [Array((header + data).utf8)])
        #expect(
            String(decoding: messages(["é"]).counted, as: UTF8.self).hasPrefix("\(header.utf8.count + 57 + 2) <132>1 "))
        #expect(
            messages(["a"], hostname: "").messages[0].starts(with: Array("<132>1 2026-11-30T04:02:14.123Z - ".utf8)))
        #expect(
            messages(["a"], hostname: "a b\nc").messages[0].starts(
                with: Array("<132>1 2026-11-30T04:02:14.123Z abc ".utf8)))
    }

    @Test func whoTakesALittleNowAndThenKeepsNoThread() throws {
        let server = try SlowServer()
        let courier = SyslogCourier(
            addresses: AddressGuard(allowed: [try #require(Prefix("127.0.0.0/8"))]), hostname: "host",
            streamMilliseconds: 1_000)
        let shipment = Shipment(
            key: "k", notice: "n", madeAt: 0, contact: 1, target: "tcp://127.0.0.1:\(server.port)", reader: "",
            lines: [String](repeating: String(repeating: "x", count: 2_000), count: 10_000))
        // Whoever asks for the collector's end lets the server read, too.
        let outcome = courier.deliver(shipment) {
            server.read()
            return server.age > 10_000_000_000
        }
        #expect(outcome == .retry("the receiver does not take the notice, or not fast enough"))
        // A receiver that takes nothing has five seconds.
        #expect(server.age < 4_000_000_000)
    }

    @Test func aLineStaysALineAndIsBounded() {
        let hostile = messages(["a\r\n<0>1 forged\u{0}\u{7F}", String(repeating: "語", count: 10_000)]).messages
        #expect(hostile.count == 2 && hostile[0].allSatisfy { $0 >= 0x20 && $0 != 0x7F })
        #expect((SyslogMessages.limit - 2...SyslogMessages.limit).contains(hostile[1].count))
        #expect(!String(decoding: hostile[1], as: UTF8.self).contains("\u{FFFD}"))
    }
}

/// Takes a connection, and 4 KiB of it every 50 ms when it is asked to.
private final class SlowServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let state = Mutex(State())

    private struct State {
        var connection: Int32 = -1
        var readAt: Int64 = 0
        var acceptedAt = Int64.max
    }

    /// Nanoseconds since it took the connection; none before.
    var age: Int64 { state.withLock { max(0, Clock.monotonicNanoseconds() - $0.acceptedAt) } }

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var room: Int32 = 4_096
        setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &room, socklen_t(MemoryLayout<Int32>.size))
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &place) { place in
            place.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
                bind(listener, place, size) == 0 && listen(listener, 1) == 0
                    && getsockname(listener, place, &size) == 0
            }
        }
        try #require(code)
        self.listener = listener
        port = UInt16(bigEndian: place.sin_port)
    }

    deinit {
        close(listener)
        state.withLock { if $0.connection >= 0 { close($0.connection) } }
    }

    func read() {
        state.withLock { state in
            let now = Clock.monotonicNanoseconds()
            guard now - state.readAt > 50_000_000 else { return }
            state.readAt = now
            if state.connection < 0 {
                state.connection = accept(listener, nil, nil)
                if state.connection >= 0 { state.acceptedAt = now }
            }
            var bytes = [UInt8](repeating: 0, count: 4_096)
            if state.connection >= 0 { _ = recv(state.connection, &bytes, bytes.count, Int32(MSG_DONTWAIT)) }
        }
    }
}
