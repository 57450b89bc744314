import CLibzmq
import Testing

@testable import Messaging

@Suite struct AdmissionTests {
    @Test func deliversARegisteredKeysMessageUnderItsKeyAndAnswersIt() throws {
        let pair = try CurveKeyPair.generate()
        let server = try Server(admitting: [pair.publicKey])
        let client = try server.connectedClient(pair)
        let payload = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        #expect(client.send(payload))
        let incoming = try #require(server.receive())
        #expect(incoming.key == pair.publicKey)
        #expect(incoming.bytes == payload)
        #expect(server.router.send([1, 2, 3], to: incoming.route))
        #expect(client.message() == [1, 2, 3])
    }

    @Test func refusesAnUnknownKeyAndRemembersIt() throws {
        let server = try Server()
        let stranger = try CurveKeyPair.generate()
        let client = try server.client(stranger)
        #expect(client.outcome() == .handshakeFailed(.refused(status: 400)))
        #expect(!client.send([1]))
        let refusals = server.router.takeRefusals()
        #expect(refusals.recent == [Refusal(key: stranger.publicKey, address: "127.0.0.1")])
        #expect(refusals.total == 1)
        #expect(server.router.takeRefusals().total == 0)
    }

    @Test func refusesAClientThatPinsAnotherServerKey() throws {
        let pair = try CurveKeyPair.generate()
        let server = try Server(admitting: [pair.publicKey])
        let client = try server.client(pair, serverKey: try CurveKeyPair.generate().publicKey)
        guard case .handshakeFailed(.cut) = client.outcome() else {
            Issue.record("expected the connection to be cut")
            return
        }
    }

    @Test func refusesAClientWithoutCurve() throws {
        let server = try Server()
        let socket = try RawSocket(ZMQ_DEALER)
        let monitor = try SocketMonitor(socket, name: "plain-client-test", events: ZMQ_EVENT_ALL)
        try socket.connect(server.router.endpoint)
        var failed = false
        let done = eventually {
            while let (event, _) = monitor.next() {
                failed = failed || event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL || event == ZMQ_EVENT_DISCONNECTED
                #expect(event != ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
            }
            return failed
        }
        #expect(done)
        _ = socket.send([1])
        server.router.wait(milliseconds: 100)
        #expect(server.router.receive() == nil)
    }

    @Test func aRefusedClientGetsInOnceItsKeyIsRegistered() throws {
        let pair = try CurveKeyPair.generate()
        let server = try Server()
        #expect(try server.client(pair).outcome() == .handshakeFailed(.refused(status: 400)))
        _ = server.table.replace(with: [pair.publicKey])
        let client = try server.connectedClient(pair)
        #expect(client.send([7]))
        #expect(server.receive()?.bytes == [7])
    }

    @Test func kickingARemovedKeyCutsItWithinASecondAndSparesOthers() throws {
        let (revoked, other) = (try CurveKeyPair.generate(), try CurveKeyPair.generate())
        let server = try Server(admitting: [revoked.publicKey, other.publicKey])
        let (first, second) = (try server.connectedClient(revoked), try server.connectedClient(other))
        #expect(first.send([1]))
        #expect(server.receive()?.key == revoked.publicKey)
        #expect(second.send([2]))
        #expect(server.receive()?.key == other.publicKey)

        let start = monotonicMilliseconds()
        #expect(server.table.replace(with: [other.publicKey]) == [revoked.publicKey])
        #expect(server.router.peers.kick(revoked.publicKey) == 1)
        #expect(first.event { $0 == .closed } == .closed)
        #expect(monotonicMilliseconds() - start < 1_000)
        #expect(server.router.peers.counters.kicked == 1)
        #expect(try server.client(revoked).outcome() == .handshakeFailed(.refused(status: 400)))

        #expect(second.send([3]))
        #expect(server.receive()?.bytes == [3])
    }

    @Test func nothingOfARemovedKeyIsDeliveredEvenWhenNobodyKicksIt() throws {
        let pair = try CurveKeyPair.generate()
        let server = try Server(admitting: [pair.publicKey])
        let client = try server.connectedClient(pair)
        _ = server.table.replace(with: [])
        #expect(client.send([1]))
        let done = eventually {
            server.router.wait(milliseconds: 20)
            #expect(server.router.receive() == nil)
            return server.router.counters.revoked == 1
        }
        #expect(done)
        #expect(client.event { $0 == .closed } == .closed)
    }

    @Test func twoServersOfOneProcessDoNotAdmitEachOthersKeys() throws {
        let pair = try CurveKeyPair.generate()
        let (mine, other) = (try Server(admitting: [pair.publicKey]), try Server())
        #expect(try mine.client(pair).outcome() == .handshakeSucceeded)
        #expect(try other.client(pair).outcome() == .handshakeFailed(.refused(status: 400)))
    }

    @Test func answeringAPeerThatIsGoneIsCountedAndNotFatal() throws {
        let pair = try CurveKeyPair.generate()
        let server = try Server(admitting: [pair.publicKey])
        var client: DealerSocket? = try server.connectedClient(pair)
        #expect(client?.send([1]) == true)
        let incoming = try #require(server.receive())
        client = nil
        #expect(eventually { !server.router.send([1], to: incoming.route) })
        #expect(server.router.counters.unsent > 0)
    }

    @Test func theEndpointIsToldAsItWasGiven() throws {
        let server = try Server()
        #expect(server.router.endpoint == "tcp://127.0.0.1:\(server.port)" && server.port > 0)
    }

    @Test func aPortInUseIsAnError() throws {
        let server = try Server()
        #expect(throws: MessagingError(.bind, "")) {
            _ = try RouterSocket(
                .init(secretKey: server.keyPair.secretKey), bind: server.router.endpoint, keys: KeyTable())
        }
    }

    @Test func aServerThatFailedHoldsUpNoOthersEnd() throws {
        var server: Server? = try Server()
        let (endpoint, secretKey) = try (#require(server?.router.endpoint), #require(server?.keyPair.secretKey))
        for _ in 0..<20 {
            #expect(throws: MessagingError(.bind, "")) {
                _ = try RouterSocket(.init(secretKey: secretKey), bind: endpoint, keys: KeyTable())
            }
        }
        let pair = try CurveKeyPair.generate()
        _ = server?.table.replace(with: [pair.publicKey])
        let client = try #require(try server?.connectedClient(pair))
        server = nil
        #expect(client.event { $0 == .closed } == .closed)
    }

    @Test func aWakerEndsAWait() throws {
        let server = try Server()
        let waker = try Waker()
        waker.wake()
        let start = monotonicMilliseconds()
        server.router.wait(milliseconds: 60_000, waker: waker)
        #expect(monotonicMilliseconds() - start < 10_000)
    }
}
