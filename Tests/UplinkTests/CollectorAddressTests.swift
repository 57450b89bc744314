import Testing

@testable import Uplink

struct CollectorAddressTests {
    @Test(
        arguments: [
            ("collector.example", "collector.example:4747"), ("collector.example:443", "collector.example:443"),
            ("192.0.2.1:4747", "192.0.2.1:4747"), ("[2001:db8::1]", "[2001:db8::1]:4747"),
            ("[2001:db8::1]:443", "[2001:db8::1]:443"), ("tcp://127.0.0.1:9", "127.0.0.1:9"),
        ] as [(String, String)])
    func readsHostAndPort(_ text: String, _ expected: String) {
        #expect(CollectorAddress(text)?.description == expected)
    }

    @Test(
        arguments: [
            "", ":4747", "host:", "host:0", "host:65536", "host:port", "2001:db8::1", "[2001:db8::1", "[::1]x:1",
            "ho st:1", "host/path:1", "tcp://",
        ])
    func refusesWhatIsNoAddress(_ text: String) {
        #expect(CollectorAddress(text) == nil)
    }

    @Test func numericAddressesResolveToThemselves() throws {
        #expect(try CollectorAddress("127.0.0.1:5")?.resolve().get() == ["tcp://127.0.0.1:5"])
        #expect(try CollectorAddress("[::1]:5")?.resolve().get() == ["tcp://[::1]:5"])
    }

    @Test func aNameWithoutAnAddressSaysWhich() {
        guard case .failure(let failure)? = CollectorAddress("no-such-host.invalid:1")?.resolve() else {
            Issue.record("RFC 6761: .invalid never resolves")
            return
        }
        #expect(failure.description.contains("no-such-host.invalid"))
    }
}

struct BackoffTests {
    @Test func boundsDoubleUpToTheMaximumAndStartAgainAfterASuccess() {
        var random = SeededRandom(state: 1)
        var backoff = Backoff(firstMilliseconds: 100, maximumMilliseconds: 1_000)
        for bound in [100, 200, 400, 800, 1_000, 1_000] as [Int64] {
            var copies = (0..<200).map { _ in backoff }
            let drawn = copies.indices.map { copies[$0].next(using: &random) }
            #expect(drawn.allSatisfy { (0...bound).contains($0) })
            #expect((drawn.max() ?? 0) > bound * 3 / 4 && (drawn.min() ?? bound) < bound / 4)
            _ = backoff.next(using: &random)
        }
        backoff.succeeded()
        #expect(backoff == Backoff(firstMilliseconds: 100, maximumMilliseconds: 1_000))
        for _ in 0..<1_000 { _ = backoff.next(using: &random) }
    }
}
