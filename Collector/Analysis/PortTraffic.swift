package import FlowModel

/// What one sensor saw of one class at one service port in one span of time.
package struct PortTraffic: Sendable {
    /// The port of rows that stand for all ports of the class without a row of their own.
    package static let otherPorts: Int32 = -1

    package var trafficClass: Int16
    /// `otherPorts`, or 0…65535.
    package var servicePort: Int32
    package var packets: Int64 = 0
    package var bytes: Int64 = 0
    /// Flow records.
    package var flows: Int64 = 0
    package var sources: Int64 = 0
    package var precision: Precision = .exact
    /// nil where only the number is kept.
    package var sketch: SourceSketch?

    /// What tells its row from the others of the span.
    var port: ServicePort { ServicePort(trafficClass: trafficClass, number: servicePort) }

    package init(trafficClass: Int16, servicePort: Int32) {
        self.trafficClass = trafficClass
        self.servicePort = servicePort
    }

    /// Adds the traffic of the same sensor in another span, or of another port. The sources are those of the union, which
    /// `countSources` counts; where a side does not know who they were, only the greatest number known is sure.
    package mutating func add(_ other: PortTraffic) {
        packets = packets.saturating(plus: other.packets)
        bytes = bytes.saturating(plus: other.bytes)
        if flows == 0, sources == 0 {
            (sources, precision, sketch) = (other.sources, other.precision, other.sketch)
        } else {
            sources = max(sources, other.sources)
            if let added = other.sketch, sketch != nil { sketch?.formUnion(added) } else { sketch = nil }
            if sketch == nil || other.precision == .atLeast { precision = .atLeast }
        }
        flows += other.flows
    }

    /// Sets the number of sources and its precision after rows were added.
    package mutating func countSources() {
        guard let counted = sketch?.count() else { return }
        sources = precision == .atLeast ? max(counted.value, sources) : counted.value
        if precision != .atLeast { precision = counted.precision }
    }

    /// Leaves at most `limit` ports of each class a row of their own, those with the most packets and of equals the
    /// lower ones, and puts all others of the class into one row.
    package static func folded(_ rows: [PortTraffic], keeping limit: Int) -> [PortTraffic] {
        var ranks: [Int16: Int] = [:]
        return folded(rows.sorted(by: precedes)) { row in
            let rank = ranks[row.trafficClass, default: 0]
            guard rank < limit else { return false }
            ranks[row.trafficClass] = rank + 1
            return true
        }
    }

    /// Leaves those ports a row of their own that have one in `rows`, and puts all others of a class into one row.
    package static func folded(_ part: [PortTraffic], like rows: [PortTraffic]) -> [PortTraffic] {
        let known = Set(rows.map(\.port))
        return folded(part) { known.contains($0.port) }
    }

    /// - Parameter hasRow: asked once for each port, in their order.
    private static func folded(_ rows: [PortTraffic], where hasRow: (PortTraffic) -> Bool) -> [PortTraffic] {
        var (kept, others): ([PortTraffic], [Int16: PortTraffic]) = ([], [:])
        for row in rows {
            if row.servicePort != otherPorts, hasRow(row) {
                kept.append(row)
            } else {
                others[row.trafficClass, default: PortTraffic(trafficClass: row.trafficClass, servicePort: otherPorts)]
                    .add(row)
            }
        }
        for var row in others.values.sorted(by: precedes) {
            row.countSources()
            kept.append(row)
        }
        return kept
    }

    static func precedes(_ left: PortTraffic, _ right: PortTraffic) -> Bool {
        (left.trafficClass, -left.packets, left.servicePort) < (right.trafficClass, -right.packets, right.servicePort)
    }
}
