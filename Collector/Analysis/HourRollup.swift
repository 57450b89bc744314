import FlowModel

/// Sums an hour of one sensor by class and service port, for the hour and for each five minutes of it.
///
/// Owned by: the caller's thread. Rows of raw.flow come in the order of time: the sets of sources of one five minutes
/// are in memory at a time, and those of the hour.
package struct HourRollup {
    /// Ports of a class that have a row of their own in an hour at most. They are those with the most packets in the
    /// hour, and the five minutes of the hour have the same.
    package static let portLimit = 200
    /// Buckets of five minutes.
    package static let bucketCount = 12

    /// Packets of a bucket by the IP version.
    package struct Totals: Sendable, Hashable {
        package var ipv4: Int64 = 0
        package var ipv6: Int64 = 0

        mutating func add(_ packets: Int64, _ family: AddressFamily) {
            if family == .ipv4 { ipv4 = ipv4.saturating(plus: packets) } else { ipv6 = ipv6.saturating(plus: packets) }
        }
    }

    /// What a port has in one bucket.
    private struct Cell {
        var bucket: Int
        var packets: Int64 = 0
        var bytes: Int64 = 0
        var flows: Int64 = 0
        var sources: Int64 = 0
        var precision = Precision.exact
    }

    private struct Port {
        var trafficClass: Int16
        var servicePort: Int32
        var cells: [Cell] = []
        /// The sources of the last cell, until the next one is opened.
        var current = SourceSketch()
        /// Those of the cells before.
        var sketch = SourceSketch()

        /// Makes a cell for the bucket unless the last is of it.
        mutating func open(_ bucket: Int) {
            guard cells.last?.bucket != bucket else { return }
            close()
            cells.append(Cell(bucket: bucket))
        }

        /// Counts the sources of the last cell.
        mutating func close() {
            guard let last = cells.indices.last else { return }
            (cells[last].sources, cells[last].precision) = current.count()
            sketch.formUnion(current)
            current = SourceSketch()
        }
    }

    /// Place in `ports` plus one of each class and port; 0 for none.
    private var places = [Int32](repeating: 0, count: 16 << 16)
    private var ports: [Port] = []
    private var overflow: [(sum: OverflowSum, bucket: Int)] = []
    private var bucket = 0
    /// Packets of each bucket.
    package private(set) var totals = [Totals](repeating: Totals(), count: bucketCount)

    package init() {}

    /// Adds the records of a batch whose window begins in this bucket.
    /// - Precondition: `columns.isConsistent`; the bucket is in 0..<`bucketCount` and none before that of another call.
    package mutating func add(_ columns: FlowColumns, bucket: Int) {
        precondition(columns.isConsistent && (self.bucket..<HourRollup.bucketCount).contains(bucket), "order of time")
        self.bucket = bucket
        var index = 0
        var sum: Int64 = 0
        while index < columns.count {
            // Records of one class and port stand together, whatever their protocol.
            let key = columns.service[index] & 0x0F00_FFFF
            var end = index + 1
            while end < columns.count, columns.service[end] & 0x0F00_FFFF == key { end += 1 }
            let place = place(class: Int16(key >> 24), port: key & 0xFFFF)
            ports[place].open(bucket)
            sum = sum.saturating(plus: HourRollup.add(columns, index..<end, to: &ports[place]))
            index = end
        }
        totals[bucket].add(sum, columns.family)
    }

    /// Adds an overflow record of a window that begins in this bucket; at any time.
    package mutating func add(_ sum: OverflowSum, bucket: Int) {
        overflow.append((sum, bucket))
        totals[bucket].add(sum.packets, sum.family)
    }

    private static func add(_ columns: FlowColumns, _ range: Range<Int>, to port: inout Port) -> Int64 {
        var (packets, bytes): (Int64, Int64) = (0, 0)
        let (hasPackets, hasBytes, isIPv4) = (!columns.packets.isEmpty, !columns.bytes.isEmpty, columns.source6.isEmpty)
        for index in range {
            let count = hasPackets && columns.packets[index] != FlowColumns.unset ? columns.packets[index] : 1
            packets = packets.saturating(plus: count)
            let length = Int64(columns.header[index] >> 8 & 0x1_FFFF)
            bytes = bytes.saturating(
                plus: hasBytes && columns.bytes[index] != FlowColumns.unset ? columns.bytes[index] : count &* length)
            port.current.insert(
                isIPv4
                    ? SourceSketch.hash(ipv4: UInt32(bitPattern: columns.source4[index]) ^ 0x8000_0000)
                    : MurmurHash.hash(columns.source6[index]))
        }
        let last = port.cells.count - 1
        port.cells[last].packets = port.cells[last].packets.saturating(plus: packets)
        port.cells[last].bytes = port.cells[last].bytes.saturating(plus: bytes)
        port.cells[last].flows += Int64(range.count)
        return packets
    }

    private mutating func place(class trafficClass: Int16, port: Int32) -> Int {
        let key = Int(trafficClass) << 16 | Int(port)
        if places[key] == 0 {
            ports.append(Port(trafficClass: trafficClass, servicePort: port))
            places[key] = Int32(ports.count)
        }
        return Int(places[key]) - 1
    }

    /// What each port has in the hour, none folded; without overflow.
    var wholePorts: [PortTraffic] {
        ports.map { port in
            var port = port
            port.close()
            return HourRollup.whole(port)
        }
    }

    /// What was added, folded.
    /// - Returns: the hour's rows, and the rows of each bucket. A port that the hour folds is folded in its buckets.
    package consuming func finish() -> (hour: [PortTraffic], buckets: [[PortTraffic]]) {
        for index in ports.indices { ports[index].close() }
        for (sum, bucket) in overflow { addClosed(sum, bucket) }
        let hour = PortTraffic.folded(ports.map(HourRollup.whole), keeping: HourRollup.portLimit)
        let kept = Set(hour.map(\.port))
        var (rows, others) = ([[PortTraffic]](repeating: [], count: Self.bucketCount), [Int: PortTraffic]())
        for port in ports {
            let isKept = kept.contains(ServicePort(trafficClass: port.trafficClass, number: port.servicePort))
            for cell in port.cells {
                let row = HourRollup.row(port, cell)
                if isKept {
                    rows[cell.bucket].append(row)
                } else {
                    let other = PortTraffic(trafficClass: port.trafficClass, servicePort: PortTraffic.otherPorts)
                    others[cell.bucket << 16 | Int(port.trafficClass), default: other].add(row)
                }
            }
        }
        for (key, row) in others { rows[key >> 16].append(row) }
        return (hour, rows.map { $0.sorted(by: PortTraffic.precedes) })
    }

    private mutating func addClosed(_ sum: OverflowSum, _ bucket: Int) {
        let place = place(class: sum.trafficClass & 15, port: sum.servicePort & 0xFFFF)
        let known = ports[place].cells.firstIndex { $0.bucket == bucket }
        var cell = known.map { ports[place].cells[$0] } ?? Cell(bucket: bucket)
        cell.packets = cell.packets.saturating(plus: sum.packets)
        cell.bytes = cell.bytes.saturating(plus: sum.bytes)
        cell.sources = max(cell.sources, sum.sources)
        cell.precision = .atLeast
        if let known { ports[place].cells[known] = cell } else { ports[place].cells.append(cell) }
    }

    private static func row(_ port: Port, _ cell: Cell) -> PortTraffic {
        var row = PortTraffic(trafficClass: port.trafficClass, servicePort: port.servicePort)
        (row.packets, row.bytes, row.flows) = (cell.packets, cell.bytes, cell.flows)
        (row.sources, row.precision) = (cell.sources, cell.precision)
        return row
    }

    private static func whole(_ port: Port) -> PortTraffic {
        var sketch = port.sketch
        var row = PortTraffic(trafficClass: port.trafficClass, servicePort: port.servicePort)
        (row.sources, row.precision) = sketch.count()
        for cell in port.cells {
            row.packets = row.packets.saturating(plus: cell.packets)
            row.bytes = row.bytes.saturating(plus: cell.bytes)
            row.flows += cell.flows
            if cell.precision == .atLeast {
                (row.sources, row.precision) = (max(row.sources, cell.sources), .atLeast)
            }
        }
        row.sketch = sketch
        return row
    }
}
