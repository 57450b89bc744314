/// Unites the hours of one sensor's day. Owned by: the caller's thread.
package struct DayRollup {
    /// Ports of a class that have a row of their own in a day at most.
    package static let portLimit = 1_000

    private var rows: [ServicePort: PortTraffic] = [:]

    package init() {}

    /// Adds a row of an hour; in any order.
    package mutating func add(_ row: PortTraffic) {
        if rows[row.port]?.add(row) == nil { rows[row.port] = row }
    }

    /// The day's rows.
    package consuming func finish() -> [PortTraffic] { PortTraffic.folded(united, keeping: DayRollup.portLimit) }

    /// The day's rows, each port in the row that it has in `day`.
    package consuming func finish(like day: [PortTraffic]) -> [PortTraffic] { PortTraffic.folded(united, like: day) }

    private var united: [PortTraffic] {
        var united = Array(rows.values)
        for index in united.indices { united[index].countSources() }
        return united
    }
}
