import Testing

@testable import Analysis

@Suite struct WorldSourcesTests {
    private struct Sum {
        var sensors: [Int32] = []
        var packets: Int64 = 0
        var first = Int32.max
        var last: Int32 = 0
    }

    /// Sensors 0 and 1 are of one site.
    private static func site(_ sensor: Int32) -> Int32 { max(1, sensor) }

    /// Lists of five sensors of about `size` sources, and the sums by a plain loop.
    private static func lists(_ size: Int) -> (lists: [[WorldSources.Sighting]], sums: [UInt128: Sum]) {
        var random = SystemRandomNumberGenerator()
        var (lists, sums) = ([[WorldSources.Sighting]](), [UInt128: Sum]())
        for sensor in 0..<5 as Range<Int32> {
            let bits = Set((0..<size).map { _ in UInt128.random(in: 0..<UInt128(2 * size + 1), using: &random) })
            let sightings = bits.sorted().map { source in
                let first = Int32.random(in: 0..<86_400, using: &random)
                return WorldSources.Sighting(
                    bits: source, sensor: sensor, site: site(sensor), packets: .random(in: 1...9, using: &random),
                    first: first, last: .random(in: first..<86_400, using: &random))
            }
            for start in stride(from: 0, to: sightings.count, by: 1_000) {
                lists.append(Array(sightings[start..<min(start + 1_000, sightings.count)]))
            }
            for one in sightings {
                var sum = sums[one.bits] ?? Sum()
                sum.sensors.append(sensor)
                sum.packets += one.packets
                sum.first = min(sum.first, one.first)
                sum.last = max(sum.last, one.last)
                sums[one.bits] = sum
            }
        }
        return (lists.sorted { $0[0].bits < $1[0].bits }, sums)
    }

    private static func expect(_ world: WorldSources, _ sums: [UInt128: Sum], leastSites: Int) {
        let plain = sums.filter { Set($0.value.sensors.map(site)).count >= leastSites }.sorted { $0.key < $1.key }
        #expect(
            world.sources
                == plain.map { bits, sum in
                    WorldSources.Source(
                        bits: bits, sites: Int32(Set(sum.sensors.map(site)).count), sensors: Int32(sum.sensors.count),
                        packets: sum.packets, first: sum.first, last: sum.last)
                })
        #expect(world.sensors == plain.flatMap(\.value.sensors))
        #expect(world.leastSites == leastSites)
    }

    @Test(arguments: [0, 3, 400, 6_000]) func sumsAreThoseOfAPlainLoopHoweverTheListsLie(size: Int) {
        let (lists, sums) = Self.lists(size)
        var world = WorldSources(leastOpen: 2_000)
        for list in lists { world.add(list) }
        world.finish()
        Self.expect(world, sums, leastSites: 1)
    }

    @Test func sourcesOfOneSiteMakeRoomForTheOthers() {
        let (lists, sums) = Self.lists(2_000)
        let shared = sums.filter { Set($0.value.sensors.map(Self.site)).count >= 2 }.count
        var world = WorldSources(limit: shared, leastOpen: 1_000)
        for list in lists { world.add(list) }
        world.finish()
        Self.expect(world, sums, leastSites: 2)
        let sensors = world.sensors.count
        world = WorldSources(sensorLimit: sensors, leastOpen: 1_000)
        for list in lists { world.add(list) }
        world.finish()
        Self.expect(world, sums, leastSites: 2)
        var small = WorldSources(limit: 10)
        for list in lists { small.add(list) }
        small.finish()
        #expect(small.sources == Array(world.sources.prefix(10)))
    }
}
