import FlowModel

/// All that one open window has counted. Lives behind one pointer that the aggregator owns and hands to
/// `ClosedWindow` when the window closes.
struct WindowState {
    let window: Window
    var account = CaptureAccount()
    var ipv4: FlowTable<UInt32>
    var ipv6: FlowTable<UInt128>
    var ipv4Destinations: DestinationSets<UInt32>
    var ipv6Destinations: DestinationSets<UInt128>
    var overflow: OverflowTable
    var signatures = SignatureTable()
    /// Milliseconds of the earliest and the latest frame; nil without any.
    var span: (first: UInt32, last: UInt32)?
    let hash: KeyedHash

    init(_ window: Window, _ settings: AggregationSettings, hash: KeyedHash) {
        self.window = window
        self.hash = hash
        ipv4 = FlowTable(hash: hash)
        ipv6 = FlowTable(hash: hash)
        ipv4Destinations = DestinationSets(limit: settings.destinationBytes)
        ipv6Destinations = DestinationSets(limit: settings.destinationBytes)
        overflow = OverflowTable(hash: hash)
    }

    func deallocate() {
        ipv4.deallocate()
        ipv6.deallocate()
        ipv4Destinations.deallocate()
        ipv6Destinations.deallocate()
        overflow.deallocate()
    }

    var records: Int { ipv4.count + ipv6.count }

    /// Milliseconds from the window's start, kept inside the window for a packet of another time.
    @inline(__always)
    func milliseconds(_ seconds: Int64, _ nanoseconds: UInt32) -> UInt32 {
        let relative = seconds &- window.start
        if relative < 0 { return 0 }
        if relative >= Int64(window.length) { return window.length &* 1_000 &- 1 }
        return UInt32(truncatingIfNeeded: relative) &* 1_000 &+ nanoseconds / 1_000_000
    }

    @inline(__always)
    mutating func note(_ milliseconds: UInt32) {
        if let known = span {
            if milliseconds < known.first { span?.first = milliseconds }
            if milliseconds > known.last { span?.last = milliseconds }
        } else {
            span = (milliseconds, milliseconds)
        }
    }
}

/// Adds one packet to a flow table; whether it made a new record. Nil: there was no room, the packet is in an overflow
/// record.
@inline(__always)
func addPacket<Word: AddressWord>(
    _ facts: PacketFacts<Word>, hash place: UInt64, view: PacketView, table: inout FlowTable<Word>,
    destinations: inout DestinationSets<Word>, overflow: inout OverflowTable, signatures: inout SignatureTable,
    hash: KeyedHash, milliseconds: UInt32, mayInsert: Bool, hint: Int
) -> Bool? {
    guard table.reserveOne(hint: hint) else {
        overflow.add(facts)
        return nil
    }
    let entry = table.slot(source: facts.source, victim: facts.victim, key: facts.key, hash: place)
    if entry.pointee.key == 0 {
        guard mayInsert else {
            overflow.add(facts)
            return nil
        }
        let reader = SignatureReader(
            view, network: Int(facts.network), transport: Int(facts.transport), end: Int(facts.end),
            trafficClass: facts.trafficClass, isIPv4: Word.bitWidth == 32)
        let length = Word.bitWidth == 32 ? facts.ipLength : facts.ipLength &- 40
        entry.initialize(
            to: FlowEntry(
                source: facts.source, victim: facts.victim, key: facts.key, packets: 1, destinationSet: 0,
                bytes: UInt64(facts.ipLength), first: milliseconds, last: milliseconds, destination: facts.destination,
                sourcePort: facts.sourcePort, ipLength: UInt16(truncatingIfNeeded: length),
                zmap: UInt32(facts.tools & 1),
                masscan: UInt32(facts.tools >> 1 & 1), mirai: UInt32(facts.tools >> 2 & 1),
                signature: signatures.number(reader), ttl: facts.ttl, flags: facts.flags))
        table.noteInsertion()
        return true
    }
    guard entry.pointee.packets < AggregationSettings.packetsPerRecord else {
        overflow.add(facts)
        return nil
    }
    entry.pointee.packets &+= 1
    entry.pointee.bytes &+= UInt64(facts.ipLength)
    if milliseconds < entry.pointee.first { entry.pointee.first = milliseconds }
    if milliseconds > entry.pointee.last { entry.pointee.last = milliseconds }
    if facts.tools != 0 {
        entry.pointee.zmap &+= UInt32(facts.tools & 1)
        entry.pointee.masscan &+= UInt32(facts.tools >> 1 & 1)
        entry.pointee.mirai &+= UInt32(facts.tools >> 2 & 1)
    }
    if facts.destination != entry.pointee.destination {
        destinations.insert(
            facts.destination, first: entry.pointee.destination, reference: &entry.pointee.destinationSet, hash: hash)
    }
    return false
}
