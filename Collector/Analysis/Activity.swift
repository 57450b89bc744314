import Glibc

/// Whose packets belong together.
package struct ActivityKey: Sendable, Hashable, Comparable {
    /// The raw value is that of event.segment.kind.
    package enum Kind: Int16, Sendable, CaseIterable {
        case scan = 1
        case attack = 2
    }

    package let kind: Kind
    /// IPv4 address of the scanner or the victim.
    package let address: UInt32
    /// Of a scan class · 2^24 + service port, of an attack the protocol of the attacked packets.
    package let service: Int32

    package init(kind: Kind, address: UInt32, service: Int32) {
        self.kind = kind
        self.address = address
        self.service = service
    }

    package static func < (left: ActivityKey, right: ActivityKey) -> Bool {
        (left.kind.rawValue, left.address, left.service) < (right.kind.rawValue, right.address, right.service)
    }

    var hash: UInt64 {
        MurmurHash.hash(UInt64(address) << 32 | UInt64(UInt32(bitPattern: service) ^ UInt32(kind.rawValue) << 31))
    }
}

/// Packets of one key between two silences, or a part of them that can be joined with the next.
///
/// A sensor tells of a window how many packets a flow had, to how many addresses, and when the first and the last of them
/// came; all that is known here follows from that. Times are milliseconds of Unix time.
package struct Activity: Sendable, Hashable {
    package var first: Int64
    package var last: Int64
    package var packets: Int64
    /// The most addresses of one minute.
    package var destinationsMaximum: Int64
    /// The sum over minutes.
    package var destinationsSum: Int64
    /// A bit for each of 64 classes of addresses (by a hash) that hold the first destination of some minute; all of them
    /// when a site does not tell.
    package var destinationBits: UInt64
    /// Records, which have a first destination each.
    package var records: Int64 = 1
    /// The most packets in 60 seconds, when the packets of a minute lie evenly between its first and last.
    package var peak: Int64
    /// The packets of the first minute and the last of them, those of the last minute and the first of them: what the
    /// peak across the edges is made of.
    package var headLast: Int64
    package var headPackets: Int64
    package var tailFirst: Int64
    package var tailPackets: Int64
    package var ports = PortShares()
    package var sites = SiteSet()

    /// The packets of one minute.
    package init(first: Int64, last: Int64, packets: Int64, destinations: Int64, destinationBits: UInt64) {
        self.first = first
        self.last = max(first, last)
        self.packets = packets
        destinationsMaximum = destinations
        destinationsSum = destinations
        self.destinationBits = destinationBits
        peak = Activity.peak(packets, first: first, last: self.last)
        (headLast, headPackets, tailFirst, tailPackets) = (self.last, packets, first, packets)
    }

    /// Adds what the same key did in the same minute at another sensor, or, when it is a victim, in another flow: then the
    /// destinations can be the same.
    mutating func unite(_ other: Activity, _ kind: ActivityKey.Kind) {
        packets = packets.saturating(plus: other.packets)
        destinationsSum = destinationsSum.saturating(plus: other.destinationsSum)
        destinationsMaximum = kind == .scan ? destinationsSum : max(destinationsMaximum, other.destinationsMaximum)
        destinationBits |= other.destinationBits
        records = records.saturating(plus: other.records)
        (first, last) = (min(first, other.first), max(last, other.last))
        peak = Activity.peak(packets, first: first, last: last)
        (headLast, headPackets, tailFirst, tailPackets) = (last, packets, first, packets)
        ports.add(other.ports)
        sites.formUnion(other.sites)
    }

    /// Adds what the same key did later.
    package mutating func join(_ next: Activity) {
        peak = max(peak, next.peak, peakAcross(next))
        if next.first < first { (first, headLast, headPackets) = (next.first, next.headLast, next.headPackets) }
        last = max(last, next.last)
        packets = packets.saturating(plus: next.packets)
        destinationsMaximum = max(destinationsMaximum, next.destinationsMaximum)
        destinationsSum = destinationsSum.saturating(plus: next.destinationsSum)
        destinationBits |= next.destinationBits
        records = records.saturating(plus: next.records)
        (tailFirst, tailPackets) = (next.tailFirst, next.tailPackets)
        ports.add(next.ports)
        sites.formUnion(next.sites)
    }

    /// Distinct destinations: at least, at most, and the estimate between them.
    ///
    /// Of each record it is known which destination was the first. How many of these are distinct is told by a linear count
    /// (Whang et al. 1990) in 64 bits, and of all destinations the same share is taken to be; where the bits are nearly
    /// full, all.
    /// - Parameter addresses: of the telescope; 0 when that is not known.
    package func destinations(of addresses: Int64) -> (least: Int64, most: Int64, estimate: Int64) {
        let most = max(
            destinationsMaximum, addresses == 0 ? destinationsSum : min(destinationsSum, addresses))
        let ones = destinationBits.nonzeroBitCount
        guard ones <= Activity.countableBits else { return (destinationsMaximum, most, most) }
        let share = min(1, -64 * log(1 - Double(ones) / 64) / Double(records))
        let estimate = Int64((Double(destinationsSum) * share).rounded())
        return (
            min(most, max(destinationsMaximum, Int64(ones))), most, min(most, max(destinationsMaximum, estimate))
        )
    }

    static let countableBits = 56
    private static let minute: Int64 = 60_000

    /// The most packets in 60 seconds of packets that lie evenly between two times.
    private static func peak(_ packets: Int64, first: Int64, last: Int64) -> Int64 {
        last - first <= minute ? packets : max(1, Int64(Double(packets) * Double(minute) / Double(last - first)))
    }

    /// The most packets in 60 seconds that hold some of the last minute and some of the next activity's first.
    private func peakAcross(_ next: Activity) -> Int64 {
        guard next.first - last < Activity.minute else { return 0 }
        // The sum over a sliding span changes its slope where an end of the span passes the first or last packet of a
        // minute, so the maximum is at one of these places.
        let edges = [tailFirst, last, next.first, next.headLast]
        var most = 0.0
        for start in edges + edges.map({ $0 - Activity.minute }) {
            most = max(
                most,
                Activity.share(tailPackets, tailFirst, last, from: start)
                    + Activity.share(next.headPackets, next.first, next.headLast, from: start))
        }
        return Int64(most + 1e-6)
    }

    /// Packets of the 60 seconds from `start` of those that lie evenly between two times, of which the first and the last
    /// have one each.
    private static func share(_ packets: Int64, _ first: Int64, _ last: Int64, from start: Int64) -> Double {
        let end = start + minute
        guard last >= start, first <= end else { return 0 }
        guard last > first else { return Double(packets) }
        return Double(packets) * Double(min(last, end) - max(first, start)) / Double(last - first)
    }
}
