import FlowModel

/// Ranges of several files, put on top of each other: ascending, none overlapping another.
package struct OriginLayers: Sendable {
    /// Ranges of a file, and of all together, at most.
    package static let rangeLimit = 4_000_000

    /// Ascending; neighbours that say the same are one.
    package private(set) var ranges: [OriginRange] = []
    /// Names of autonomous systems; a later file's stands.
    package private(set) var names: [UInt32: String] = [:]

    package init() {}

    /// Puts a file on top: what it says of an address stands, and what it does not say is as it was.
    ///
    /// In the file the smallest range that holds an address says; what that does not say is said by those around it.
    /// Of equal ranges the later stands.
    /// - Throws: when two ranges overlap and neither holds the other, or there are too many.
    package mutating func add(_ file: OriginFile) throws(EnrichmentError) {
        let added = try OriginLayers.flattened(file.ranges)
        ranges = ranges.isEmpty ? added : OriginLayers.overlaid(ranges, added)
        guard ranges.count <= OriginLayers.rangeLimit else { throw OriginLayers.tooMany }
        names.merge(file.names) { $1 }
    }

    static var tooMany: EnrichmentError {
        EnrichmentError("there are more than \(rangeLimit) ranges, which is more than any table of origins has")
    }

    /// Cuts nested ranges so that none overlaps another.
    static func flattened(_ ranges: [OriginRange]) throws(EnrichmentError) -> [OriginRange] {
        // Those around come before those in them, and equal ones as they were given.
        let order = ranges.indices.sorted { left, right in
            let (first, second) = (ranges[left], ranges[right])
            return (first.family.rawValue, first.low, ~first.high, left)
                < (second.family.rawValue, second.low, ~second.high, right)
        }
        var output = Output()
        var open: [Open] = []
        for index in order {
            var next = ranges[index]
            while let top = open.last, top.range.precedes(next) { close(&open, &output) }
            if let top = open.last {
                guard next.high <= top.range.high else {
                    throw EnrichmentError(
                        "the ranges \(text(top.range)) and \(text(next)) overlap, and neither holds the other")
                }
                next.inherit(top.range)
                if next.low == top.range.low, next.high == top.range.high { open.removeLast() }
                if let rest = top.rest, rest < next.low { output.append(top.range, from: rest, to: next.low - 1) }
            }
            open.append(Open(range: next, rest: next.low))
        }
        while !open.isEmpty { close(&open, &output) }
        return output.ranges
    }

    /// A range that holds the next ones.
    private struct Open {
        let range: OriginRange
        /// First address of what is not emitted yet; nil when nothing is left.
        var rest: UInt128?
    }

    /// Emits what is left of the innermost range; the one around it goes on behind it.
    private static func close(_ open: inout [Open], _ output: inout Output) {
        let top = open.removeLast()
        if let rest = top.rest { output.append(top.range, from: rest, to: top.range.high) }
        guard let around = open.indices.last else { return }
        open[around].rest = open[around].range.high > top.range.high ? top.range.high + 1 : nil
    }

    /// The ranges of `over` over those of `base`; both ascending and without overlaps.
    static func overlaid(_ base: [OriginRange], _ over: [OriginRange]) -> [OriginRange] {
        var output = Output()
        var (below, above) = (base.makeIterator(), over.makeIterator())
        var (lower, upper) = (below.next(), above.next())
        while true {
            guard var low = lower, var high = upper else {
                guard let rest = lower ?? upper else { return output.ranges }
                output.append(rest)
                (lower, upper) = (lower == nil ? nil : below.next(), upper == nil ? nil : above.next())
                continue
            }
            if low.precedes(high) {
                output.append(low)
                lower = below.next()
            } else if high.precedes(low) {
                output.append(high)
                upper = above.next()
            } else if low.low < high.low {
                output.append(low, from: low.low, to: high.low - 1)
                low.low = high.low
                lower = low
            } else if high.low < low.low {
                output.append(high, from: high.low, to: low.low - 1)
                high.low = low.low
                upper = high
            } else {
                var both = high
                both.high = min(low.high, high.high)
                both.inherit(low)
                output.append(both)
                low.low = both.high &+ 1
                lower = low.high == both.high ? below.next() : low
                high.low = both.high &+ 1
                upper = high.high == both.high ? above.next() : high
            }
        }
    }

    private static func text(_ range: OriginRange) -> String {
        "\(Address(bits: range.low, family: range.family))-\(Address(bits: range.high, family: range.family))"
    }

    /// Ranges in ascending order; what says nothing is left out, neighbours that say the same are united.
    private struct Output {
        private(set) var ranges: [OriginRange] = []

        mutating func append(_ range: OriginRange, from low: UInt128, to high: UInt128) {
            var part = range
            (part.low, part.high) = (low, high)
            append(part)
        }

        mutating func append(_ range: OriginRange) {
            guard range.isKnown else { return }
            if let last = ranges.last, last.family == range.family, last.high != .max, last.high + 1 == range.low,
                last.country == range.country, last.asn == range.asn
            {
                ranges[ranges.count - 1].high = range.high
            } else {
                ranges.append(range)
            }
        }
    }
}
