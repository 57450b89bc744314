import FlowModel
import Testing

@testable import Aggregation

struct DestinationEncoderTests {
    /// Spaces that have a table of images.
    @Test(arguments: [["198.18.0.0/21"], ["198.18.0.0/24", "198.18.9.0/26"], ["192.0.2.7/32"]])
    func theImageIsThatOfThePermutationAndNoTwoAreEqual(_ prefixes: [String]) throws {
        let space = DarkSpace(prefixes.compactMap { Prefix($0) })
        let encoder = DestinationEncoder(policy: .permuted, space: space, key: (11, 12))
        let permutation = DestinationPermutation(key: (11, 12))
        let last = try #require(space.lastNumber(.ipv4))
        var images: Set<UInt128> = []
        var count = 0
        for prefix in prefixes.compactMap({ Prefix($0) }) {
            for bits in prefix.network.bits...prefix.last.bits {
                let number = try #require(space.number(UInt32(bits)))
                let image = encoder.encode(UInt32(bits))
                #expect(image <= last && image == permutation.image(number, last: last))
                images.insert(image)
                count += 1
            }
        }
        #expect(images.count == count)
    }

    /// Their images are not listed; the rounds of the first are in a table.
    @Test(arguments: ["10.0.0.0/15", "10.0.0.0/7"])
    func aLargerSpaceFollowsTheSameRule(_ prefix: String) throws {
        let space = DarkSpace([try #require(Prefix(prefix))])
        let encoder = DestinationEncoder(policy: .permuted, space: space, key: (11, 12))
        let permutation = DestinationPermutation(key: (11, 12))
        let last = try #require(space.lastNumber(.ipv4))
        for offset in stride(from: UInt32(0), through: UInt32(last), by: Int(last / 500)) {
            #expect(encoder.encode(0x0A00_0000 + offset) == permutation.image(UInt128(offset), last: last))
        }
    }

    @Test func anAddressThatIsNotDarkHasNoImage() throws {
        let space = DarkSpace([try #require(Prefix("198.18.0.0/20"))])
        let encoder = DestinationEncoder(policy: .permuted, space: space, key: (11, 12))
        #expect(encoder.encode(UInt32(1)) == 0)
    }
}
