import FlowModel
import WireFormat

/// Acknowledgements of one transaction: one message for each connection and stream.
struct AckGroups {
    private struct Target: Hashable {
        let route: Route
        let epoch: Epoch
    }

    private var sequences: [Target: [UInt64]] = [:]

    mutating func add(_ id: BatchID, to route: Route) {
        sequences[Target(route: route, epoch: id.stream.epoch), default: []].append(id.sequence)
    }

    var messages: [(route: Route, ack: Ack)] {
        sequences.map { target, numbers in
            (target.route, Ack(epoch: target.epoch, sequences: AckGroups.ranges(numbers)))
        }
    }

    /// The numbers as ranges: ascending, disjoint, not adjacent.
    static func ranges(_ numbers: [UInt64]) -> [ClosedRange<UInt64>] {
        var ranges: [ClosedRange<UInt64>] = []
        for number in numbers.sorted() {
            if let last = ranges.last, number - last.upperBound <= 1 {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        }
        return ranges
    }
}
