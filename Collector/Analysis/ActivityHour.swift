import FlowModel

/// Finds in an hour of one telescope what can be part of a scan or an attack: for each key its packets between silences.
///
/// Owned by: the caller's thread. Rows of raw.flow come in the order of time, those of all sensors of the telescope mixed.
/// Only IPv4 counts, and no packets that found a sensor's flow table full: their sources are not known. Memory is bounded,
/// and so are the activities that are kept; what is left out is counted.
package struct ActivityHour {
    /// What an hour has.
    package struct Result: Sendable {
        /// Ascending by key and time.
        package var activities: [(key: ActivityKey, activity: Activity)]
        /// Activities that were left out although they could be part of an event, and the most packets that one of them
        /// had.
        package var leftOut: Int64
        package var leftOutPackets: Int64
    }

    /// Keys in memory at most, of about 200 bytes each.
    package static let keyLimit = 500_000
    /// Activities kept of an hour at most: one for 64 of its records, within these limits.
    package static let activityLimits: ClosedRange<Int> = 10_000...50_000
    static let recordsOfActivity = 64

    private struct Entry {
        let key: ActivityKey
        let hash: UInt64
        /// Minute of Unix time of the windows that `current` is of.
        var minute: Int64
        var current: Activity
        /// What came before, the last of which `current` is yet to be joined with.
        var runs: [Activity] = []

        var packets: Int64 { runs.reduce(current.packets) { max($0, $1.packets) } }
    }

    private let range: Range<Int64>
    private let size: TelescopeSize
    private let limit: Int
    private var index = SourceIndex()
    private var entries: [Entry] = []
    private var records = 0
    private var leftOut: Int64 = 0
    private var leftOutPackets: Int64 = 0

    /// - Parameter start: of the hour, in Unix seconds.
    package init(start: Int64, size: TelescopeSize, limit: Int = ActivityHour.keyLimit) {
        range = start * 1_000..<(start + 3_600) * 1_000
        self.size = size
        self.limit = limit
    }

    /// Adds the records of a batch.
    /// - Parameters:
    ///   - window: its start in Unix seconds, within the hour, not before the minute of another call.
    ///   - tellsDestinations: whether the site's policy tells destinations, or permuted ones.
    /// - Precondition: `columns.isConsistent`, of IPv4, has times.
    package mutating func add(_ columns: FlowColumns, window: Int64, site: Int32, tellsDestinations: Bool) {
        precondition(columns.isConsistent && columns.hasTimes && columns.source6.isEmpty, "not flows of IPv4")
        records += columns.count
        for index in 0..<columns.count {
            guard let (key, port) = ActivityHour.key(columns, index) else { continue }
            let begin = window * 1_000 + Int64(columns.first[index] >> 8)
            let isLater = !columns.last.isEmpty && columns.last[index] != FlowColumns.unset32
            let packets = columns.packetCount(index)
            let activity = Activity(
                first: begin, last: isLater ? window * 1_000 + Int64(columns.last[index]) : begin, packets: packets,
                destinations: columns.destinations.isEmpty || columns.destinations[index] == FlowColumns.unset
                    ? packets : columns.destinations[index],
                destinationBits: tellsDestinations ? ActivityHour.bit(columns, index, site) : .max)
            let place = add(activity, of: key, minute: window >= 0 ? window / 60 : (window - 59) / 60)
            entries[place].current.sites.insert(site)
            if let port { entries[place].current.ports.add(port, packets) }
        }
    }

    /// - Returns: the place of the key.
    private mutating func add(_ activity: Activity, of key: ActivityKey, minute: Int64) -> Int {
        let hash = key.hash
        guard let place = index.find(hash, { entries[$0].key == key }) else {
            if entries.count == limit { makeRoom() }
            entries.append(Entry(key: key, hash: hash, minute: minute, current: activity))
            index.insert(hash)
            return entries.count - 1
        }
        if entries[place].minute == minute {
            entries[place].current.unite(activity, key.kind)
        } else {
            close(place)
            entries[place].minute = minute
            entries[place].current = activity
        }
        return place
    }

    /// Joins what a key did in a minute with what it did before, or begins anew after a silence.
    private mutating func close(_ place: Int) {
        let (current, last) = (entries[place].current, entries[place].runs.count - 1)
        let timeout = ActivityHour.timeout(entries[place].key.kind, size)
        if last >= 0, current.first - entries[place].runs[last].last <= timeout {
            entries[place].runs[last].join(current)
        } else {
            entries[place].runs.append(current)
        }
    }

    /// Forgets the keys with the fewest packets until half of them are left.
    private mutating func makeRoom() {
        var floor: Int64 = 1
        while entries.count > limit / 2 {
            for entry in entries where entry.packets <= floor {
                leftOut += Int64(entry.runs.count) + 1
                leftOutPackets = max(leftOutPackets, entry.packets)
            }
            entries.removeAll { $0.packets <= floor }
            floor = floor.saturating(plus: floor)
        }
        index = SourceIndex()
        for entry in entries { index.insert(entry.hash) }
    }

    /// What can be part of an event: activities that are one by themselves, or that reach so near to the edge of the hour
    /// that what lies beyond it can join them. Of too many those with the most packets are kept, of equals those of keys
    /// that are the same in each hour.
    package consuming func finish() -> Result {
        var candidates: [(packets: Int64, hash: UInt64, entry: Int, run: Int)] = []
        for place in entries.indices {
            if entries[place].runs.isEmpty {
                // Most keys have packets in one minute only.
                let current = entries[place].current
                guard canMatter(current, entries[place].key.kind) else { continue }
                candidates.append((current.packets, entries[place].hash, place, 0))
            } else {
                close(place)
                for (number, run) in entries[place].runs.enumerated() where canMatter(run, entries[place].key.kind) {
                    candidates.append((run.packets, entries[place].hash, place, number))
                }
            }
        }
        let limits = ActivityHour.activityLimits
        let most = min(max(records / ActivityHour.recordsOfActivity, limits.lowerBound), limits.upperBound)
        if candidates.count > most {
            candidates.sort { ($1.packets, $0.hash, $0.run) < ($0.packets, $1.hash, $1.run) }
            leftOut += Int64(candidates.count - most)
            leftOutPackets = max(leftOutPackets, candidates[most].packets)
            candidates.removeLast(candidates.count - most)
        }
        var found = candidates.map { candidate in
            let entry = entries[candidate.entry]
            return (key: entry.key, activity: entry.runs.isEmpty ? entry.current : entry.runs[candidate.run])
        }
        found.sort { ($0.key, $0.activity.first) < ($1.key, $1.activity.first) }
        return Result(activities: found, leftOut: leftOut, leftOutPackets: leftOutPackets)
    }

    private func canMatter(_ activity: Activity, _ kind: ActivityKey.Kind) -> Bool {
        let timeout = ActivityHour.timeout(kind, size)
        // Whatever else the key did was before the hour or not before its end.
        if activity.first - range.lowerBound < timeout || range.upperBound - activity.last <= timeout { return true }
        return activity.packets >= (kind == .scan ? size.leastScanDestinations : TelescopeSize.attackPackets)
    }

    /// Milliseconds.
    static func timeout(_ kind: ActivityKey.Kind, _ size: TelescopeSize) -> Int64 {
        kind == .scan ? size.scanTimeoutSeconds * 1_000 : TelescopeSize.attackTimeoutMilliseconds
    }

    /// A bit for the address of the record's first packet, which is told as such or permuted within the site.
    private static func bit(_ columns: FlowColumns, _ index: Int, _ site: Int32) -> UInt64 {
        let destination = columns.destination4.isEmpty ? 0 : UInt64(UInt32(bitPattern: columns.destination4[index]))
        return 1 << (MurmurHash.avalanche(UInt64(UInt32(bitPattern: site)) << 32 | destination) >> 58)
    }

    /// The key of a record and the port that it attacks; nil when it is of no scan and no attack.
    ///
    /// Probes are scans. Answers tell of an attack on their sender with forged senders, and errors of one on the
    /// destination of the packet that they quote: without that they tell of nobody.
    @inline(__always)
    private static func key(_ columns: FlowColumns, _ index: Int) -> (ActivityKey, port: Int32?)? {
        let service = columns.service[index]
        let source = UInt32(bitPattern: columns.source4[index]) ^ 0x8000_0000
        switch TrafficClass(rawValue: UInt8(truncatingIfNeeded: service >> 24 & 15)) {
        case .tcpSyn, .tcpOther, .udpProbe, .icmpRequest:
            return (ActivityKey(kind: .scan, address: source, service: service & 0x0F00_FFFF), nil)
        case .tcpSynAck, .tcpRst, .udpResponse:
            let key = ActivityKey(kind: .attack, address: source, service: service >> 16 & 255)
            return (key, service & 0xFFFF)
        case .icmpReply:
            return (ActivityKey(kind: .attack, address: source, service: service >> 16 & 255), nil)
        case .icmpError:
            guard !columns.victim4.isEmpty, columns.victim4[index] != FlowColumns.unset32 else { return nil }
            let quoted = Int32(columns.victimProtocol[index])
            let key = ActivityKey(
                kind: .attack, address: UInt32(bitPattern: columns.victim4[index]) ^ 0x8000_0000, service: quoted)
            return (key, [6, 17].contains(quoted) ? columns.victimPort[index] : nil)
        default: return nil
        }
    }
}
