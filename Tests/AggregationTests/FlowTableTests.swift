import FlowModel
import Testing

@testable import Aggregation

struct FlowTableTests {
    private struct Key: Hashable {
        var source: UInt32
        var victim: UInt32
        var key: UInt64
    }

    private static let keyed = KeyedHash((3, 4))
    private static let budget = MemoryBudget(limit: .max)

    private func entry(_ key: Key, packets: UInt32) -> FlowEntry<UInt32> {
        FlowEntry(
            source: key.source, victim: key.victim, key: key.key, packets: packets, destinationSet: 0, bytes: 0,
            first: 0, last: 0, destination: 0, sourcePort: 0, ipLength: 0, zmap: 0, masscan: 0, mirai: 0, signature: 0,
            ttl: 0, flags: 0)
    }

    /// With the hash of the table, and with the worst one: every key has the same.
    @Test(arguments: [false, true])
    func findsWhatWasInsertedAndNothingElse(_ isWorst: Bool) {
        var random = SystemRandomNumberGenerator()
        var table = FlowTable<UInt32>(hash: Self.keyed, budget: Self.budget)
        defer { table.deallocate() }
        func place(_ key: Key) -> UInt64 {
            isWorst ? 0 : Self.keyed.hash(source: key.source, victim: key.victim, key: key.key)
        }
        // The worst hash is not that of the table, so it may not grow then.
        let count = isWorst ? 500 : 20_000
        var model: [Key: UInt32] = [:]
        #expect(table.find(source: 1, victim: 0, key: 1, hash: 0) == nil && table.candidate(0) == 0)
        for number in 0..<count {
            let key = Key(
                source: .random(in: 0..<200, using: &random), victim: .random(in: 0..<2, using: &random),
                key: .random(in: 1..<100, using: &random))
            let found = table.find(source: key.source, victim: key.victim, key: key.key, hash: place(key))
            #expect(found?.pointee.packets == model[key])
            if found != nil { continue }
            let fits = table.reserveOne(hint: 0)
            #expect(fits)
            table.insert(entry(key, packets: UInt32(number)), hash: place(key))
            model[key] = UInt32(number)
        }
        #expect(table.count == model.count && table.all.count == model.count)
        for (key, packets) in model {
            #expect(
                table.find(source: key.source, victim: key.victim, key: key.key, hash: place(key))?.pointee.packets
                    == packets)
            let candidate = table.candidate(place(key))
            #expect(candidate > 0 && candidate <= table.count)
        }
        table.removeAll()
        #expect(table.count == 0 && table.candidate(0) == 0)
        for key in model.keys {
            #expect(table.find(source: key.source, victim: key.victim, key: key.key, hash: place(key)) == nil)
        }
    }

    @Test func entriesKeepTheirNumbersWhenTheTableGrows() {
        var table = FlowTable<UInt128>(hash: Self.keyed, budget: Self.budget)
        defer { table.deallocate() }
        for number in 0..<5_000 {
            let source = UInt128(number) << 64
            let fits = table.reserveOne(hint: 0)
            #expect(fits)
            table.insert(
                FlowEntry(
                    source: source, victim: 0, key: 1, packets: 1, destinationSet: 0, bytes: 0, first: 0, last: 0,
                    destination: 0, sourcePort: 0, ipLength: 0, zmap: 0, masscan: 0, mirai: 0, signature: 0, ttl: 0,
                    flags: 0),
                hash: Self.keyed.hash(source: source, victim: 0, key: 1))
        }
        #expect(table.all.map(\.source) == (0..<5_000).map { UInt128($0) << 64 })
        #expect(table.usedBytes <= table.bytes)
    }

    @Test func aHintReservesAtOnce() {
        var table = FlowTable<UInt32>(hash: Self.keyed, budget: Self.budget)
        defer { table.deallocate() }
        let fits = table.reserveOne(hint: 3_000)
        #expect(fits && table.capacity >= 3_000)
    }
}
