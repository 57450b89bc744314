package import FlowModel

/// Sums a day of one sensor by source and by header signature.
///
/// Owned by: the caller's thread. Rows of raw.flow come in the order of time. Memory is bounded: sources and signatures
/// beyond the limits, the later ones of the day, share one entry.
package struct DaySources {
    /// What one source sent, or all sources that have no entry.
    package struct Source: Sendable {
        package var bits: UInt128
        package var packets: Int64 = 0
        package var flows: Int64 = 0
        /// Packets of class tcp-syn.
        package var synPackets: Int64 = 0
        package var zmap: Int64 = 0
        package var masscan: Int64 = 0
        package var mirai: Int64 = 0
        /// Seconds from the day's start.
        package var first: Int32 = .max
        package var last: Int32 = 0
        var serviceSet = ServiceSet()

        /// Distinct classes and ports.
        package var services: (value: Int32, precision: Precision) { serviceSet.count }
    }

    /// What came with one signature.
    package struct Signature: Sendable {
        /// 0 for all that have no row of their own.
        package var identifier: Int64
        package var packets: Int64 = 0
        package var flows: Int64 = 0
        package var sketch = SourceSketch()
        package var sources: Int64 = 0
        package var precision = Precision.exact
    }

    package static let sourceLimit = 2_000_000
    /// Signatures that are told apart while a day is summed, and those that get a row: the ones with the most packets.
    static let signatureLimit = 65_536
    package static let signatureRows = 1_000

    private let limit: Int
    private var tables = [SourceIndex(), SourceIndex()]
    private var sources: [[Source]] = [[], []]
    /// What came from sources beyond the limit; nil when there were none.
    package private(set) var others: Source?
    private var places: [Int64: Int] = [:]
    private var signatures: [Signature] = [Signature(identifier: 0)]

    /// - Parameter limit: entries of sources at most.
    package init(limit: Int = DaySources.sourceLimit) { self.limit = limit }

    /// Adds the records of a batch whose window begins so many seconds after the day.
    /// - Precondition: `columns.isConsistent` and has times.
    package mutating func add(_ columns: FlowColumns, second: Int32) {
        precondition(columns.isConsistent && columns.hasTimes, "not a day's flows")
        let family = columns.family == .ipv4 ? 0 : 1
        for index in 0..<columns.count {
            let bits =
                family == 0
                ? UInt128(UInt32(bitPattern: columns.source4[index]) ^ 0x8000_0000) : columns.source6[index]
            let hash = family == 0 ? SourceSketch.hash(ipv4: UInt32(truncatingIfNeeded: bits)) : MurmurHash.hash(bits)
            if let place = place(bits, hash, family) {
                sources[family][place].add(columns, index, second)
            } else {
                var rest = others ?? Source(bits: 0)
                rest.add(columns, index, second)
                others = rest
            }
            if !columns.signature.isEmpty, columns.signature[index] != FlowColumns.unset {
                let place = place(ofSignature: columns.signature[index])
                let packets = columns.packetCount(index)
                signatures[place].packets = signatures[place].packets.saturating(plus: packets)
                signatures[place].flows += 1
                signatures[place].sketch.insert(hash)
            }
        }
    }

    /// The place of a source, which is made while there is room.
    private mutating func place(_ bits: UInt128, _ hash: UInt64, _ family: Int) -> Int? {
        let known = tables[family].find(hash) { sources[family][$0].bits == bits }
        if let known { return known }
        guard sources[0].count + sources[1].count < limit else { return nil }
        sources[family].append(Source(bits: bits))
        tables[family].insert(hash)
        return sources[family].count - 1
    }

    private mutating func place(ofSignature identifier: Int64) -> Int {
        if let place = places[identifier] { return place }
        guard signatures.count < DaySources.signatureLimit else { return 0 }
        signatures.append(Signature(identifier: identifier))
        places[identifier] = signatures.count - 1
        return signatures.count - 1
    }

    /// The sources of one family, ascending.
    package func sources(_ family: AddressFamily) -> [Source] {
        sources[family == .ipv4 ? 0 : 1].sorted { $0.bits < $1.bits }
    }

    /// The signatures with the most packets, of equals the lower ones, and one for all others where there are any.
    package consuming func signatureRows() -> [Signature] {
        var others = signatures[0]
        let sorted = signatures[1...].sorted { ($1.packets, $0.identifier) < ($0.packets, $1.identifier) }
        for signature in sorted.dropFirst(DaySources.signatureRows) {
            others.packets = others.packets.saturating(plus: signature.packets)
            others.flows += signature.flows
            others.sketch.formUnion(signature.sketch)
        }
        var rows = Array(sorted.prefix(DaySources.signatureRows))
        if others.flows > 0 { rows.append(others) }
        for index in rows.indices { (rows[index].sources, rows[index].precision) = rows[index].sketch.count() }
        return rows
    }
}

extension DaySources.Source {
    @inline(__always)
    fileprivate mutating func add(_ columns: FlowColumns, _ index: Int, _ second: Int32) {
        let count = columns.packetCount(index)
        let service = columns.service[index]
        packets = packets.saturating(plus: count)
        flows += 1
        if service >> 24 == Int32(TrafficClass.tcpSyn.rawValue) { synPackets = synPackets.saturating(plus: count) }
        let shares = columns.header[index] >> 25
        if shares != 0 {
            zmap = zmap.saturating(plus: FlowColumns.matches(shares & 3, count, columns.zmap, index))
            masscan = masscan.saturating(plus: FlowColumns.matches(shares >> 2 & 3, count, columns.masscan, index))
            mirai = mirai.saturating(plus: FlowColumns.matches(shares >> 4 & 3, count, columns.mirai, index))
        }
        let begin = columns.first[index] >> 8
        let end = columns.last.isEmpty || columns.last[index] == FlowColumns.unset32 ? begin : columns.last[index]
        first = min(first, second &+ begin / 1_000)
        last = max(last, second &+ end / 1_000)
        serviceSet.insert(UInt32(truncatingIfNeeded: service >> 24 & 15) << 16 | UInt32(service & 0xFFFF))
    }
}
