import FlowModel
import Testing

@testable import Analysis

/// Scans and attacks as a plain loop over packets finds them.
@Suite struct EventTests {
    private struct Packet {
        var time: Int64
        var key: ActivityKey
        var port: Int32
        var destination: UInt32
        var site: Int32
    }

    private static let hours = 4
    /// A thousand sites of 16 addresses, or one, have the timeout that goes with the number.
    private let size = TelescopeSize(addresses: 400_000)

    private func service(_ packet: Packet) -> Int32 {
        packet.key.kind == .scan
            ? packet.key.service | 6 << 16
            : Int32(TrafficClass.tcpSynAck.rawValue) << 24 | packet.key.service << 16 | packet.port
    }

    /// What sensors make of packets: a record for each window of a minute, sensor and flow.
    private func columns(_ packets: [Packet], minute: Int64) -> FlowColumns {
        var columns = FlowColumns()
        for (flow, members) in Dictionary(grouping: packets, by: { [Int64($0.key.address), Int64(service($0))] })
            .sorted(by: { $0.key.lexicographicallyPrecedes($1.key) })
        {
            let times = members.map { Int32($0.time - minute * 60_000) }
            let first = members.min { $0.time < $1.time }
            columns.service.append(Int32(flow[1]))
            columns.source4.append(Int32(bitPattern: UInt32(flow[0]) ^ 0x8000_0000))
            columns.header.append(40 << 8)
            columns.packets.append(Int64(members.count))
            columns.first.append((times.min() ?? 0) << 8 | 64)
            columns.last.append(times.max() ?? 0)
            columns.destinations.append(Int64(Set(members.map(\.destination)).count))
            columns.destination4.append(Int32(bitPattern: first?.destination ?? 0))
        }
        return columns
    }

    /// Goes the way of the collector: hours by themselves, then the hours of each key.
    private func events(_ packets: [Packet]) -> [ActivityKey: [EventJoin.Event]] {
        var activities: [ActivityKey: [(activity: Activity, size: TelescopeSize)]] = [:]
        for hour in 0..<Int64(Self.hours) {
            var pass = ActivityHour(start: hour * 3_600, size: size)
            for minute in hour * 60..<hour * 60 + 60 {
                let members = packets.filter { $0.time / 60_000 == minute }
                for site in Set(members.map(\.site)).sorted() {
                    pass.add(
                        columns(members.filter { $0.site == site }, minute: minute), window: minute * 60, site: site,
                        tellsDestinations: true)
                }
            }
            let result = pass.finish()
            #expect(result.leftOut == 0)
            for (key, activity) in result.activities { activities[key, default: []].append((activity, size)) }
        }
        var found: [ActivityKey: [EventJoin.Event]] = [:]
        for (key, parts) in activities {
            let events = EventJoin.events(of: key.kind, parts)
            if !events.isEmpty { found[key] = events }
        }
        return found
    }

    private func plainPeak(_ times: [Int64]) -> Int64 {
        var (most, start) = (0, 0)
        for end in times.indices {
            while times[end] - times[start] >= 60_000 { start += 1 }
            most = max(most, end - start + 1)
        }
        return Int64(most)
    }

    /// Each key's packets between silences, by a loop over its sorted packets.
    private func plainEpisodes(_ packets: [Packet]) -> [ActivityKey: [[Packet]]] {
        Dictionary(grouping: packets, by: \.key).mapValues { members in
            var episodes: [[Packet]] = []
            let timeout = members[0].key.kind == .scan ? size.scanTimeoutSeconds * 1_000 : 300_000
            for packet in members.sorted(by: { $0.time < $1.time }) {
                if let last = episodes.last?.last, packet.time - last.time <= timeout {
                    episodes[episodes.count - 1].append(packet)
                } else {
                    episodes.append([packet])
                }
            }
            return episodes
        }
    }

    private func randomPackets(_ random: inout SplitMix) -> [Packet] {
        var packets: [Packet] = []
        let span = Int64(Self.hours) * 3_600_000
        for number in 0..<60 as Range<UInt32> {
            let isScan = number % 2 == 0
            let key = ActivityKey(
                kind: isScan ? .scan : .attack, address: number * 7_919,
                service: isScan ? Int32(TrafficClass.tcpSyn.rawValue) << 24 | Int32(number) : 6)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                // From a packet in ten minutes to ten a second.
                let gap = Int64(100 << Int.random(in: 0...13, using: &random))
                var time = Int64.random(in: 0..<span, using: &random)
                for _ in 0..<Int.random(in: 1...120, using: &random) {
                    guard time < span else { break }
                    packets.append(
                        Packet(
                            time: time, key: key, port: isScan ? 0 : .random(in: 80..<90, using: &random),
                            destination: .random(in: 0..<1_000, using: &random),
                            site: .random(in: 1...3, using: &random)))
                    time += .random(in: 0...2 * gap, using: &random)
                }
            }
        }
        return packets
    }

    @Test func eventsAreThoseOfAPlainLoopOverThePackets() throws {
        var random = SplitMix(state: 1)
        var (seen, missed, wrong) = (0, 0, 0)
        for _ in 0..<12 {
            let packets = randomPackets(&random)
            let found = events(packets)
            for (key, episodes) in plainEpisodes(packets) {
                for episode in episodes {
                    let (first, last) = (episode[0].time, episode[episode.count - 1].time)
                    let match = found[key]?.first { $0.activity.first == first && $0.activity.last == last }
                    let destinations = Int64(Set(episode.map { [Int64($0.site), Int64($0.destination)] }).count)
                    let isEvent =
                        key.kind == .scan
                        ? destinations >= 10
                        : episode.count >= 25 && last - first >= 60_000 && plainPeak(episode.map(\.time)) >= 5
                    if isEvent { seen += 1 }
                    if isEvent, match == nil { missed += 1 }
                    if !isEvent, match != nil { wrong += 1 }
                    guard let activity = match?.activity else { continue }
                    #expect(activity.packets == Int64(episode.count))
                    #expect(activity.sites == SiteSet(episode.map(\.site)))
                    let bounds = activity.destinations(of: size.addresses)
                    #expect(bounds.least <= destinations && destinations <= bounds.most)
                    #expect((bounds.least...bounds.most).contains(bounds.estimate))
                    if key.kind == .attack {
                        #expect(Set(activity.ports.ports) == Set(episode.map(\.port)))
                        #expect(activity.ports.packets.reduce(0, +) == activity.packets)
                    }
                }
            }
            // Nothing is found that is no episode.
            #expect(found.values.allSatisfy { events in events.allSatisfy { $0.activity.packets > 0 } })
        }
        print("events \(seen), missed \(missed), wrong \(wrong)")
        // What is wrong is at the thresholds: destinations by a linear count, the peak by even packets.
        #expect(seen > 500 && missed * 25 <= seen && wrong * 50 <= seen)
    }

    /// The peak of 60 seconds is known from first, last and number of each minute: how far is it from the packets'?
    @Test func thePeakIsWithinATenthOfThatOfThePackets() {
        var random = SplitMix(state: 3)
        let key = ActivityKey(kind: .attack, address: 1, service: 6)
        var (sum, worst, cases) = (0.0, 0.0, 0.0)
        for _ in 0..<300 {
            // A minute and a half of an attack of some strength, anywhere in its minutes.
            let start = Int64.random(in: 0..<600_000, using: &random)
            let rate = Double.random(in: 0.2...5, using: &random)
            let packets = random.arrivals(rate, seconds: .random(in: 30...200, using: &random)).map { time in
                Packet(time: start + Int64(time * 1_000), key: key, port: 80, destination: 1, site: 1)
            }
            guard packets.count >= 25 else { continue }
            var activity: Activity?
            for minute in Set(packets.map { $0.time / 60_000 }).sorted() {
                let times = packets.map(\.time).filter { $0 / 60_000 == minute }
                let part = Activity(
                    first: times.min() ?? 0, last: times.max() ?? 0, packets: Int64(times.count), destinations: 1,
                    destinationBits: 1)
                if activity?.join(part) == nil { activity = part }
            }
            let error = Double(activity?.peak ?? 0) / Double(plainPeak(packets.map(\.time))) - 1
            (sum, worst, cases) = (sum + error, max(worst, abs(error)), cases + 1)
        }
        print("peak: mean error \(sum / cases), worst \(worst), of \(cases)")
        #expect(cases > 100 && abs(sum / cases) < 0.1 && worst < 0.35)
    }

    @Test func errorsTellOfTheirQuotedDestinationAndOthersOfTheirSource() {
        var columns = FlowColumns()
        for (kind, ipProtocol, port, victim) in [
            (9, 1, 769, 7 as UInt32?), (9, 1, 769, nil), (6, 17, 53, nil), (8, 1, 0, nil), (2, 6, 443, nil),
            (3, 6, 80, nil),
        ] as [(Int32, Int32, Int32, UInt32?)] {
            columns.service.append(kind << 24 | ipProtocol << 16 | port)
            columns.source4.append(Int32(bitPattern: 5 ^ 0x8000_0000))
            columns.header.append(40 << 8)
            columns.first.append(0)
            columns.victim4.append(victim.map { Int32(bitPattern: $0 ^ 0x8000_0000) } ?? FlowColumns.unset32)
            columns.victimProtocol.append(17)
            columns.victimPort.append(123)
        }
        var pass = ActivityHour(start: 0, size: size)
        pass.add(columns, window: 0, site: 1, tellsDestinations: true)
        let found = pass.finish().activities.map {
            [Int32($0.key.address), $0.key.service] + $0.activity.ports.ports.sorted()
        }
        #expect(found == [[5, 1], [5, 6, 80, 443], [5, 17, 53], [7, 17, 123]])
    }

    @Test func whatIsTooMuchIsLeftOutAndCountedTheWeakestFirst() {
        var columns = FlowColumns()
        for number in 0..<30_000 as Range<Int32> {
            columns.service.append(1 << 24 | 6 << 16 | 23)
            columns.source4.append(number)
            columns.header.append(40 << 8)
            columns.first.append(0)
            columns.packets.append(Int64(number % 3) + 1)
        }
        var pass = ActivityHour(start: 0, size: size)
        pass.add(columns, window: 0, site: 1, tellsDestinations: true)
        let result = pass.finish()
        #expect(result.activities.count == 10_000 && result.leftOut == 20_000 && result.leftOutPackets == 2)
        #expect(result.activities.allSatisfy { $0.activity.packets == 3 })
        // So is what has no room in memory.
        var small = ActivityHour(start: 0, size: size, limit: 100)
        small.add(columns, window: 0, site: 1, tellsDestinations: true)
        let few = small.finish()
        #expect(few.activities.count <= 100 && few.activities.count + Int(few.leftOut) == 30_000)
    }

    @Test func victimsThatFallSilentAgainAndAgainTakeNoMoreRoomThanTheLimit() {
        let strong = ActivityKey(kind: .attack, address: 1, service: 6)
        func result(limit: Int) -> ActivityHour.Result {
            var hour = ActivityHour(start: 0, size: size, limit: limit)
            for minute in stride(from: Int64(0), to: 60, by: 6) {
                let packets = (UInt32(1)...30).flatMap { address in
                    let key = ActivityKey(kind: .attack, address: address, service: 6)
                    return (0..<(key == strong ? 100 : 26)).map {
                        Packet(time: minute * 60_000 + $0, key: key, port: 80, destination: UInt32($0), site: 1)
                    }
                }
                hour.add(columns(packets, minute: minute), window: minute * 60, site: 1, tellsDestinations: true)
            }
            return hour.finish()
        }
        let (all, few) = (result(limit: 1_000), result(limit: 40))
        #expect(all.activities.count == 300 && all.leftOut == 0)
        #expect(few.activities.count <= 40 + 30 && few.leftOut == Int64(300 - few.activities.count))
        #expect(few.leftOutPackets == 26)
        #expect(few.activities.filter { $0.key == strong }.map(\.activity.packets) == Array(repeating: 100, count: 10))
    }

    @Test func whatCanBeNoPartOfAnEventIsForgotten() {
        func kept(second: Int64, packets: Int64) -> Int {
            var columns = FlowColumns()
            columns.service = [1 << 24 | 6 << 16 | 23]
            columns.source4 = [1]
            columns.header = [0]
            columns.first = [0]
            columns.packets = [packets]
            var pass = ActivityHour(start: 0, size: size)
            pass.add(columns, window: second / 60 * 60, site: 1, tellsDestinations: true)
            let result = pass.finish()
            #expect(result.leftOut == 0)
            return result.activities.count
        }
        // The timeout is 742 seconds.
        #expect(kept(second: 720, packets: 1) == 1 && kept(second: 780, packets: 1) == 0)
        #expect(kept(second: 2_820, packets: 1) == 0 && kept(second: 2_880, packets: 1) == 1)
        #expect(kept(second: 1_800, packets: 9) == 0 && kept(second: 1_800, packets: 10) == 1)
    }

    @Test func aSetOfSitesHoldsAnyNumber() {
        var set = SiteSet([3, 127, 500, 128])
        set.formUnion(SiteSet([500, 0, 4]))
        #expect(set.sites == [0, 3, 4, 127, 128, 500])
    }
}
