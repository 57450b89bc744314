/// Sums an hour of one sensor as `HourRollup` and `OriginRollup` do, of labelled sources only.
///
/// Owned by: the caller's thread. Rows of raw.flow come in the order of time.
package struct ScannerRollup {
    private let labels: AddressRanges
    /// Nil until a labelled source comes.
    private var rollup: HourRollup?
    private var origins: OriginRollup?
    private let table: OriginTable

    /// - Parameters:
    ///   - labels: closed.
    ///   - table: of countries and networks.
    package init(_ labels: AddressRanges, _ table: OriginTable) {
        self.labels = labels
        self.table = table
    }

    /// Adds those records of a batch that labelled sources sent.
    /// - Precondition: as for `HourRollup.add`.
    package mutating func add(_ columns: FlowColumns, bucket: Int) {
        guard labels.count > 0 else { return }
        precondition(columns.isConsistent, "not a batch's flows")
        var chosen = FlowColumns()
        let isIPv4 = columns.source6.isEmpty
        for index in 0..<columns.count {
            let place =
                isIPv4
                ? labels.find(ipv4: UInt32(bitPattern: columns.source4[index]) ^ 0x8000_0000)
                : labels.find(ipv6: columns.source6[index])
            if place != nil { chosen.append(columns, index) }
        }
        guard chosen.count > 0 else { return }
        if rollup == nil { rollup = HourRollup() }
        rollup?.add(chosen, bucket: bucket)
        if origins == nil { origins = OriginRollup(table) }
        origins?.add(chosen)
    }

    /// Countries and networks of what was added, each in the row that it has in `hour`.
    package func origins(like hour: [OriginTraffic]) -> [OriginTraffic] {
        OriginTraffic.folded(origins?.finish() ?? [], like: hour)
    }

    /// What was added, each port in the row that it has in `hour`.
    package consuming func finish(like hour: [PortTraffic]) -> [PortTraffic] {
        PortTraffic.folded(rollup?.wholePorts ?? [], like: hour)
    }
}

extension FlowColumns {
    /// Adds what sums by port need of another batch's record, of the same family.
    fileprivate mutating func append(_ other: FlowColumns, _ index: Int) {
        service.append(other.service[index])
        if other.source6.isEmpty { source4.append(other.source4[index]) } else { source6.append(other.source6[index]) }
        header.append(other.header[index])
        if !other.packets.isEmpty { packets.append(other.packets[index]) }
        if !other.bytes.isEmpty { bytes.append(other.bytes[index]) }
    }
}
