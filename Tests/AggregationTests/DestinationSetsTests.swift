import FlowModel
import Testing

@testable import Aggregation

struct DestinationSetsTests {
    private static let keyed = KeyedHash((5, 6))
    private static let budget = MemoryBudget(limit: .max)

    private func exactTo64<Word: AddressWord>(_ type: Word.Type) {
        var random = SystemRandomNumberGenerator()
        var sets = DestinationSets<Word>(limit: 1 << 20, budget: Self.budget)
        defer { sets.deallocate() }
        // Twice: what was there before must not show in memory that is used again.
        for _ in 0..<2 {
            var references: [UInt32] = Array(repeating: 0, count: 70)
            for size in 1..<references.count {
                // Small numbers, 0 and the block's own count among them.
                var known: [Word] = [Word(size)]
                while known.count < size {
                    let address = Word(UInt32.random(in: 0..<90, using: &random))
                    if address != known[0] {
                        sets.insert(address, first: known[0], reference: &references[size], hash: Self.keyed)
                    }
                    if !known.contains(address) { known.append(address) }
                    let expected = DistinctCount(UInt32(known.count))
                    if known.count <= 64 { #expect(sets.count(references[size]) == expected) }
                }
                if size > 64 { #expect(sets.count(references[size]).precision == .estimate) }
            }
            sets.removeAll()
        }
    }

    @Test func countsExactlyTo64() {
        exactTo64(UInt32.self)
        exactTo64(UInt128.self)
    }

    @Test(arguments: [100, 1_000, 50_000])
    func estimatesBeyond(_ size: Int) {
        var sets = DestinationSets<UInt32>(limit: 1 << 20, budget: Self.budget)
        defer { sets.deallocate() }
        var reference: UInt32 = 0
        for address in 1..<UInt32(size) { sets.insert(address, first: 0, reference: &reference, hash: Self.keyed) }
        let count = sets.count(reference)
        // Five standard errors of 3.3 %.
        #expect(count.precision == .estimate && abs(Double(count.value) / Double(size) - 1) < 0.165)
    }

    @Test func aReachedBoundMakesLowerBounds() {
        var sets = DestinationSets<UInt32>(limit: 2_000, budget: Self.budget)
        defer { sets.deallocate() }
        var references: [UInt32] = Array(repeating: 0, count: 100)
        for address in 1...200 {
            for index in references.indices {
                sets.insert(UInt32(address), first: 0, reference: &references[index], hash: Self.keyed)
            }
        }
        #expect(sets.usedBytes <= 2_000)
        #expect(references.allSatisfy { sets.count($0).precision == .atLeast && sets.count($0).value >= 2 })
    }
}
