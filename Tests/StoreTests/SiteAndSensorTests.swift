import FlowModel
import Support
import Testing

@testable import Store

@Suite struct SiteAndSensorTests {
    private func prefix(_ text: String) throws -> Prefix { try #require(Prefix(text)) }

    @Test func aSiteReturnsAsItWasRegistered() throws {
        let database = try TestDatabase()
        let store = try database.connect()
        let blocks = [try prefix("192.0.2.0/24"), try prefix("2001:db8::/48")]
        func add(_ code: String, zone: String = "Asia/Bangkok") throws -> RegistryOutcome {
            try store.addSite(
                code: code, name: "Té's \"site\"", country: "TH", zone: zone, policy: .none, prefixes: blocks)
        }
        #expect(try add("th-1") == .done)
        #expect(try add("th-1") == .exists)
        #expect(try add("th-2", zone: "Asia/Nowhere") == .unknownZone)
        let error = #expect(throws: StoreError.self) { try add("TH 3") }
        #expect(error?.kind == .refused("23514"))
        let site = try #require(try store.sites().first)
        #expect(
            site
                == Site(
                    code: "th-1", name: "Té's \"site\"", country: "TH", zone: "Asia/Bangkok", policy: .none,
                    trust: .normal, blocks: blocks.map { .init(prefix: $0, from: nil, to: nil) }, sensors: []))
        #expect(try store.sites(code: "th-9").isEmpty)
    }

    @Test func blocksComeAndGo() throws {
        let scene = try Scene()
        let store = scene.connection
        #expect(try store.addBlock(site: "nowhere", prefix: try prefix("192.0.2.0/24")) == .unknownSite)
        #expect(try store.addBlock(site: "alpha", prefix: try prefix("192.0.2.0/24")) == .done)
        #expect(try store.addBlock(site: "alpha", prefix: try prefix("192.0.2.0/25")) == .overlaps)
        #expect(try store.endBlock(site: "alpha", prefix: try prefix("192.0.2.0/25")) == .unknownBlock)
        #expect(try store.endBlock(site: "alpha", prefix: try prefix("192.0.2.0/24")) == .done)
        #expect(try store.addBlock(site: "alpha", prefix: try prefix("192.0.2.0/25")) == .done)
        let blocks = try #require(try store.sites(code: "alpha").first).blocks
        #expect(blocks.map(\.prefix.description) == ["192.0.2.0/24", "192.0.2.0/25"])
        #expect(blocks.map { $0.to == nil } == [false, true])
    }

    @Test func aSensorIsKnownByItsKeysUntilTheyAreRevoked() throws {
        let scene = try Scene()
        let store = scene.connection
        let (first, second) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32))
        #expect(try store.addSensor(site: "nowhere", name: "one", publicKey: first) == .unknownSite)
        #expect(
            try store.addSensor(site: "alpha", name: "one", publicKey: scene.publicKey) == .keyInUse(by: "alpha/edge"))
        #expect(try store.addSensor(site: "alpha", name: "one", publicKey: first) == .done)
        #expect(try store.addSensor(site: "alpha", name: "one", publicKey: second) == .exists)
        #expect(try store.addKey(site: "alpha", name: "two", publicKey: second) == .unknownSensor)
        #expect(try store.addKey(site: "alpha", name: "one", publicKey: second) == .done)
        #expect(try store.enrolledKeys().map(\.publicKey) == [scene.publicKey, first, second])
        #expect(try store.revoke(site: "alpha", name: "one", publicKey: first) == .done)
        #expect(try store.revoke(site: "alpha", name: "one", publicKey: first) == .unknownKey)
        #expect(try store.enrolledKeys().map(\.publicKey) == [scene.publicKey, second])
        #expect(try store.revoke(site: "alpha", name: "one", publicKey: nil) == .done)
        #expect(try store.revoke(site: "alpha", name: "two", publicKey: nil) == .unknownSensor)
        #expect(try store.enrolledKeys().map(\.publicKey) == [scene.publicKey])
        let sensor = try #require(try store.sensors(site: "alpha").last)
        #expect(sensor.name == "one" && !sensor.isActive && sensor.keys.map(\.publicKey) == [first, second])
        #expect(sensor.keys.allSatisfy { $0.revokedAt != nil })
        #expect(try store.sensorStatus().map(\.sensor) == ["edge"])
        #expect(try store.addKey(site: "alpha", name: "one", publicKey: first) == .keyInUse(by: "alpha/one"))
        #expect(try store.addKey(site: "alpha", name: "one", publicKey: Array(repeating: 3, count: 32)) == .done)
        #expect(try store.sensorStatus().map(\.sensor) == ["edge", "one"])
        #expect(try store.sensorStatus().map(\.state) == [.silent, .silent])
    }
}
