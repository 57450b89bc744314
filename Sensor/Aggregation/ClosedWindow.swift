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
        let ipv4 = EntryOrder.numbers(state.pointee.ipv4.all)
        let ipv6 = EntryOrder.numbers(state.pointee.ipv6.all)
        let size = max(1, min(maximumRecords, FlowBatch.maximumRecords))
        let parts4 = (ipv4.count + size - 1) / size
        let parts6 = (ipv6.count + size - 1) / size
        let parts = max(1, parts4 + parts6)
        // One batch for all parts: unless the caller keeps it, its arrays are used again.
        var batch = FlowBatch(window: window, policy: policy, account: state.pointee.account)
        for part in 0..<parts {
            batch.part = UInt16(truncatingIfNeeded: part)
            batch.isLastPart = part == parts - 1
            batch.account = state.pointee.account
            batch.signatures.removeAll(keepingCapacity: true)
            batch.records.removeAll(keepingCapacity: true)
            if part < parts4 || parts6 == 0 {
                let range = (part * size)..<min(ipv4.count, (part + 1) * size)
                fill(&batch, ipv4[range], state.pointee.ipv4, state.pointee.ipv4Destinations, destinations)
            } else {
                batch.family = .ipv6
                let first = (part - parts4) * size
                let range = first..<min(ipv6.count, first + size)
                fill(&batch, ipv6[range], state.pointee.ipv6, state.pointee.ipv6Destinations, destinations)
            }
            finish(&batch, isFirst: part == 0)
            try body(batch)
        }
    }

    private func fill<Word: AddressWord>(
        _ batch: inout FlowBatch, _ order: ArraySlice<UInt32>, _ table: FlowTable<Word>, _ sets: DestinationSets<Word>,
        _ destinations: DestinationEncoder
    ) {
        let family: AddressFamily = Word.bitWidth == 32 ? .ipv4 : .ipv6
        let entries = table.all
        // The window's number of a signature → the batch's.
        var numbers = [UInt16](repeating: 0, count: state.pointee.signatures.count + 1)
        batch.records.reserveCapacity(order.count)
        for index in order.indices {
            let entry = entries[Int(order[index])]
            // What later records are made of is scattered over memory: ask for it now.
            if index + 16 < order.endIndex { table.prefetch(Int(order[index + 16])) }
            if index + 8 < order.endIndex { sets.prefetch(entries[Int(order[index + 8])].destinationSet) }
            let known = Int(entry.signature)
            if known != 0, numbers[known] == 0, let signature = state.pointee.signatures.signature(known) {
                batch.signatures.append(signature)
                numbers[known] = UInt16(batch.signatures.count)
            }
            let distinct = sets.count(entry.destinationSet)
            batch.records.append(record(entry, family, distinct, destinations, numbers[known]))
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
            batch.overflow = []
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
