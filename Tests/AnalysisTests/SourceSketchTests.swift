import FlowModel
import Testing

@testable import Analysis

@Suite struct SourceSketchTests {
    private func sketch(_ sources: some Sequence<UInt32>) -> SourceSketch {
        var sketch = SourceSketch()
        for source in sources { sketch.insert(SourceSketch.hash(ipv4: source)) }
        return sketch
    }

    /// From hll_hash_bigint and hll_hash_bytea of postgresql-hll 2.16.
    @Test func hashesAreThoseOfPostgresqlHLL() {
        #expect(SourceSketch.hash(Address(ipv4: 0)) == 0x28DF_63B7_CC57_C3CB)
        #expect(SourceSketch.hash(Address(ipv4: 0xC000_0201)) == 0x03AE_1D18_FB20_EB3C)
        #expect(SourceSketch.hash(Address(ipv6: 0x2001_0DB8_0000_0000_0000_0000_0000_0001)) == 0x6ABA_AEE0_764B_F3C5)
    }

    @Test func fewSourcesAreCountedExactlyHoweverOftenTheyCome() {
        for count in [0, 1, 15, 16, 17, 255, 256] as [UInt32] {
            var sketch = sketch((0..<3).flatMap { _ in 0..<count })
            #expect(sketch.count() == (Int64(count), .exact))
        }
    }

    /// The standard error is 1.6 %, so about 94 of 100 estimates are within 3 %.
    @Test(arguments: [257, 1_000, 20_000, 100_000] as [UInt32])
    func estimatesAreWithinThreePercentInNineOfTenCases(count: UInt32) {
        var (good, sum) = (0, 0.0)
        let sets: UInt32 = count > 20_000 ? 50 : 100
        for set in 0..<sets {
            var sketch = sketch(set * count..<(set + 1) * count)
            let (value, precision) = sketch.count()
            #expect(precision == .estimate)
            let error = Double(value) / Double(count) - 1
            if abs(error) < 0.03 { good += 1 }
            sum += error
        }
        #expect(good * 10 >= Int(sets) * 9)
        #expect(abs(sum) / Double(sets) < 0.01)
    }

    @Test func aUnionIsTheSetOfAllSourcesWhateverItsOrder() {
        for edges in [[0, 3, 7, 100], [0, 200, 150, 300], [0, 40_000, 30_000, 70_000]] as [[UInt32]] {
            let (left, right) = (sketch(edges[0]..<edges[1]), sketch(edges[2]..<edges[3]))
            var (one, other, whole) = (left, right, sketch((edges[0]..<edges[1]).map { $0 } + (edges[2]..<edges[3])))
            one.formUnion(right)
            other.formUnion(left)
            let bytes = whole.storedBytes()
            #expect(one.storedBytes() == bytes)
            #expect(other.storedBytes() == bytes)
        }
    }

    @Test(arguments: [0, 1, 256, 257, 900, 1_500, 100_000] as [UInt32])
    func theStoredFormIsReadBack(count: UInt32) throws {
        var sketch = sketch(0..<count)
        let bytes = sketch.storedBytes()
        #expect(bytes.count <= 3 + 2_560)
        var read = try #require(SourceSketch(stored: bytes))
        #expect(read.count() == sketch.count())
        #expect(read.storedBytes() == bytes)
    }

    @Test(arguments: [0, 3, 300, 3_000] as [UInt32])
    func strangeBytesAreRefusedOrReadWithoutHarm(count: UInt32) {
        var sketch = sketch(0..<count)
        let bytes = sketch.storedBytes()
        for length in 0..<min(3, bytes.count) { #expect(SourceSketch(stored: Array(bytes[..<length])) == nil) }
        for bit in 0..<24 {
            var other = bytes
            other[bit / 8] ^= 1 << UInt8(bit % 8)
            if var read = SourceSketch(stored: other) { _ = read.count() }
        }
        for length in 3..<bytes.count {
            if var read = SourceSketch(stored: Array(bytes[..<length])) { _ = read.count() }
        }
        #expect(bytes[0] >> 4 == 1)
    }

    @Test func registersThatAreAllFullTellOfNoBoundAndEndNothing() {
        var full = SourceSketch(registers: [UInt8](repeating: 31, count: 4_096))
        #expect(full.count() == (.max, .estimate))
    }
}
