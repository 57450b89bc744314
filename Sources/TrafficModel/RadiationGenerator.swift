import FlowModel

#if canImport(Glibc)
    import Glibc
#endif

/// How much traffic of which Internet, and when.
package struct RadiationPlan: Sendable {
    /// The Internet: equal seeds and `sources` give the same sources with the same habits at every site.
    package var seed: UInt64
    /// Frames of background radiation to make.
    package var packets: UInt64
    /// Unix microseconds of the span `[start, start + span)`.
    package var startMicroseconds: Int64
    package var spanMicroseconds: Int64
    /// Invented sources, about; at least 1,000.
    package var sources: Int
    /// Hosts whose packets come on top of those.
    package var knownHosts: [KnownHost]
    /// How many times as fast as real ones the known hosts are.
    package var knownRate: Double

    /// - Precondition: `spanMicroseconds > 0` and `knownRate > 0`.
    package init(
        seed: UInt64, packets: UInt64, startMicroseconds: Int64, spanMicroseconds: Int64, sources: Int = 100_000,
        knownHosts: [KnownHost] = [], knownRate: Double = 1
    ) {
        precondition(spanMicroseconds > 0, "an empty span")
        precondition(knownRate > 0, "hosts that send nothing")
        self.seed = seed
        self.packets = packets
        self.startMicroseconds = startMicroseconds
        self.spanMicroseconds = spanMicroseconds
        self.sources = max(1_000, sources)
        self.knownHosts = knownHosts
        self.knownRate = knownRate
    }
}

/// Makes the Ethernet frames that one dark site receives, in time order, and counts what a correct sensor must find.
///
/// Deterministic: the same plan and site give the same bytes. Used by one thread at a time.
package struct RadiationGenerator {
    /// Bytes that `next(into:)` may write.
    package static let frameCapacity = FrameBuilder.capacity

    /// A frame that `next(into:)` has written.
    package struct Frame {
        package var microseconds: Int64
        package var capturedLength: Int
        package var originalLength: Int
    }

    package private(set) var totals = ExpectedTotals()

    private let plan: RadiationPlan
    private let population: Population
    private let site: UInt32
    private let hostMask: UInt32
    private var random: Random
    private var isSeen: [Bool]
    private var known: KnownTraffic
    /// The sources of the background by address; empty without known hosts.
    private let places: [UInt32: Int]
    /// Addresses that known hosts sent from.
    private var isSeenOfKnown: Set<UInt32> = []
    /// Frames of the background.
    private var made: UInt64 = 0
    /// Whether `elapsed` is the time of a frame of the background that is still to be written.
    private var isDrawn = false
    /// Microseconds since the span's start, and the mean distance of the frames of the present block.
    private var elapsed: Double = 0
    private var interval: Double = 0

    package init(plan: RadiationPlan, site: DarkSite) {
        self.plan = plan
        population = Population(seed: plan.seed, sources: plan.sources)
        isSeen = Array(repeating: false, count: population.actors.count)
        self.site = UInt32(truncatingIfNeeded: site.prefix.network.bits)
        hostMask = UInt32(truncatingIfNeeded: site.prefix.hostMask)
        random = Random(seed: plan.seed ^ FNV1a64.digest(of: site.code.utf8))
        known = KnownTraffic(
            plan.knownHosts, factor: plan.knownRate, seed: plan.seed, span: Double(plan.spanMicroseconds), site: site)
        totals.known = plan.knownHosts.map(KnownTotals.init)
        let actors = plan.knownHosts.isEmpty ? [] : population.actors.enumerated().filter { $1.behaviour != .ipv6 }
        places = Dictionary(actors.map { ($1.address, $0) }) { first, _ in first }
    }

    /// Writes the next frame to `memory`, which has at least `frameCapacity` bytes; nil after the last.
    package mutating func next(into memory: UnsafeMutableRawPointer) -> Frame? {
        if !isDrawn, made < plan.packets {
            if made & (RadiationGenerator.block - 1) == 0 { aim() }
            elapsed = min(elapsed - log(1 - random.unit()) * interval, Double(plan.spanMicroseconds - 1))
            isDrawn = true
        }
        let isKnown = known.due <= (isDrawn ? elapsed : .greatestFiniteMagnitude)
        guard isKnown || isDrawn else { return nil }
        let time = plan.startMicroseconds + Int64(isKnown ? known.due : elapsed)
        if totals.frames == 0 { totals.firstMicroseconds = time }
        totals.lastMicroseconds = time
        totals.frames &+= 1

        var frame = FrameBuilder(memory)
        if isKnown {
            packetOfKnown(&frame)
            return Frame(microseconds: time, capturedLength: frame.length, originalLength: frame.length)
        }
        isDrawn = false
        made &+= 1
        if random.oneIn(1_000) {
            arp(&frame)
        } else if random.oneIn(500) {
            damaged(&frame)
            return Frame(microseconds: time, capturedLength: frame.length, originalLength: max(60, frame.length))
        } else {
            packet(&frame, moment: Float(elapsed / Double(plan.spanMicroseconds)))
        }
        return Frame(microseconds: time, capturedLength: frame.length, originalLength: frame.length)
    }

    /// Frames between two corrections of the pace.
    private static let block: UInt64 = 256
    private static let day = 86_400e6

    /// Sets the pace so that the next block ends where the day's wave wants it: frames come as a Poisson process
    /// inside a block, and exactly the planned number fills the span.
    private mutating func aim() {
        let span = Double(plan.spanMicroseconds)
        let share = Double(min(made + RadiationGenerator.block, plan.packets)) / Double(plan.packets)
        let target = share * volume(span)
        var end = share * span
        // Newton's method; the derivative is never under 0.75.
        for _ in 0..<6 { end -= (volume(end) - target) / (1 + 0.25 * cos(phase(end))) }
        interval = max(0, end - elapsed) / Double(RadiationGenerator.block)
    }

    /// Traffic up to `time` in microseconds at the mean rate: a wave of ±25 % a day with its top at 14:00 UTC.
    private func volume(_ time: Double) -> Double {
        time + 0.25 * RadiationGenerator.day / (2 * .pi) * (sin(phase(time)) - sin(phase(0)))
    }

    private func phase(_ time: Double) -> Double {
        ((Double(plan.startMicroseconds) + time) / RadiationGenerator.day - 14.0 / 24) * 2 * .pi
    }

    private mutating func packet(_ frame: inout FrameBuilder, moment: Float) {
        let index = population.draw(&random, moment: moment)
        let actor = population.actors[index]
        if !isSeen[index] {
            isSeen[index] = true
            if actor.behaviour == .ipv6 {
                totals.ipv6Sources &+= 1
            } else if !isSeenOfKnown.contains(actor.address) {
                totals.ipv4Sources &+= 1
            }
            if actor.behaviour == .infectedHost { totals.infectedSources &+= 1 }
        }
        let vlan: UInt16 = random.oneIn(100) ? 42 : 0
        if actor.behaviour == .ipv6 {
            writeIPv6(&frame, actor, vlan: vlan)
            return
        }
        frame.ethernet(type: 0x0800, vlan: vlan)
        var header = IPv4Fields(
            identification: random.u16(), ttl: 64 &- actor.hops, ipProtocol: 6, source: actor.address,
            destination: site | (random.u32() & hostMask))
        switch actor.behaviour {
        case .synAck, .reset, .attackVictim: writeBackscatter(&frame, &header, actor)
        case .icmpError: writeICMPError(&frame, &header, actor)
        case .udpProbe, .udpResponse: writeUDP(&frame, &header, actor)
        case .icmp: writeICMP(&frame, &header, actor)
        case .fragment: writeFragment(&frame, &header)
        case .otherProtocol: writeOtherProtocol(&frame, &header, actor)
        default: writeScan(&frame, &header, actor)
        }
    }

    private mutating func packetOfKnown(_ frame: inout FrameBuilder) {
        var course = known.course
        swap(&random, &course.random)
        writeKnown(&frame, &course)
        swap(&random, &course.random)
        known.proceed(course)
    }

    private mutating func arp(_ frame: inout FrameBuilder) {
        frame.ethernet(type: 0x0806, vlan: 0)
        frame.u32(0x0001_0800)
        frame.u32(0x0604_0001)
        frame.append(Array(repeating: 0, count: 20))
        totals.nonIP &+= 1
    }

    /// A frame whose IP header cannot be read, of any kind.
    private mutating func damaged(_ frame: inout FrameBuilder) {
        let kind = random.below(7)
        if kind >= 5 {
            frame.ethernet(type: 0x86DD, vlan: 0)
            let start = frame.length
            for _ in 0..<10 { frame.u32(random.u32()) }
            frame.patch8(kind == 5 ? 0x60 : 0x90, at: start)
            if kind == 5 { frame.cut(to: start + 24) }
            totals.malformed[kind == 5 ? .ipv6Short : .ipv6BadVersion] += 1
            return
        }
        frame.ethernet(type: 0x0800, vlan: 0)
        let header = IPv4Fields(
            identification: random.u16(), ttl: 50, ipProtocol: 17, source: random.u32(), destination: site)
        let start = frame.ipv4(header, payload: 8)
        frame.u32(random.u32())
        frame.u32(random.u32())
        switch kind {
        case 0:
            frame.cut(to: start + 12)
            totals.malformed[.ipv4Short] += 1
        case 1:
            frame.patch8(0x75, at: start)
            totals.malformed[.ipv4BadVersion] += 1
        case 2:
            frame.patch8(0x44, at: start)
            totals.malformed[.ipv4BadHeaderLength] += 1
        case 3:
            frame.patch8(0x4F, at: start)
            frame.patch16(60, at: start + 2)
            totals.malformed[.ipv4OptionsCut] += 1
        default:
            frame.patch16(10, at: start + 2)
            totals.malformed[.ipv4BadTotalLength] += 1
        }
    }

    /// A dark address of the site that is chosen by `number`.
    func destination(_ number: UInt32) -> UInt32 { site | (number & hostMask) }
    mutating func drawDestination() -> UInt32 { destination(random.u32()) }

    mutating func draw16() -> UInt16 { random.u16() }
    mutating func draw(below bound: UInt32) -> UInt32 { random.below(bound) }
    mutating func draw32() -> UInt32 { random.u32() }

    /// Counts a packet whose IP header starts at `start`.
    @inline(__always)
    mutating func count(_ trafficClass: TrafficClass, _ header: IPv4Fields, _ frame: FrameBuilder, from start: Int) {
        count(trafficClass, header, ipLength: frame.length - start)
    }

    @inline(__always)
    mutating func count(_ trafficClass: TrafficClass, _ header: IPv4Fields, ipLength: Int) {
        totals.count(trafficClass, ipProtocol: header.ipProtocol, ipLength: ipLength)
    }

    @inline(__always)
    mutating func countTools(_ header: IPv4Fields, port: UInt16, sequence: UInt32) {
        if header.identification == 54_321 { totals.tools.zmap &+= 1 }
        let cookie = header.destination ^ UInt32(port) ^ sequence
        if header.identification == UInt16(truncatingIfNeeded: cookie) { totals.tools.masscan &+= 1 }
        if sequence == header.destination { totals.tools.mirai &+= 1 }
    }

    mutating func countZMap() { totals.tools.zmap &+= 1 }
    mutating func countIPv6(_ trafficClass: TrafficClass, ipProtocol: UInt8, ipLength: Int) {
        totals.count(trafficClass, ipProtocol: ipProtocol, ipLength: ipLength, isIPv6: true)
    }
    mutating func countRisingPort() { totals.risingPortPackets &+= 1 }
    mutating func countAttack() { totals.attackPackets &+= 1 }
    mutating func countInfected() { totals.infectedPackets &+= 1 }

    /// Counts a packet of the known host whose turn it is.
    mutating func countKnown(source: UInt32, destination: UInt32) {
        totals.known[known.next].count(source: source, destination: destination, at: totals.lastMicroseconds)
        let isSeenElsewhere = places[source].map { isSeen[$0] } ?? false
        if isSeenOfKnown.insert(source).inserted && !isSeenElsewhere { totals.ipv4Sources &+= 1 }
    }
}
