import Glibc
import Testing

@testable import Messaging

/// A server on an ephemeral loopback port, with what tests need around it.
struct Server {
    let keyPair: CurveKeyPair
    let table: KeyTable
    let router: RouterSocket

    init(
        admitting keys: Set<CurveKey> = [], undeliveredLimit: Int = 16 << 20, undeliveredTotal: Int = 64 << 20,
        maximumMessageBytes: Int = 1 << 20, timing: ConnectionTiming = ConnectionTiming()
    ) throws {
        keyPair = try CurveKeyPair.generate()
        table = KeyTable(keys)
        router = try RouterSocket(
            .init(
                secretKey: keyPair.secretKey, maximumMessageBytes: maximumMessageBytes,
                undeliveredLimit: undeliveredLimit, undeliveredTotal: undeliveredTotal, timing: timing),
            bind: "tcp://127.0.0.1:*", keys: table)
    }

    var port: UInt16 { UInt16(router.endpoint.split(separator: ":").last ?? "") ?? 0 }

    /// A client that has begun to connect.
    func client(_ pair: CurveKeyPair, serverKey: CurveKey? = nil) throws -> DealerSocket {
        let client = try DealerSocket(.init(serverKey: serverKey ?? keyPair.publicKey, identity: pair))
        try client.connect(to: router.endpoint)
        return client
    }

    /// A client whose handshake is done.
    func connectedClient(_ pair: CurveKeyPair) throws -> DealerSocket {
        let client = try client(pair)
        try #require(client.outcome() == .handshakeSucceeded)
        return client
    }

    /// The next message within ten seconds.
    func receive() -> RouterSocket.Incoming? {
        var incoming: RouterSocket.Incoming?
        _ = eventually {
            incoming = router.receive()
            if incoming == nil { router.wait(milliseconds: 20) }
            return incoming != nil
        }
        return incoming
    }
}

extension DealerSocket {
    /// The first event that ends a handshake, within ten seconds.
    func outcome() -> ConnectionEvent? { event { $0 != .connected } }

    /// The first event that fits, within ten seconds.
    func event(_ fits: (ConnectionEvent) -> Bool) -> ConnectionEvent? {
        var found: ConnectionEvent?
        _ = eventually {
            while found == nil, let event = nextEvent() {
                if fits(event) { found = event }
            }
            if found == nil { wait(milliseconds: 20) }
            return found != nil
        }
        return found
    }

    /// The next message within ten seconds.
    func message() -> [UInt8]? {
        var bytes: [UInt8]?
        _ = eventually {
            bytes = receive()
            if bytes == nil { wait(milliseconds: 20) }
            return bytes != nil
        }
        return bytes
    }
}

/// Milliseconds of a clock that only goes forward.
func monotonicMilliseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}

/// Tries until the condition holds or ten seconds are over; the condition waits by itself.
func eventually(within milliseconds: Int64 = 10_000, _ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = monotonicMilliseconds() + milliseconds
    while monotonicMilliseconds() < deadline {
        if try condition() { return true }
    }
    return false
}

/// A TCP connection without ZeroMQ.
final class PlainConnection {
    let descriptor: Int32

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(result == 0)
    }

    deinit { close(descriptor) }

    /// Sends what the peer takes; false once the peer has ended the connection.
    func send(_ bytes: [UInt8]) -> Bool {
        Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) >= 0
    }

    /// Whether the peer ends the connection within ten seconds.
    func isCut() -> Bool {
        eventually {
            var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&item, 1, 100) > 0 else { return false }
            var bytes = [UInt8](repeating: 0, count: 4096)
            return recv(descriptor, &bytes, bytes.count, 0) <= 0
        }
    }
}

/// Resident memory of this process in bytes.
func residentBytes() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    guard fgets(&line, 256, file) != nil else { return 0 }
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let fields = text.split(separator: " ")
    return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * 4096
}
