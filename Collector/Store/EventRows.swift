import Analysis
import FlowModel

/// Rows of event.segment and event.episode, and what they are made from.
enum EventRows {
    /// Rows of raw.flow of one hour of a telescope that have IPv4 sources, in the order of time.
    static func flows(_ task: EventTask) -> String {
        """
        COPY (SELECT extract(epoch FROM f.window_start)::int8, s.site, f.policy, f.records, f.service, f.source4,
            f.source6, f.header, f.packets, f.first, f.last_ms, f.destinations, f.destination4, f.victim4,
            f.victim_protocol, f.victim_port
            FROM raw.flow f JOIN meta.sensor s ON s.id = f.sensor
            WHERE f.family = 4 AND \(condition(task, "f")) ORDER BY f.window_start, f.sensor, f.stream, f.sequence)
        TO STDOUT (FORMAT binary)
        """
    }

    /// What is a telescope's of the hour.
    static func condition(_ task: EventTask, _ table: String) -> String {
        let hour =
            "\(table).window_start >= to_timestamp(\(task.start)) AND \(table).window_start < to_timestamp(\(task.end))"
        guard task.telescope != EventTask.allSites else { return hour }
        return "\(hour) AND \(table).sensor IN (SELECT id FROM meta.sensor WHERE site = \(task.telescope))"
    }

    /// Adds a row of `flows`.
    static func add(_ bytes: UnsafeRawBufferPointer, to hour: inout ActivityHour) throws(StoreError) {
        var fields = try CopyRow(bytes, fields: 16)
        guard let window = try fields.number(as: Int64.self), let site = try fields.number(as: Int32.self),
            let policy = try fields.number(as: Int16.self), let records = try fields.number(as: Int32.self)
        else { throw StoreError(.schema, "a row of raw.flow has no time") }
        var columns = try RollupSource.commonColumns(&fields)
        columns.first = try fields.array(null: 0)
        columns.last = try fields.array(null: FlowColumns.unset32)
        columns.destinations = try fields.array(null: FlowColumns.unset)
        columns.destination4 = try fields.array(null: 0)
        columns.victim4 = try fields.array(null: FlowColumns.unset32)
        columns.victimProtocol = try fields.array(null: 0)
        columns.victimPort = try fields.array(null: 0)
        guard columns.count == Int(records), columns.isConsistent, columns.hasTimes, columns.source6.isEmpty else {
            throw StoreError(.schema, "the arrays of a row of raw.flow are not of one length")
        }
        hour.add(
            columns, window: window, site: site, tellsDestinations: policy != Int16(DestinationPolicy.none.rawValue))
    }

    static let segmentCopy = """
        COPY event.segment (telescope, kind, address, service, start, first_ms, last_ms, packets, destinations_maximum,
            destinations_sum, destination_bits, records, peak, head_last_ms, head_packets, tail_first_ms, tail_packets,
            ports, port_packets, has_more_ports, sites)
        FROM STDIN (FORMAT binary)
        """

    /// Segments that a condition finds, by key and time.
    static func segments(_ source: String) -> String {
        """
        COPY (SELECT s.kind, s.address - '0.0.0.0'::inet, s.service, extract(epoch FROM s.start)::int8, s.first_ms,
            s.last_ms, s.packets, s.destinations_maximum, s.destinations_sum, s.destination_bits, s.records, s.peak,
            s.head_last_ms, s.head_packets, s.tail_first_ms, s.tail_packets, s.ports, s.port_packets, s.has_more_ports, s.sites
            FROM \(source) ORDER BY s.kind, s.address, s.service, s.start, s.first_ms) TO STDOUT (FORMAT binary)
        """
    }

    static func write(_ key: ActivityKey, _ activity: Activity, _ task: EventTask, to copy: inout CopyBuffer) {
        let start = task.start * 1_000
        func milliseconds(_ time: Int64, unless other: Int64) -> Int32? {
            time == other ? nil : Int32(clamping: time - start)
        }
        func number(_ value: Int64, unless other: Int64) -> Int64? { value == other ? nil : value }
        copy.beginRow(fields: 21)
        copy.number(task.telescope)
        copy.number(key.kind.rawValue)
        copy.address(Address(ipv4: key.address))
        copy.number(key.service)
        copy.number(Timestamp.microseconds(unixSeconds: task.start))
        copy.number(Int32(clamping: activity.first - start))
        copy.number(milliseconds(activity.last, unless: activity.first))
        copy.number(activity.packets)
        copy.number(number(activity.destinationsMaximum, unless: activity.packets))
        copy.number(number(activity.destinationsSum, unless: activity.destinationsMaximum))
        copy.number(Int64(bitPattern: activity.destinationBits))
        copy.number(number(activity.records, unless: 1))
        copy.number(number(activity.peak, unless: activity.packets))
        copy.number(milliseconds(activity.headLast, unless: activity.last))
        copy.number(number(activity.headPackets, unless: activity.packets))
        copy.number(milliseconds(activity.tailFirst, unless: activity.first))
        copy.number(number(activity.tailPackets, unless: activity.packets))
        if activity.ports.ports.isEmpty {
            copy.null()
            copy.null()
        } else {
            copy.array(.int4, activity.ports.ports)
            copy.array(.int8, activity.ports.packets)
        }
        copy.bool(activity.ports.hasMore ? true : nil)
        if task.telescope == EventTask.allSites { copy.array(.int4, activity.sites.sites) } else { copy.null() }
    }

    /// Reads a row of `segments`; returns the start of its hour in Unix seconds too.
    static func read(
        _ bytes: UnsafeRawBufferPointer, telescope: Int32
    ) throws(StoreError) -> (key: ActivityKey, start: Int64, activity: Activity) {
        var fields = try CopyRow(bytes, fields: 20)
        guard let kind = try fields.number(as: Int16.self).flatMap({ ActivityKey.Kind(rawValue: $0) }),
            let address = try fields.number(as: Int64.self), let service = try fields.number(as: Int32.self),
            let start = try fields.number(as: Int64.self), let first = try fields.number(as: Int32.self)
        else { throw EventRows.malformed }
        let last = try fields.number(as: Int32.self) ?? first
        guard let packets = try fields.number(as: Int64.self) else { throw EventRows.malformed }
        let maximum = try fields.number(as: Int64.self) ?? packets
        let sum = try fields.number(as: Int64.self) ?? maximum
        guard let bits = try fields.number(as: Int64.self) else { throw EventRows.malformed }
        func time(_ milliseconds: Int32) -> Int64 { start * 1_000 + Int64(milliseconds) }
        var activity = Activity(
            first: time(first), last: time(last), packets: packets, destinations: maximum,
            destinationBits: UInt64(bitPattern: bits))
        activity.destinationsSum = sum
        activity.records = try fields.number(as: Int64.self) ?? 1
        activity.peak = try fields.number(as: Int64.self) ?? packets
        activity.headLast = time(try fields.number(as: Int32.self) ?? last)
        activity.headPackets = try fields.number(as: Int64.self) ?? packets
        activity.tailFirst = time(try fields.number(as: Int32.self) ?? first)
        activity.tailPackets = try fields.number(as: Int64.self) ?? packets
        let ports: [Int32] = try fields.array(null: 0)
        let portPackets: [Int64] = try fields.array(null: 0)
        let hasMore = try fields.number(as: Int8.self) == 1
        guard ports.count == portPackets.count, ports.count <= PortShares.limit else { throw EventRows.malformed }
        activity.ports = PortShares(ports: ports, packets: portPackets, hasMore: hasMore)
        let sites: [Int32] = try fields.array(null: 0)
        activity.sites = SiteSet(sites.isEmpty ? [telescope] : sites)
        return (
            ActivityKey(kind: kind, address: UInt32(truncatingIfNeeded: address), service: service), start, activity
        )
    }

    static let episodeCopy = """
        COPY event.episode (telescope, kind, address, service, week, first_seen, last_seen, timeout_seconds, packets,
            destinations, destinations_least, destinations_most, peak, ports, port_packets, has_more_ports, sites)
        FROM STDIN (FORMAT binary)
        """

    static func write(_ key: ActivityKey, _ event: EventJoin.Event, _ task: EventTask, to copy: inout CopyBuffer) {
        let activity = event.activity
        let destinations = activity.destinations(of: event.size.addresses)
        copy.beginRow(fields: 17)
        copy.number(task.telescope)
        copy.number(key.kind.rawValue)
        copy.address(Address(ipv4: key.address))
        copy.number(key.service)
        copy.number(Timestamp.microseconds(unixSeconds: task.week))
        copy.number(Timestamp.microseconds(unixMicroseconds: activity.first * 1_000))
        copy.number(Timestamp.microseconds(unixMicroseconds: activity.last * 1_000))
        copy.number(Int32(clamping: event.timeoutSeconds(key.kind)))
        copy.number(activity.packets)
        copy.number(destinations.estimate)
        copy.number(destinations.least)
        copy.number(destinations.most)
        copy.number(activity.peak)
        copy.array(.int4, activity.ports.ports)
        copy.array(.int8, activity.ports.packets)
        copy.bool(activity.ports.hasMore)
        copy.array(.int4, activity.sites.sites)
    }

    private static var malformed: StoreError {
        StoreError(.schema, "a row of event.segment is not one that this program writes")
    }
}
