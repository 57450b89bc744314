import FlowModel
import Testing

@testable import Aggregation

struct EntryOrderTests {
    private func isSorted<Word: AddressWord>(_ type: Word.Type, count: Int) {
        var random = SystemRandomNumberGenerator()
        let entries = (0..<count).map { _ in
            // Few values, so that every kind of tie occurs.
            FlowEntry<Word>(
                source: Word(UInt32.random(in: 0..<5, using: &random)) << Word(Word.bitWidth - 8),
                victim: Word(UInt32.random(in: 0..<3, using: &random)),
                key: UInt64.random(in: 1...12, using: &random) << 40 | UInt64.random(in: 0..<3, using: &random) << 32
                    | UInt64.random(in: 0..<4, using: &random) << 14,
                packets: 1, destinationSet: 0, bytes: 0, first: 0, last: 0, destination: 0, sourcePort: 0, ipLength: 0,
                zmap: 0, masscan: 0, mirai: 0, signature: 0, ttl: 0, flags: 0)
        }
        let numbers = entries.withUnsafeBufferPointer { EntryOrder.numbers($0) }
        #expect(numbers.sorted() == (0..<UInt32(count)).map { $0 })
        func rank(_ number: UInt32) -> (UInt64, UInt64, Word, UInt64, Word) {
            let entry = entries[Int(number)]
            return (entry.key >> 40, entry.key & 0xFFFF, entry.source, entry.key, entry.victim)
        }
        #expect(zip(numbers, numbers.dropFirst()).allSatisfy { rank($0) <= rank($1) })
    }

    @Test(arguments: [0, 1, 2, 3, 1_000, 20_000])
    func sortsByClassPortSourceAndTheRestOfTheKey(_ count: Int) {
        isSorted(UInt32.self, count: count)
        isSorted(UInt128.self, count: count)
    }
}
