import CLibzmq
import Glibc
import Testing

@testable import Messaging

/// What an enrolled or a nameless attacker can do to the port. One test at a time: they measure this process's memory.
@Suite(.serialized) struct HostilePeerTests {
    @Test func garbageBytesAreCutAndOthersAreServed() throws {
        let pair = try CurveKeyPair.generate()
        let server = try Server(admitting: [pair.publicKey])
        let client = try server.connectedClient(pair)
        for seed in 0..<20 {
            let connection = try PlainConnection(port: server.port)
            let bytes = (0..<4_096).map { UInt8(truncatingIfNeeded: ($0 &+ seed) &* 2_654_435_761 >> 7) }
            _ = connection.send(bytes)
            if seed == 0 { #expect(connection.isCut()) }
        }
        #expect(client.send([9]))
        #expect(server.receive()?.bytes == [9])
    }

    @Test func anEnormousCommandBeforeTheHandshakeIsCutWithoutMemory() throws {
        let server = try Server()
        let before = residentBytes()
        let connection = try PlainConnection(port: server.port)
        // ZMTP 3.1 greeting for CURVE (RFC 37), then the header of a long command of 1 GiB.
        var greeting: [UInt8] = [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3, 1] + Array("CURVE".utf8)
        greeting += [UInt8](repeating: 0, count: 64 - greeting.count)
        #expect(connection.send(greeting + [0x06, 0, 0, 0, 0, 0x40, 0, 0, 0]))
        let block = [UInt8](repeating: 0x41, count: 64 << 10)
        for _ in 0..<4_096 where !connection.send(block) { break }
        #expect(connection.isCut())
        #expect(residentBytes() - before < 32 << 20)
    }

    @Test func anOversizedMessageCutsItsSenderOnly() throws {
        let (rogue, honest) = (try CurveKeyPair.generate(), try CurveKeyPair.generate())
        let server = try Server(admitting: [rogue.publicKey, honest.publicKey], maximumMessageBytes: 1 << 16)
        let (first, second) = (try server.connectedClient(rogue), try server.connectedClient(honest))
        #expect(first.send([UInt8](repeating: 1, count: 1 << 16)))
        #expect(server.receive()?.bytes.count == 1 << 16)
        #expect(first.send([UInt8](repeating: 1, count: 1 << 16 + 1)))
        #expect(first.event { $0 == .closed } == .closed)
        #expect(second.send([2]))
        #expect(server.receive()?.bytes == [2])
    }

    @Test func aMultipartMessageIsRefusedAndOthersAreUnharmed() throws {
        let (rogue, honest) = (try CurveKeyPair.generate(), try CurveKeyPair.generate())
        let server = try Server(admitting: [rogue.publicKey, honest.publicKey])
        let client = try server.connectedClient(honest)
        let socket = try RogueSocket(server, rogue)
        #expect(eventually { socket.raw.send([1], more: true) })
        #expect(socket.raw.send([2], more: true))
        #expect(socket.raw.send([3]))
        let done = eventually {
            server.router.wait(milliseconds: 20)
            #expect(server.router.receive() == nil)
            return server.router.counters.multipart == 1
        }
        #expect(done)
        #expect(client.send([4]))
        #expect(server.receive()?.bytes == [4])
        #expect(server.router.counters.multipart == 1)
    }

    /// The parts of a bomb share one buffer, so that what this process grows by is the receiver's. Never freed, as libzmq
    /// may read it until the process ends; never written to again.
    nonisolated(unsafe) private static let part: UnsafeMutableRawBufferPointer = {
        let part = UnsafeMutableRawBufferPointer.allocate(byteCount: 512 << 10, alignment: 8)
        part.initializeMemory(as: UInt8.self, repeating: 5)
        return part
    }()

    @Test func aMultipartBombIsCutByTheWatchdogWithinItsBound() throws {
        let (rogue, honest) = (try CurveKeyPair.generate(), try CurveKeyPair.generate())
        let server = try Server(admitting: [rogue.publicKey, honest.publicKey], undeliveredLimit: 16 << 20)
        let client = try server.connectedClient(honest)
        let before = residentBytes()
        var peak = before
        let socket = try RogueSocket(server, rogue)
        // libzmq sends nothing of a message before it has its last part.
        #expect(eventually { socket.raw.send([1], more: true) })
        for index in 0..<256 { #expect(socket.send(shared: Self.part, more: index < 255)) }
        let done = eventually(within: 30_000) {
            peak = max(peak, residentBytes())
            server.router.wait(milliseconds: 1)
            return server.router.receive() != nil || server.router.peers.counters.overBound > 0
        }
        #expect(done)
        #expect(server.router.peers.counters.overBound == 1)
        #expect(server.router.counters.multipart == 0)
        #expect(peak - before < 64 << 20)
        #expect(client.send([6]))
        #expect(server.receive()?.bytes == [6])
    }

    @Test func aPeerThatIsNotReadIsCutAtTheBound() throws {
        let pair = try CurveKeyPair.generate()
        let server = try Server(admitting: [pair.publicKey])
        let client = try server.connectedClient(pair)
        let before = residentBytes()
        let payload = [UInt8](repeating: 7, count: 1 << 20)
        var sent = 0
        #expect(
            eventually {
                if client.send(payload) { sent += 1 } else { client.wait(milliseconds: 5) }
                return server.router.peers.counters.overBound == 1
            })
        #expect(sent > 14 && sent < 64)
        #expect(residentBytes() - before < 128 << 20)
    }

    @Test func ofManyPeersThatAreNotReadThoseWithMostAreCut() throws {
        let (rogue, honest) = (try CurveKeyPair.generate(), try CurveKeyPair.generate())
        let server = try Server(admitting: [rogue.publicKey, honest.publicKey], undeliveredTotal: 12 << 20)
        let client = try server.connectedClient(honest)
        #expect(client.send([6]))
        let clients = try (0..<4).map { _ in try server.connectedClient(rogue) }
        let payload = [UInt8](repeating: 7, count: 1 << 20)
        #expect(
            eventually {
                for client in clients where !client.send(payload) { client.wait(milliseconds: 1) }
                return server.router.peers.counters.overBound > 0
            })
        #expect(client.send([7]))
        var heard: [UInt8] = []
        #expect(
            eventually {
                if let incoming = server.router.receive(), incoming.key == honest.publicKey { heard += incoming.bytes }
                return heard == [6, 7]
            })
    }

    @Test func peersThatLeaveInTheMiddleOfAFloodHarmNobody() throws {
        let (rogue, honest) = (try CurveKeyPair.generate(), try CurveKeyPair.generate())
        // Heartbeats come so often that one falls between the end of a connection and the reading of what it left.
        let server = try Server(
            admitting: [rogue.publicKey, honest.publicKey], timing: ConnectionTiming(heartbeatMilliseconds: 10))
        for _ in 0..<4 {
            let flood = try server.connectedClient(rogue)
            let deadline = monotonicMilliseconds() + 300
            while monotonicMilliseconds() < deadline {
                if !flood.send([UInt8](repeating: 7, count: 10_000)) { flood.wait(milliseconds: 1) }
            }
        }
        let client = try server.connectedClient(honest)
        #expect(client.send([6]))
        #expect(
            eventually {
                guard let incoming = server.router.receive() else { return false }
                return incoming.key == honest.publicKey && incoming.bytes == [6]
            })
    }

    @Test func anHonestPeerIsNeverCutHoweverMuchItSends() throws {
        let pair = try CurveKeyPair.generate()
        let server = try Server(admitting: [pair.publicKey], undeliveredLimit: 4 << 20)
        let client = try server.connectedClient(pair)
        let sizes = [1, 200, 222, 223, 300, 70_000, 500_000]
        var (sent, received) = (0, 0)
        let done = eventually {
            if sent < 300, sent - received < 4, client.send([UInt8](repeating: 1, count: sizes[sent % sizes.count])) {
                sent += 1
            }
            if let incoming = server.router.receive() {
                #expect(incoming.bytes.count == sizes[received % sizes.count])
                received += 1
            }
            return received == 300
        }
        #expect(done)
        #expect(server.router.peers.counters.overBound == 0)
    }
}

/// A client that sends what `DealerSocket` does not.
private struct RogueSocket {
    let raw: RawSocket

    init(_ server: Server, _ pair: CurveKeyPair) throws {
        raw = try RawSocket(ZMQ_DEALER)
        try raw.set(ZMQ_CURVE_SERVERKEY, bytes: server.keyPair.publicKey.bytes)
        try raw.set(ZMQ_CURVE_PUBLICKEY, bytes: pair.publicKey.bytes)
        try raw.set(ZMQ_CURVE_SECRETKEY, bytes: pair.secretKey.bytes)
        try raw.set(ZMQ_IMMEDIATE, 1)
        try raw.set(ZMQ_SNDHWM, 4)
        try raw.connect(server.router.endpoint)
    }

    /// Queues a part whose bytes are never copied; they must outlive the process.
    func send(shared bytes: UnsafeMutableRawBufferPointer, more: Bool) -> Bool {
        var message = zmq_msg_t()
        guard zmq_msg_init_data(&message, bytes.baseAddress, bytes.count, nil, nil) == 0 else { return false }
        return zmq_msg_send(&message, raw.pointer, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)) >= 0
    }
}
