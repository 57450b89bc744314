package import FlowModel

/// Which organisations hold an address at a time, the most specific block first. Immutable once made.
///
/// Blocks that lie in each other are a tree: each range of addresses knows the smallest block that holds it, each block the
/// next larger. Memory is therefore linear in the blocks, however they are nested.
package struct OrganisationTable: Sendable {
    /// Unix seconds `[from, until)`; open ends are the least and the greatest number.
    package struct Validity: Sendable, Hashable {
        package let from: Int64
        package let until: Int64

        package init(from: Int64 = .min, until: Int64 = .max) {
            self.from = from
            self.until = until
        }

        package func contains(_ seconds: Int64) -> Bool { from <= seconds && seconds < until }
    }

    /// A block of an organisation.
    package struct Block: Sendable, Hashable {
        /// meta.organisation.id.
        package let organisation: Int32
        /// meta.organisation_prefix.id.
        package let prefix: Int32
        package let addresses: Prefix
        package let validity: Validity

        package init(organisation: Int32, prefix: Int32, addresses: Prefix, validity: Validity = Validity()) {
            self.organisation = organisation
            self.prefix = prefix
            self.addresses = addresses
            self.validity = validity
        }
    }

    /// When a dark block of a site lies in a block of an organisation, or holds one.
    package struct Home: Sendable, Hashable {
        package let organisation: Int32
        package let site: Int32
        package let validity: Validity

        package init(organisation: Int32, site: Int32, validity: Validity = Validity()) {
            self.organisation = organisation
            self.site = site
            self.validity = validity
        }
    }

    /// An organisation that holds an address.
    package struct Holder: Sendable, Hashable {
        package let organisation: Int32
        /// Its most specific block.
        package let prefix: Int32
    }

    /// Blocks of all organisations and times at most; what is more is left out.
    package static let maximumBlocks = 1_000_000
    /// Organisations of one address at most, those of the most specific blocks.
    package static let maximumHolders = 64
    /// Blocks that are looked at for one address at most, those that are over apart.
    private static let maximumExamined = 4_096

    private struct Entry {
        let organisation: Int32
        let prefix: Int32
        let validity: Validity
    }

    private var ranges = AddressRanges()
    /// Of each range, the smallest block that holds it: its place.
    private var smallest: [Int32] = []
    /// Of each place, that of the next larger block; -1 for none.
    private var parents: [Int32] = []
    /// Of each place, where its entries begin; one more at the end.
    private var starts: [Int32] = []
    /// In the order of places; of one place those that end last first.
    private var entries: [Entry] = []
    /// A bit for each block of 2^16 IPv4 addresses: whether any range touches it. Most sources need no more than this.
    private var touched = [UInt64](repeating: 0, count: 1_024)
    private var homes: [UInt64: [Validity]] = [:]

    /// - Parameter blocks: in any order; those without a time of validity, and what is over `maximumBlocks`, are left out.
    ///   Takes time of n · log n.
    package init(_ blocks: [Block] = [], homes: [Home] = []) {
        for home in homes { self.homes[Self.key(home.organisation, home.site), default: []].append(home.validity) }
        let blocks = blocks.lazy.filter { $0.validity.from < $0.validity.until }.prefix(Self.maximumBlocks)
            .sorted(by: Self.isBefore)
        entries.reserveCapacity(blocks.count)
        var builder = Builder()
        for block in blocks {
            if builder.last != block.addresses {
                builder.add(block.addresses, into: &self)
                starts.append(Int32(entries.count))
            }
            entries.append(
                Entry(organisation: block.organisation, prefix: block.prefix, validity: block.validity))
        }
        builder.finish(into: &self)
        starts.append(Int32(entries.count))
        ranges.close()
    }

    /// Whether there is no block.
    package var isEmpty: Bool { entries.isEmpty }
    /// Blocks, those of all times.
    package var count: Int { entries.count }

    /// Where the organisations of an IPv4 address are found; nil when nobody ever held it.
    @inline(__always)
    package func place(ipv4 bits: UInt32) -> Int? {
        let block = Int(bits >> 16)
        guard touched[block >> 6] >> UInt64(block & 63) & 1 != 0, let range = ranges.find(ipv4: bits) else {
            return nil
        }
        return Int(smallest[range])
    }

    /// The same of an IPv6 address.
    @inline(__always)
    package func place(ipv6 bits: UInt128) -> Int? { ranges.find(ipv6: bits).map { Int(smallest[$0]) } }

    /// The organisations at a place that hold it at a time, the most specific block first and each once; at most
    /// `maximumHolders`.
    package func holders(at place: Int, on unixSeconds: Int64) -> [Holder] {
        var found: [Holder] = []
        findHolders(at: place, on: unixSeconds, into: &found)
        return found
    }

    /// The same in an array that is used again.
    func findHolders(at place: Int, on unixSeconds: Int64, into found: inout [Holder]) {
        found.removeAll(keepingCapacity: true)
        var examined = 0
        var next = place
        while next >= 0 {
            for index in Int(starts[next])..<Int(starts[next + 1]) {
                let entry = entries[index]
                // Those that follow are over too.
                if entry.validity.until <= unixSeconds { break }
                examined += 1
                guard examined <= Self.maximumExamined, found.count < Self.maximumHolders else { return }
                guard entry.validity.from <= unixSeconds,
                    !found.contains(where: { $0.organisation == entry.organisation })
                else { continue }
                found.append(Holder(organisation: entry.organisation, prefix: entry.prefix))
            }
            next = Int(parents[next])
        }
    }

    /// Whether the organisation's address space and the site's dark space have addresses in common at a time.
    package func isHome(_ organisation: Int32, _ site: Int32, on unixSeconds: Int64) -> Bool {
        !homes.isEmpty && homes[Self.key(organisation, site)]?.contains { $0.contains(unixSeconds) } ?? false
    }

    private static func key(_ organisation: Int32, _ site: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: organisation)) << 32 | UInt64(UInt32(bitPattern: site))
    }

    /// By address, larger blocks first; of one block those that end last first.
    private static func isBefore(_ left: Block, _ right: Block) -> Bool {
        if left.addresses.network != right.addresses.network {
            return left.addresses.network < right.addresses.network
        }
        if left.addresses.length != right.addresses.length { return left.addresses.length < right.addresses.length }
        if left.validity.until != right.validity.until { return left.validity.until > right.validity.until }
        return (left.organisation, left.prefix) < (right.organisation, right.prefix)
    }

    /// Cuts blocks, given by address and larger ones first, into ranges that do not overlap.
    private struct Builder {
        /// The blocks around the place where the cutting is, the largest first.
        private var open: [(block: Prefix, place: Int32)] = []
        /// The first address that is in no range yet; nil behind the last of the family.
        private var next: Address?
        private(set) var last: Prefix?

        /// Gives the block a place, and makes the ranges that lie before it.
        mutating func add(_ block: Prefix, into table: inout OrganisationTable) {
            close(before: block.network, &table)
            if let outer = open.last, let from = next, from < block.network {
                table.append(from, Address(bits: block.network.bits - 1, family: block.family), outer.place)
            }
            let place = Int32(table.parents.count)
            table.parents.append(open.last?.place ?? -1)
            open.append((block, place))
            next = block.network
            last = block
        }

        mutating func finish(into table: inout OrganisationTable) { close(before: nil, &table) }

        /// Ends the open blocks that do not hold `address`; all of them for nil.
        private mutating func close(before address: Address?, _ table: inout OrganisationTable) {
            while let inner = open.last, address.map({ !inner.block.contains($0) }) ?? true {
                let end = inner.block.last
                open.removeLast()
                guard let from = next, from <= end else { continue }
                table.append(from, end, inner.place)
                let isLast = end.bits == (end.family == .ipv4 ? UInt128(UInt32.max) : .max)
                next = isLast ? nil : Address(bits: end.bits + 1, family: end.family)
            }
        }
    }

    private mutating func append(_ low: Address, _ high: Address, _ place: Int32) {
        let isBehind = ranges.append(low, high)
        precondition(isBehind, "ranges are made in order")
        smallest.append(place)
        guard low.family == .ipv4 else { return }
        for block in Int(low.bits >> 16)...Int(high.bits >> 16) { touched[block >> 6] |= 1 << UInt64(block & 63) }
    }
}
