import Alerts
import Store

/// Something that those who follow are told, and its place among all that was told since the start.
struct ConsoleEvent: Sendable, Hashable {
    /// From 1.
    let number: UInt64
    let name: String
    /// One line of JSON.
    let data: String

    /// As a stream of events has it (WHATWG HTML §9.2). The start tells a number of this process from that of another.
    func text(start: String) -> String { "id: \(start)-\(number)\nevent: \(name)\ndata: \(data)\n\n" }

    /// The number that a client's Last-Event-ID names; nil when it is of another process, or none.
    static func number(in identifier: String, start: String) -> UInt64? {
        guard identifier.hasPrefix(start + "-") else { return nil }
        return UInt64(identifier.dropFirst(start.utf8.count + 1))
    }
}

extension ConsoleWindow {
    /// Sites that a sum is of before the public is told of it, as everywhere (ops/roles.md).
    static let publicSites = 3

    /// What is told of it.
    var data: String {
        JSONValue.members([
            "start": .string(start), "packets": .integer(packets), "sensors": .integer(sensors),
            "sites": .integer(sites),
            "is_complete": .boolean(isComplete), "committed_at": .string(committedAt),
        ]).line
    }
}
