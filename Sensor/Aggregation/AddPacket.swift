import FlowModel

/// What became of a packet.
enum AddOutcome {
    /// Counted in a record that was there.
    case known
    /// It made a new record.
    case inserted
    /// There was no room: it is in an overflow record.
    case overflowed
}

extension WindowState {
    /// Counts an IPv4 packet in the record that was found ahead; false when that is another flow's, or full.
    @inline(__always)
    mutating func addKnown(
        _ facts: UnsafePointer<PacketFacts<UInt32>>, candidate: UInt32, milliseconds: UInt32
    ) -> Bool {
        let entry = ipv4.entry(candidate: candidate)
        guard entry.pointee.key == facts.pointee.key, entry.pointee.source == facts.pointee.source,
            entry.pointee.victim == facts.pointee.victim,
            entry.pointee.packets < AggregationSettings.packetsPerRecord
        else { return false }
        count(facts, in: entry, &ipv4Destinations, hash, milliseconds)
        return true
    }
}

/// Adds one packet to a flow table, or to the overflow records when there is no room.
@inline(__always)
func addPacket<Word: AddressWord>(
    _ facts: UnsafePointer<PacketFacts<Word>>, hash place: UInt64, view: PacketView, table: inout FlowTable<Word>,
    destinations: inout DestinationSets<Word>, overflow: inout OverflowTable, signatures: inout SignatureTable,
    keyed: KeyedHash, milliseconds: UInt32, mayInsert: Bool, hint: Int
) -> AddOutcome {
    let key = facts.pointee.key
    if let entry = table.find(source: facts.pointee.source, victim: facts.pointee.victim, key: key, hash: place) {
        if entry.pointee.packets < AggregationSettings.packetsPerRecord {
            count(facts, in: entry, &destinations, keyed, milliseconds)
            return .known
        }
    } else if mayInsert, table.reserveOne(hint: hint) {
        let signature = CanonicalSignature(view, facts.pointee, keyed)
        let bytes = facts.pointee.ipLength
        let tools = facts.pointee.tools
        table.insert(
            FlowEntry(
                source: facts.pointee.source, victim: facts.pointee.victim, key: key, packets: 1, destinationSet: 0,
                bytes: UInt64(bytes), first: milliseconds, last: milliseconds, destination: facts.pointee.destination,
                sourcePort: facts.pointee.sourcePort,
                ipLength: UInt16(truncatingIfNeeded: Word.bitWidth == 32 ? bytes : bytes &- 40),
                zmap: UInt32(tools & 1), masscan: UInt32(tools >> 1 & 1), mirai: UInt32(tools >> 2 & 1),
                signature: signatures.number(signature), ttl: facts.pointee.ttl, flags: facts.pointee.flags),
            hash: place)
        return .inserted
    }
    overflow.add(facts.pointee)
    return .overflowed
}

@inline(__always)
private func count<Word: AddressWord>(
    _ facts: UnsafePointer<PacketFacts<Word>>, in entry: UnsafeMutablePointer<FlowEntry<Word>>,
    _ destinations: inout DestinationSets<Word>, _ hash: KeyedHash, _ milliseconds: UInt32
) {
    entry.pointee.packets &+= 1
    entry.pointee.bytes &+= UInt64(facts.pointee.ipLength)
    entry.pointee.first = min(entry.pointee.first, milliseconds)
    entry.pointee.last = max(entry.pointee.last, milliseconds)
    let tools = facts.pointee.tools
    if tools != 0 {
        entry.pointee.zmap &+= UInt32(tools & 1)
        entry.pointee.masscan &+= UInt32(tools >> 1 & 1)
        entry.pointee.mirai &+= UInt32(tools >> 2 & 1)
    }
    let destination = facts.pointee.destination
    if destination != entry.pointee.destination {
        destinations.insert(
            destination, first: entry.pointee.destination, reference: &entry.pointee.destinationSet, hash: hash)
    }
}
