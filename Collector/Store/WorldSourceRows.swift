import Analysis
import FlowModel

/// Rows of rollup.world_source_day, and what they are made of.
enum WorldSourceRows {
    static let copyCommand = """
        COPY rollup.world_source_day (start, chunk, family, least_sites, source_min, source_max, source4, source6, sites,
            sensor_ends, sensors, packets, first_second, last_second) FROM STDIN (FORMAT binary)
        """
    private static let chunkSize = 1_000

    /// Rows of rollup.source_day of one day and IP version, in the order of their first sources.
    static func sensors(day: Int64, _ family: AddressFamily) -> String {
        """
        COPY (SELECT d.sensor, s.site, d.source4, d.source6, d.packets, d.first_second, d.last_second
            FROM rollup.source_day d JOIN meta.sensor s ON s.id = d.sensor
            WHERE d.start = to_timestamp(\(day)) AND d.family = \(family.rawValue) ORDER BY d.source_min)
        TO STDOUT (FORMAT binary)
        """
    }

    static func add(_ bytes: UnsafeRawBufferPointer, to world: inout WorldSources) throws(StoreError) {
        var fields = try CopyRow(bytes, fields: 7)
        let sensor = try fields.number(as: Int32.self)
        let site = try fields.number(as: Int32.self)
        var bits = try fields.array(null: 0 as Int32).map { UInt128(UInt32(bitPattern: $0) ^ 0x8000_0000) }
        bits += try fields.addresses6()
        let packets = try fields.array(null: 0 as Int64)
        let first = try fields.array(null: 0 as Int32)
        let last = try fields.array(null: FlowColumns.unset32)
        guard let sensor, let site, packets.count == bits.count, first.count == bits.count,
            last.isEmpty || last.count == bits.count
        else { throw StoreError(.schema, "a row of rollup.source_day is not one that this program writes") }
        world.add(
            bits.indices.map { index in
                WorldSources.Sighting(
                    bits: bits[index], sensor: sensor, site: site, packets: packets[index], first: first[index],
                    last: last.isEmpty || last[index] == FlowColumns.unset32 ? first[index] : last[index])
            })
    }

    /// Writes the sources of one IP version, a thousand to a row, and hands them over some megabytes at a time.
    static func write(
        _ world: WorldSources, _ family: AddressFamily, day: Int64, chunk: inout Int32,
        _ send: ([UInt8]) throws(StoreError) -> Void
    ) throws(StoreError) {
        var copy = CopyBuffer(capacity: 1 << 20)
        var place = 0
        for start in stride(from: 0, to: world.sources.count, by: chunkSize) {
            let part = world.sources[start..<min(start + chunkSize, world.sources.count)]
            let end = part.reduce(place) { $0 + Int($1.sensors) }
            write(Array(part), Array(world.sensors[place..<end]), world.leastSites, family, day, chunk, &copy)
            place = end
            chunk += 1
            if copy.bytes.count > 1 << 23 {
                try send(copy.bytes)
                copy = CopyBuffer(capacity: 1 << 20)
            }
        }
        try send(copy.bytes)
    }

    private static func write(
        _ sources: [WorldSources.Source], _ sensors: [Int32], _ leastSites: Int32, _ family: AddressFamily,
        _ day: Int64,
        _ chunk: Int32, _ copy: inout CopyBuffer
    ) {
        func address(_ source: WorldSources.Source) -> Address { Address(bits: source.bits, family: family) }
        copy.beginRow(fields: 14)
        copy.number(Timestamp.microseconds(unixSeconds: day))
        copy.number(chunk)
        copy.number(Int16(family.rawValue))
        copy.number(Int16(leastSites))
        copy.address(address(sources[0]))
        copy.address(address(sources[sources.count - 1]))
        if family == .ipv4 { copy.array(.int4, sources.map { FlowArrays.signed($0.bits) }) } else { copy.null() }
        if family == .ipv6 { copy.addressArray(.ipv6, sources) { address($0) } } else { copy.null() }
        copy.array(.int4, sources.map(\.sites))
        var end: Int32 = 0
        copy.array(
            .int4,
            sources.map { source in
                end += source.sensors
                return end
            })
        copy.array(.int4, sensors)
        copy.array(.int8, sources.map(\.packets))
        copy.array(.int4, sources.map(\.first))
        copy.array(.int4, sources.map(\.last))
    }
}
