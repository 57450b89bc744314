import MemoryFiles
import Testing

@testable import Spool

struct SequenceSetTests {
    @Test func rangesStayAscendingDisjointAndNotAdjacent() {
        var random = Random(seed: 1)
        for _ in 0..<50 {
            var set = SequenceSet()
            var model: Set<UInt64> = []
            for _ in 0..<30 {
                let first = UInt64(1 + random.below(60))
                let last = first + UInt64(random.below(5))
                set.insert(first...last)
                model.formUnion(first...last)
                #expect(zip(set.ranges, set.ranges.dropFirst()).allSatisfy { $0.upperBound + 1 < $1.lowerBound })
            }
            #expect((1...70).allSatisfy { set.contains($0) == model.contains($0) })
            #expect(set.highest == model.max())
            let missing = set.missing(in: 5...65).flatMap { Array($0) }
            #expect(missing == (5...65).filter { !model.contains($0) })
        }
    }

    @Test func anEmptySetMissesEverything() {
        #expect(SequenceSet().missing(in: 2...3) == [2...3])
        #expect(SequenceSet().highest == nil)
        #expect(!SequenceSet().contains(1))
    }
}
