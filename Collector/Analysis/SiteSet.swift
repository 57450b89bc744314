/// A set of sites (meta.site.id). Sites below 128 take no memory of their own.
package struct SiteSet: Sendable, Hashable {
    private var low: UInt128 = 0
    /// Ascending.
    private var others: [Int32] = []

    package init() {}

    package init(_ sites: some Sequence<Int32>) {
        for site in sites { insert(site) }
    }

    package mutating func insert(_ site: Int32) {
        if (0..<128).contains(site) {
            low |= 1 << UInt128(site)
        } else {
            let place = place(of: site)
            if place == others.endIndex || others[place] != site { others.insert(site, at: place) }
        }
    }

    /// Where a site stands in `others`, or would.
    private func place(of site: Int32) -> Int {
        var (low, high) = (others.startIndex, others.endIndex)
        while low < high {
            let middle = (low + high) / 2
            if others[middle] < site { low = middle + 1 } else { high = middle }
        }
        return low
    }

    package mutating func formUnion(_ other: SiteSet) {
        low |= other.low
        for site in other.others { insert(site) }
    }

    /// Ascending, but for sites that have no positive number.
    package var sites: [Int32] { (0..<128).filter { low >> UInt128($0) & 1 == 1 } + others }
}
