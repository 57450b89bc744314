package import FlowModel

/// The dark prefixes of a site as sorted, merged ranges: whether an address is dark, and which number it has.
package struct DarkSpace: Sendable {
    /// Inclusive ranges with the number of addresses before each.
    private struct Span<Word: AddressWord>: Sendable {
        var first: Word
        var last: Word
        var before: Word
    }

    private var ipv4: [Span<UInt32>] = []
    private var ipv6: [Span<UInt128>] = []
    /// No prefixes: every address is dark.
    private let isEverything: Bool

    package init(_ prefixes: [Prefix]) {
        isEverything = prefixes.isEmpty
        ipv4 = DarkSpace.merged(prefixes.filter { $0.family == .ipv4 }, UInt32.self)
        ipv6 = DarkSpace.merged(prefixes.filter { $0.family == .ipv6 }, UInt128.self)
    }

    /// Addresses of a family minus one, or nil when there are none.
    func lastNumber(_ family: AddressFamily) -> UInt128? {
        if isEverything { return family == .ipv4 ? UInt128(UInt32.max) : .max }
        return family == .ipv4
            ? ipv4.last.map { UInt128($0.before) + UInt128($0.last - $0.first) }
            : ipv6.last.map { $0.before + ($0.last - $0.first) }
    }

    @inline(__always)
    func contains(_ address: UInt32) -> Bool { isEverything || DarkSpace.find(address, ipv4) != nil }

    func contains(_ address: UInt128) -> Bool { isEverything || DarkSpace.find(address, ipv6) != nil }

    /// `number` of an IPv4 address of a site with prefixes.
    @inline(__always)
    func index(_ address: UInt32) -> Int? {
        DarkSpace.find(address, ipv4).map { Int(ipv4[$0].before) + Int(address - ipv4[$0].first) }
    }

    /// The place of an address among the site's dark addresses of its family; nil when it is not dark.
    func number<Word: AddressWord>(_ address: Word) -> UInt128? {
        if isEverything { return UInt128(truncatingIfNeeded: address) }
        if Word.bitWidth == 32 {
            let address = UInt32(truncatingIfNeeded: address)
            return DarkSpace.find(address, ipv4).map { UInt128(ipv4[$0].before) + UInt128(address - ipv4[$0].first) }
        }
        let address = UInt128(truncatingIfNeeded: address)
        return DarkSpace.find(address, ipv6).map { ipv6[$0].before + (address - ipv6[$0].first) }
    }

    @inline(__always)
    private static func find<Word: AddressWord>(_ address: Word, _ spans: [Span<Word>]) -> Int? {
        var low = 0
        var high = spans.count
        while low < high {
            let middle = (low &+ high) >> 1
            if spans[middle].last < address { low = middle &+ 1 } else { high = middle }
        }
        return low < spans.count && spans[low].first <= address ? low : nil
    }

    private static func merged<Word: AddressWord>(_ prefixes: [Prefix], _ type: Word.Type) -> [Span<Word>] {
        var spans: [Span<Word>] = []
        for prefix in prefixes.sorted(by: { $0.network < $1.network }) {
            let first = Word(truncatingIfNeeded: prefix.network.bits)
            let last = Word(truncatingIfNeeded: prefix.last.bits)
            if let before = spans.last, first <= before.last {
                // A block inside a block that is there.
                spans[spans.count - 1].last = max(before.last, last)
            } else {
                let before = spans.last.map { $0.before + ($0.last - $0.first) + 1 } ?? 0
                spans.append(Span(first: first, last: last, before: before))
            }
        }
        return spans
    }
}
