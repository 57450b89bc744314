/// Which sensors are compared: those that observe an hour and observed the day before it.
///
/// A sensor that comes or goes must not look like a change of the traffic. Only the sensors of the panel are summed, and
/// when the panel becomes another, every series goes on in the measure of the new one: what both panels counted of a port in
/// the hours of the last day that both observed tells by how much.
package struct TrendPanel: Sendable, Equatable {
    /// Hours before the one in question.
    package static let memory = 24

    /// For each sensor: bit 0 is set when it observed at least half of the hour, bit k the same of the kth hour before.
    private let observed: [Int32: UInt32]

    package init(observed: [Int32: UInt32]) { self.observed = observed }

    /// The sensors of the hour's panel, ascending: of the hours in which anybody observed they observed half or more. All
    /// that observe the hour when there is none of those.
    package var sensors: [Int32] {
        let present = observed.filter { $0.value & 1 != 0 }
        let known = (observed.values.reduce(0, |) >> 1).nonzeroBitCount
        let settled = present.filter { 2 * ($0.value >> 1).nonzeroBitCount >= known }
        return (settled.isEmpty ? present : settled).keys.sorted()
    }

    /// The hours of the last day, as how many hours before, in which all sensors of two panels observed.
    package func common(_ old: [Int32], _ new: [Int32]) -> [Int] {
        var bits = ~UInt32(0) >> (31 - UInt32(TrendPanel.memory)) & ~1
        for sensor in old + new { bits &= observed[sensor] ?? 0 }
        return (1...TrendPanel.memory).filter { bits & 1 << UInt32($0) != 0 }
    }
}
