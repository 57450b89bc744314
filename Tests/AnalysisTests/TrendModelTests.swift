import Testing

@testable import Analysis

@Suite struct TrendModelTests {
    private static let start: Int64 = 1_767_225_600

    /// Traffic at ports that a day's curve, lasting noise and counting shape, with rises that are known.
    private struct World {
        struct Rise {
            let port: Int32
            /// Ten minutes since the start, and how many.
            let since: Int
            let length: Int
            let factor: Double
        }

        var random: ChangeFinderTests.Generator
        let means: [Double]
        var rises: [Rise] = []

        init(seed: UInt64, ports: Int) {
            random = ChangeFinderTests.Generator(state: seed)
            means = (0..<ports).map { 4_000 / Double($0 + 1) + 40 }
        }

        mutating func hour(_ number: Int) -> TrendHour {
            var hour = TrendHour(start: TrendModelTests.start + Int64(number) * 3_600)
            hour.coverage = Array(repeating: 1, count: 6)
            for (port, mean) in means.enumerated() {
                for place in 0..<6 {
                    let point = number * 6 + place
                    var rate = mean
                    for rise in rises
                    where rise.port == Int32(port) && (rise.since..<rise.since + rise.length).contains(point) {
                        rate *= rise.factor
                    }
                    let packets = random.count(rate, at: point, noise: 0.1)
                    hour.add(
                        ServicePort(trafficClass: 1, number: Int32(port)), place, packets: packets,
                        sources: (packets / 3).rounded(), known: 0)
                }
            }
            return hour
        }
    }

    @Test func risesAreFoundAndLittleElse() {
        var world = World(seed: 17, ports: 50)
        for number in 0..<100 {
            let port = Int32(number * 7 % 50)
            // From the fourth day on, a day apart at each port.
            let since = 3 * 144 + number / 50 * 12 * 144 + Int.random(in: 0..<11 * 144, using: &world.random)
            world.rises.append(
                World.Rise(port: port, since: since, length: 12, factor: .random(in: 4...20, using: &world.random)))
        }
        var (model, surges) = (TrendModel(), [Surge: Int]())
        for number in 0..<30 * 24 {
            for surge in model.add(world.hour(number)) {
                var key = surge
                (key.end, key.peak, key.score, key.value, key.otherValue) = (0, 0, 0, 0, 0)
                surges[key] = surges[key] ?? number
            }
        }
        func isOf(_ surge: Surge, _ rise: World.Rise) -> Bool {
            let point = Int((surge.start - Self.start) / 600)
            return surge.port.number == rise.port && (rise.since..<rise.since + rise.length + 15).contains(point)
        }
        for metric in Surge.Metric.allCases {
            let found = surges.keys.filter { $0.metric == metric }
            let hits = world.rises.filter { rise in found.contains { isOf($0, rise) } }.count
            let right = found.filter { surge in world.rises.contains { isOf(surge, $0) } }.count
            let (recall, precision) = (
                Double(hits) / Double(world.rises.count), Double(right) / Double(max(1, found.count))
            )
            print("surges of \(metric): recall \(recall), precision \(precision), \(found.count) found")
            #expect(recall >= 0.9 && precision >= 0.9)
        }
    }

    @Test func partsOfAHistoryGiveWhatTheWholeGives() {
        var world = World(seed: 5, ports: 40)
        world.rises = (0..<20).map { World.Rise(port: Int32($0), since: 300 + 31 * $0, length: 20, factor: 8) }
        let hours = (0..<24 * 7).map { world.hour($0) }
        var (whole, parted) = (TrendModel(), TrendModel())
        for hour in hours {
            let expected = whole.add(hour)
            let ports = parted.ports.compactMapValues { port in
                TrackedPort(weight: port.weight, packets: port.numbers.packets, sources: port.numbers.sources)
            }
            parted = TrendModel(next: parted.next, points: parted.points, panel: parted.panel, ports: ports)
            #expect(parted.add(hour) == expected)
        }
        #expect(whole == parted)
        #expect(TrackedPort(weight: 1, packets: [1, 2], sources: []) == nil)
    }

    /// Two sensors of which each sees ports that the other hardly sees; the second comes after a day, stays a week and goes.
    @Test func aSensorThatComesOrGoesIsNoSurge() {
        var (first, second) = (World(seed: 1, ports: 30), World(seed: 2, ports: 30))
        var model = TrendModel()
        var surges: [Surge] = []
        var day: [[ServicePort: TrendModel.Comparison]] = []
        for number in 0..<24 * 12 {
            let (one, two) = (first.hour(number), second.hour(number))
            var (hour, comparisons) = (one, [ServicePort: TrendModel.Comparison]())
            for port in 0..<30 as Range<Int32> {
                let mine = ServicePort(trafficClass: 1, number: port)
                // The second sensor has the ports the other way round, and a hundred times the packets.
                let theirs = two.cells[ServicePort(trafficClass: 1, number: 29 - port)] ?? []
                var comparison = TrendModel.Comparison()
                for cell in one.cells[mine] ?? [] {
                    comparison.oldPackets += cell.packets
                    comparison.oldSources += cell.sources
                }
                (comparison.newPackets, comparison.newSources) = (comparison.oldPackets, comparison.oldSources)
                for (place, cell) in theirs.enumerated() {
                    let (packets, sources) = (cell.packets * 100, cell.sources * 100)
                    comparison.newPackets += packets
                    comparison.newSources += sources
                    guard (24..<24 * 8).contains(number) else { continue }
                    hour.add(mine, place, packets: packets, sources: sources, known: 0)
                }
                comparisons[mine] = comparison
            }
            if number == 24 { model.change(panel: [1, 2], Self.sum(day)) }
            if number == 24 * 8 { model.change(panel: [1], Self.sum(day).mapValues(Self.reversed)) }
            surges += model.add(hour)
            day = (day + [comparisons]).suffix(24)
        }
        let changes: [Int64] = [24, 24 * 8]
        let atChanges = surges.filter { surge in
            let hour = (surge.start - Self.start) / 3_600
            return changes.contains { change in abs(hour - change) <= 3 }
        }
        #expect(atChanges == [])
    }

    private static func sum(
        _ hours: [[ServicePort: TrendModel.Comparison]]
    ) -> [ServicePort: TrendModel.Comparison] {
        var sums: [ServicePort: TrendModel.Comparison] = [:]
        for (port, hour) in hours.joined() {
            var sum = sums[port] ?? TrendModel.Comparison()
            sum.oldPackets += hour.oldPackets
            sum.newPackets += hour.newPackets
            sum.oldSources += hour.oldSources
            sum.newSources += hour.newSources
            sums[port] = sum
        }
        return sums
    }

    private static func reversed(_ sum: TrendModel.Comparison) -> TrendModel.Comparison {
        var reversed = sum
        (reversed.oldPackets, reversed.newPackets) = (sum.newPackets, sum.oldPackets)
        (reversed.oldSources, reversed.newSources) = (sum.newSources, sum.oldSources)
        return reversed
    }

    @Test func thePanelIsOfSensorsThatObserveNowAndDidBefore() {
        let day = UInt32(1) << 25 - 1
        #expect(TrendPanel(observed: [:]).sensors == [])
        #expect(TrendPanel(observed: [3: 1, 2: 1]).sensors == [2, 3])
        // The second is new, the third was here for half of the day, the fourth is away.
        let panel = TrendPanel(observed: [1: day, 2: 1, 3: 0b1_1111_1111_1111, 4: day - 1])
        #expect(panel.sensors == [1, 3])
        #expect(panel.common([1, 4], [1, 3]) == Array(1...12))
        #expect(panel.common([1, 2], [1]) == [])
        #expect(panel.common([], [1]) == Array(1...24))
        #expect(TrendPanel(observed: [1: 0, 2: 1]).sensors == [2])
    }

    @Test func whatWasNotObservedIsMissingAndWhatPartlyWasIsScaled() throws {
        var (model, half) = (TrendModel(), TrendModel())
        let port = ServicePort(trafficClass: 1, number: 23)
        for number in 0..<300 {
            var hour = TrendHour(start: Self.start + Int64(number) * 3_600)
            var parted = hour
            for place in 0..<6 {
                hour.coverage[place] = 1
                parted.coverage[place] = place % 3 == 0 ? 0.5 : 0.95
                hour.add(port, place, packets: 1_000, sources: 100, known: 0)
                parted.add(
                    port, place, packets: place % 3 == 0 ? 0 : 950, sources: place % 3 == 0 ? 0 : 95, known: 0)
            }
            #expect(model.add(hour) == [] && half.add(parted) == [])
        }
        let series = try #require(half.ports[port])
        #expect(abs(series.packets.mean - 1_000) < 1e-6 && abs(series.sources.mean - 100) < 1e-6)
        var silence = TrendHour(start: Self.start + 300 * 3_600)
        silence.coverage = Array(repeating: 0.89, count: 6)
        let before = half.ports[port]?.packets
        #expect(half.add(silence) == [] && half.ports[port]?.packets == before)
    }

    @Test func aPortThatIsFoldedIsTakenForWhatItMayHave() throws {
        var model = TrendModel()
        let port = ServicePort(trafficClass: 1, number: 23)
        for number in 0..<100 {
            var hour = TrendHour(start: Self.start + Int64(number) * 3_600)
            hour.coverage = Array(repeating: 1, count: 6)
            for place in 0..<6 {
                hour.add(unknown: 300, class: 1, place)
                if number % 2 == 0 { hour.add(port, place, packets: 200, sources: 50, known: 300) }
            }
            #expect(model.add(hour) == [])
        }
        #expect(abs(try #require(model.ports[port]).packets.mean - 200) < 1e-6)
    }

    @Test func portsAreBoundedAndThoseWithFewPacketsGoFirst() {
        var model = TrendModel()
        for number in 0..<4 {
            var hour = TrendHour(start: Self.start + Int64(number) * 3_600)
            hour.coverage = Array(repeating: 1, count: 6)
            for place in 0..<6 {
                hour.add(ServicePort(trafficClass: 1, number: 23), place, packets: 9, sources: 1, known: 0)
                for port in 0..<3_000 as Range<Int32> {
                    let sent = ServicePort(trafficClass: 2, number: Int32(number) * 3_000 + port)
                    hour.add(sent, place, packets: 1, sources: 1, known: 0)
                }
            }
            _ = model.add(hour)
            #expect(model.ports.count == TrendModel.portLimit)
        }
        #expect(model.ports[ServicePort(trafficClass: 1, number: 23)] != nil)
    }

    @Test func newSurgesAreBoundedAndThoseThatAreStoredGoOn() {
        var model = TrendModel()
        var told: Set<ServicePort> = []
        for number in 0..<32 {
            var hour = TrendHour(start: Self.start + Int64(number) * 3_600)
            hour.coverage = Array(repeating: 1, count: 6)
            for port in 0..<1_000 as Range<Int32> where number >= 30 {
                for place in 0..<6 {
                    let packets = 1_000 + Double(port) + Double(place + number * 6) * 100
                    hour.add(ServicePort(trafficClass: 1, number: port), place, packets: packets, sources: 1, known: 0)
                }
            }
            let found = Set(model.add(hour).map(\.port))
            #expect(found.isSuperset(of: told) && found.subtracting(told).count <= TrendModel.newSurgeLimit)
            #expect(Set(model.openSurges.map(\.port)) == found)
            told = found
        }
        #expect(told.count == 2 * TrendModel.newSurgeLimit)
    }

    @Test func afterALongPauseItBeginsAnew() {
        var world = World(seed: 3, ports: 3)
        var model = TrendModel()
        for number in 0..<30 { _ = model.add(world.hour(number)) }
        var same = model
        same.begin(Self.start + 30 * 3_600 + 7 * 86_400)
        #expect(same == model)
        same.begin(Self.start + 31 * 3_600 + 7 * 86_400)
        #expect(same == TrendModel())
    }

    @Test func aPortThatWasNeverSeenSurgesAtOnce() throws {
        var world = World(seed: 9, ports: 3)
        var model = TrendModel()
        for number in 0..<48 { _ = model.add(world.hour(number)) }
        let port = ServicePort(trafficClass: 1, number: 8_291)
        var hour = world.hour(48)
        for place in 3..<6 { hour.add(port, place, packets: 2_000, sources: 300, known: 0) }
        let surges = model.add(hour).filter { $0.port == port }
        #expect(surges.map(\.metric) == [.packets, .sources])
        let first = try #require(surges.first)
        #expect(first.start == hour.start + 1_800 && first.value == 2_000 && first.usual == 0)
        #expect(first.otherValue == 300 && first.otherUsual == 0)
    }
}
