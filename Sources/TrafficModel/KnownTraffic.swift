import FlowModel

#if canImport(Glibc)
    import Glibc
#endif

/// When each known host sends its next packet to a site: one Poisson process for each, merged in the order of time.
///
/// Its dice are its own, so that the background of a site is the same with known hosts and without.
struct KnownTraffic {
    /// A host on its way through the span.
    struct Course {
        let host: KnownHost
        /// Routers on the way, ports and the like: the same at every site.
        let hops: UInt8
        let habit: UInt32
        var random: Random
        /// Mean microseconds between two packets, and when its activity ends.
        let interval: Double
        let end: Double
        /// When the next packet is sent, in microseconds since the span's start.
        var due: Double
        /// Of a flood: addresses of the block that were gone through, and packets that the present one still sends.
        var place: UInt32 = 0
        var left = 0
    }

    private(set) var courses: [Course]
    /// Microseconds since the span's start of the next packet; infinite when there is none.
    private(set) var due = Double.infinity
    private(set) var next = 0

    /// - Parameter factor: how many times as fast as real ones the hosts are.
    init(_ hosts: [KnownHost], factor: Double, seed: UInt64, span: Double, site: DarkSite) {
        let salt = FNV1a64.digest(of: site.code.utf8)
        let addresses = Double(site.prefix.hostMask + 1)
        courses = hosts.map { host in
            var nature = Random(seed: host.seed(seed))
            let (hops, habit) = (UInt8(6 + nature.below(20)), nature.u32())
            let (from, to) = (host.active.lowerBound * span, host.active.upperBound * span)
            let rate = host.rate(addresses: addresses, seconds: (to - from) / 1e6)
            let isFlood = host.kind == .spoofed
            var course = Course(
                host: host, hops: hops, habit: habit, random: Random(seed: host.seed(seed) ^ salt),
                interval: 1e6 / (isFlood ? rate : rate * factor), end: to, due: from)
            KnownTraffic.advance(&course)
            return course
        }
        choose()
    }

    /// The course whose packet is due; there must be one.
    var course: Course { courses[next] }

    /// Goes on after that packet: `course` is what became of the course that sent it.
    mutating func proceed(_ course: Course) {
        courses[next] = course
        KnownTraffic.advance(&courses[next])
        choose()
    }

    private mutating func choose() {
        next = courses.indices.min { courses[$0].due < courses[$1].due } ?? 0
        due = courses.isEmpty ? .infinity : courses[next].due
    }

    private static func advance(_ course: inout Course) {
        course.due -= log(1 - course.random.unit()) * course.interval
        if course.due >= course.end { course.due = .infinity }
        guard course.host.kind == .spoofed else { return }
        while course.left == 0 {
            guard course.place <= UInt32(truncatingIfNeeded: course.host.block.hostMask) else {
                course.due = .infinity
                return
            }
            course.place += 1
            course.left = KnownHost.packetsOfForged(course.random.u32() >> 13)
        }
    }
}

extension KnownTraffic.Course {
    /// The source of the packet that is due. A flood goes through its block in an order of its own, each address once.
    mutating func source() -> UInt32 {
        guard host.kind == .spoofed else { return host.network }
        left -= 1
        // An odd factor permutes the numbers of the block.
        return host.network | ((place &* (habit | 1)) & UInt32(truncatingIfNeeded: host.block.hostMask))
    }
}
