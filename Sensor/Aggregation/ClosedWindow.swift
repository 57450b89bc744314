package import FlowModel

/// A window that nobody adds to any more, ready to become batches on another thread.
///
/// Owner rule: made by the aggregator, then used by one thread at a time; its state is reached through here only.
package final class ClosedWindow: @unchecked Sendable {
    private let state: UnsafeMutablePointer<WindowState>
    private let memory: WindowMemory

    init(_ state: UnsafeMutablePointer<WindowState>, _ memory: WindowMemory) {
        self.state = state
        self.memory = memory
    }

    deinit { memory.give(state) }

    package var window: Window { state.pointee.window }
    /// The whole window's account.
    package var account: CaptureAccount { state.pointee.account }
    /// Flow records of both families.
    package var records: Int { state.pointee.records }

    /// Gives the window's batches, each of at most `maximumRecords` records, sorted as the wire wants them. The same
    /// packets in the same order and the same settings give the same batches. Calls `body` at least once; the last
    /// batch is marked.
    package func forEachBatch<Failure: Error>(
        destinations: DestinationEncoder, policy: DestinationPolicy, maximumRecords: Int = FlowBatch.maximumRecords,
        _ body: (FlowBatch) throws(Failure) -> Void
    ) throws(Failure) {
        let ipv4 = sortedEntries(state.pointee.ipv4)
        let ipv6 = sortedEntries(state.pointee.ipv6)
        let size = max(1, min(maximumRecords, FlowBatch.maximumRecords))
        let parts4 = (ipv4.count + size - 1) / size
        let parts6 = (ipv6.count + size - 1) / size
        let parts = max(1, parts4 + parts6)
        for part in 0..<parts {
            var batch = FlowBatch(
                window: window, part: UInt16(truncatingIfNeeded: part), isLastPart: part == parts - 1, policy: policy,
                account: state.pointee.account)
            var numbers: [UInt16: UInt16] = [:]
            if part < parts4 || parts6 == 0 {
                let range = (part * size)..<min(ipv4.count, (part + 1) * size)
                fill(&batch, ipv4[range], state.pointee.ipv4Destinations, destinations, &numbers)
            } else {
                batch.family = .ipv6
                let first = (part - parts4) * size
                let range = first..<min(ipv6.count, first + size)
                fill(&batch, ipv6[range], state.pointee.ipv6Destinations, destinations, &numbers)
            }
            finish(&batch, isFirst: part == 0)
            try body(batch)
        }
    }

    private typealias Order = (rank: UInt64, entry: Int)

    /// Entries by (class, service port, source), ties by the rest of the key: no order depends on the hash.
    private func sortedEntries<Word: AddressWord>(_ table: FlowTable<Word>) -> [FlowEntry<Word>] {
        let entries = table.all
        var orders: [Order] = []
        orders.reserveCapacity(table.count)
        for index in entries.indices {
            let key = entries[index].key
            let high = Word.bitWidth == 32 ? UInt64(truncatingIfNeeded: entries[index].source) : 0
            orders.append(((key >> 40 & 0xFF) << 48 | (key & 0xFFFF) << 32 | high, index))
        }
        orders.sort { left, right in
            if left.rank != right.rank { return left.rank < right.rank }
            let one = entries[left.entry]
            let two = entries[right.entry]
            if one.source != two.source { return one.source < two.source }
            if one.key != two.key { return one.key < two.key }
            return one.victim < two.victim
        }
        return orders.map { entries[$0.entry] }
    }

    private func fill<Word: AddressWord>(
        _ batch: inout FlowBatch, _ entries: ArraySlice<FlowEntry<Word>>, _ sets: DestinationSets<Word>,
        _ destinations: DestinationEncoder, _ numbers: inout [UInt16: UInt16]
    ) {
        let family: AddressFamily = Word.bitWidth == 32 ? .ipv4 : .ipv6
        batch.records.reserveCapacity(entries.count)
        for entry in entries {
            var signature: UInt16 = 0
            if entry.signature != 0 {
                if let known = numbers[entry.signature] {
                    signature = known
                } else if let added = state.pointee.signatures.signature(Int(entry.signature)) {
                    batch.signatures.append(added)
                    signature = UInt16(batch.signatures.count)
                    numbers[entry.signature] = signature
                }
            }
            batch.records.append(record(entry, family, sets.count(entry.destinationSet), destinations, signature))
        }
    }

    private func record<Word: AddressWord>(
        _ entry: FlowEntry<Word>, _ family: AddressFamily, _ distinct: DistinctCount,
        _ destinations: DestinationEncoder, _ signature: UInt16
    ) -> FlowRecord {
        let victim =
            entry.key >> 56 == 0
            ? nil
            : Victim(
                address: Address(bits: UInt128(truncatingIfNeeded: entry.victim), family: family),
                ipProtocol: UInt8(truncatingIfNeeded: entry.key >> 48),
                port: UInt16(truncatingIfNeeded: entry.key >> 16))
        let length = family == .ipv4 ? UInt32(entry.ipLength) : UInt32(entry.ipLength) + 40
        return FlowRecord(
            key: FlowKey(
                source: Address(bits: UInt128(truncatingIfNeeded: entry.source), family: family),
                ipProtocol: UInt8(truncatingIfNeeded: entry.key >> 32),
                // Every key in the table was made from a class.
                trafficClass: TrafficClass(rawValue: UInt8(truncatingIfNeeded: entry.key >> 40)) ?? .other,
                servicePort: UInt16(truncatingIfNeeded: entry.key), victim: victim),
            packets: entry.packets, bytes: entry.bytes, destinations: distinct, firstMilliseconds: entry.first,
            lastMilliseconds: entry.last,
            exemplar: Exemplar(
                sourcePort: entry.sourcePort, destination: destinations.encode(entry.destination), ttl: entry.ttl,
                ipLength: length, tcpFlags: entry.flags),
            tools: ToolMatches(zmap: entry.zmap, masscan: entry.masscan, mirai: entry.mirai), signature: signature)
    }

    /// The first part carries the other bins and the overflow records; a later one its own packets alone.
    private func finish(_ batch: inout FlowBatch, isFirst: Bool) {
        let own = batch.records.reduce(UInt64(0)) { $0 + UInt64($1.packets) }
        if isFirst {
            batch.overflow = state.pointee.overflow.finished()
            let whole = state.pointee.account
            batch.account.aggregated = own + whole.overflowed
            batch.account.received = batch.account.aggregated + whole.filtered + whole.nonIP + whole.malformed.total
        } else {
            batch.account.aggregated = own
            batch.account.received = own
            batch.account.filtered = 0
            batch.account.nonIP = 0
            batch.account.malformed = MalformedCounts()
            batch.account.late = 0
            batch.account.overflowed = 0
            batch.account.kernelReceived = 0
            batch.account.kernelDropped = 0
            batch.account.interfaceDropped = 0
        }
    }
}
