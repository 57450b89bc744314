import FlowModel
import Testing

@testable import Aggregation

struct DestinationPermutationTests {
    /// Spaces that have a table of images.
    @Test(arguments: [["198.18.0.0/21"], ["198.18.0.0/24", "198.18.9.0/26"], ["192.0.2.7/32"]])
    func theImageIsThatOfThePermutationAndNoTwoAreEqual(_ prefixes: [String]) throws {
        let space = DarkSpace(prefixes.compactMap { Prefix($0) })
        let encoder = DestinationEncoder(policy: .permuted, space: space, key: (11, 12))
        let last = try #require(space.lastNumber(.ipv4))
        var images: Set<UInt128> = []
        var count = 0
        for prefix in prefixes.compactMap({ Prefix($0) }) {
            for bits in prefix.network.bits...prefix.last.bits {
                let number = try #require(space.number(UInt32(bits)))
                let image = encoder.encode(UInt32(bits))
                #expect(image <= last && image == encoder.permute(number, last: last))
                images.insert(image)
                count += 1
            }
        }
        #expect(images.count == count)
    }

    @Test func aSpaceTooLargeForATableFollowsTheSameRule() throws {
        let space = DarkSpace([try #require(Prefix("10.0.0.0/8"))])
        let encoder = DestinationEncoder(policy: .permuted, space: space, key: (11, 12))
        let images = (0..<500).map { encoder.encode(UInt32(0x0A00_0000 + $0 * 33_001)) }
        #expect(Set(images).count == 500 && images.allSatisfy { $0 < 1 << 24 })
    }

    @Test func anAddressThatIsNotDarkHasNoImage() throws {
        let space = DarkSpace([try #require(Prefix("198.18.0.0/20"))])
        let encoder = DestinationEncoder(policy: .permuted, space: space, key: (11, 12))
        #expect(encoder.encode(UInt32(1)) == 0)
    }
}
