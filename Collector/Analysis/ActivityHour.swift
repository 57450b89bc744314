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

    /// Keys in memory at most, of 80 bytes each, and 200 more where a key has more than one record; and as many of what all
    /// of them did before their last silence, of 200 bytes each, and 16 for each port that a victim has.
    package static let keyLimit = 500_000
    /// Activities kept of an hour at most: one for 64 of its records, within these limits.
    package static let activityLimits: ClosedRange<Int> = 10_000...50_000
    static let recordsOfActivity = 64

    /// What a key did that has more than one record.
    private struct Course {
        /// Minute of the hour of the windows that `current` is of.
        var minute: Int16
        var current: Activity
        /// What came before, the last of which `current` is yet to be joined with.
        var runs: [Activity] = []

        var packets: Int64 { runs.reduce(current.packets) { max($0, $1.packets) } }

        /// Joins what the key did in the present minute with what it did before, or begins anew after a silence.
        /// - Returns: whether it begins anew.
        @discardableResult
        mutating func close(timeout: Int64) -> Bool {
            let last = runs.count - 1
            if last >= 0, current.first - runs[last].last <= timeout {
                runs[last].join(current)
                return false
            }
            runs.append(current)
            return true
        }
    }

    private let range: Range<Int64>
    private let size: TelescopeSize
    private let limit: Int
    private var index = SourceIndex()
    private var keys: [Sighting] = []
    private var courses: [Course] = []
    /// Of all courses.
    private var runs = 0
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
        let minute = Int16((window * 1_000 - range.lowerBound) / 60_000)
        for index in 0..<columns.count {
            guard let (key, port) = ActivityHour.key(columns, index) else { continue }
            let first = columns.first[index] >> 8
            let isLater = !columns.last.isEmpty && columns.last[index] != FlowColumns.unset32
            let packets = columns.packetCount(index)
            let isTold = !columns.destinations.isEmpty && columns.destinations[index] != FlowColumns.unset
            add(
                Sighting(
                    key: key, hash: key.hash, first: window * 1_000 + Int64(first), packets: packets,
                    destinations: isTold ? columns.destinations[index] : packets,
                    length: isLater ? max(0, columns.last[index] &- first) : 0, site: site, port: port, minute: minute,
                    destinationClass: tellsDestinations
                        ? ActivityHour.destinationClass(columns, index, site) : Sighting.untold))
        }
    }

    @inline(__always)
    private mutating func add(_ sighting: Sighting) {
        if runs >= limit { makeRoom() }
        guard let place = index.find(sighting.hash, { keys[$0].key == sighting.key }) else {
            if keys.count == limit { makeRoom() }
            keys.append(sighting)
            return index.insert(sighting.hash)
        }
        if keys[place].course < 0 {
            courses.append(Course(minute: keys[place].minute, current: keys[place].activity))
            keys[place].course = Int32(courses.count - 1)
        }
        let course = Int(keys[place].course)
        if courses[course].minute == sighting.minute {
            courses[course].current.unite(sighting.activity, sighting.key.kind)
        } else {
            if courses[course].close(timeout: ActivityHour.timeout(sighting.key.kind, size)) { runs += 1 }
            courses[course].minute = sighting.minute
            courses[course].current = sighting.activity
        }
    }

    /// Forgets the keys with the fewest packets until there is half as much as there may be.
    private mutating func makeRoom() {
        func packets(_ key: Sighting) -> Int64 { key.course < 0 ? key.packets : courses[Int(key.course)].packets }
        var floor: Int64 = 1
        while keys.count > limit / 2 || runs > limit / 2 {
            for key in keys where packets(key) <= floor {
                let closed = key.course < 0 ? 0 : courses[Int(key.course)].runs.count
                runs -= closed
                leftOut += Int64(closed) + 1
                leftOutPackets = max(leftOutPackets, packets(key))
            }
            keys.removeAll { packets($0) <= floor }
            floor = floor.saturating(plus: floor)
        }
        index = SourceIndex()
        var kept: [Course] = []
        for place in keys.indices {
            index.insert(keys[place].hash)
            guard keys[place].course >= 0 else { continue }
            kept.append(courses[Int(keys[place].course)])
            keys[place].course = Int32(kept.count - 1)
        }
        courses = kept
    }

    /// What can be part of an event: activities that are one by themselves, or that reach so near to the edge of the hour
    /// that what lies beyond it can join them. Of too many those with the most packets are kept, of equals those of keys
    /// that are the same in each hour.
    package consuming func finish() -> Result {
        var candidates: [(packets: Int64, hash: UInt64, place: Int, run: Int)] = []
        for (place, key) in keys.enumerated() {
            guard key.course >= 0 else {
                // Most keys have one record.
                if canMatter(key.key.kind, key.first, key.first + Int64(key.length), key.packets) {
                    candidates.append((key.packets, key.hash, place, 0))
                }
                continue
            }
            let course = Int(key.course)
            courses[course].close(timeout: ActivityHour.timeout(key.key.kind, size))
            for (number, run) in courses[course].runs.enumerated()
            where canMatter(key.key.kind, run.first, run.last, run.packets) {
                candidates.append((run.packets, key.hash, place, number))
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
            let key = keys[candidate.place]
            return (
                key: key.key,
                activity: key.course < 0 ? key.activity : courses[Int(key.course)].runs[candidate.run]
            )
        }
        found.sort { ($0.key, $0.activity.first) < ($1.key, $1.activity.first) }
        return Result(activities: found, leftOut: leftOut, leftOutPackets: leftOutPackets)
    }

    private func canMatter(_ kind: ActivityKey.Kind, _ first: Int64, _ last: Int64, _ packets: Int64) -> Bool {
        let timeout = ActivityHour.timeout(kind, size)
        // Whatever else the key did was before the hour or not before its end.
        if first - range.lowerBound < timeout || range.upperBound - last <= timeout { return true }
        return packets >= (kind == .scan ? size.leastScanDestinations : TelescopeSize.attackPackets)
    }

    /// Milliseconds.
    static func timeout(_ kind: ActivityKey.Kind, _ size: TelescopeSize) -> Int64 {
        kind == .scan ? size.scanTimeoutSeconds * 1_000 : TelescopeSize.attackTimeoutMilliseconds
    }

    /// A class, 0...63, of the address of the record's first packet, which is told as such or permuted within the site.
    @inline(__always)
    private static func destinationClass(_ columns: FlowColumns, _ index: Int, _ site: Int32) -> UInt8 {
        let destination = columns.destination4.isEmpty ? 0 : UInt64(UInt32(bitPattern: columns.destination4[index]))
        return UInt8(MurmurHash.avalanche(UInt64(UInt32(bitPattern: site)) << 32 | destination) >> 58)
    }

    /// The key of a record and the port that it attacks, -1 for none; nil when it is of no scan and no attack.
    ///
    /// Probes are scans. Answers tell of an attack on their sender with forged senders, and errors of one on the
    /// destination of the packet that they quote: without that they tell of nobody.
    @inline(__always)
    private static func key(_ columns: FlowColumns, _ index: Int) -> (ActivityKey, port: Int32)? {
        let service = columns.service[index]
        let source = UInt32(bitPattern: columns.source4[index]) ^ 0x8000_0000
        switch TrafficClass(rawValue: UInt8(truncatingIfNeeded: service >> 24 & 15)) {
        case .tcpSyn, .tcpOther, .udpProbe, .icmpRequest:
            return (ActivityKey(kind: .scan, address: source, service: service & 0x0F00_FFFF), -1)
        case .tcpSynAck, .tcpRst, .udpResponse:
            let key = ActivityKey(kind: .attack, address: source, service: service >> 16 & 255)
            return (key, service & 0xFFFF)
        case .icmpReply:
            return (ActivityKey(kind: .attack, address: source, service: service >> 16 & 255), -1)
        case .icmpError:
            guard !columns.victim4.isEmpty, columns.victim4[index] != FlowColumns.unset32 else { return nil }
            let quoted = Int32(columns.victimProtocol[index])
            let key = ActivityKey(
                kind: .attack, address: UInt32(bitPattern: columns.victim4[index]) ^ 0x8000_0000, service: quoted)
            return (key, [6, 17].contains(quoted) ? columns.victimPort[index] : -1)
        default: return nil
        }
    }
}
