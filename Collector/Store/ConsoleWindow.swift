/// A window as it is told to those who watch: what all sites together have stored of it so far.
package struct ConsoleWindow: Sendable, Hashable {
    /// Start of the minute in which the windows begin, RFC 3339 in UTC.
    package let start: String
    /// Packets of all windows of that minute.
    package let packets: Int64
    /// Sensors and sites of which something is stored.
    package let sensors: Int64
    package let sites: Int64
    /// Whether every one of them has all its parts.
    package let isComplete: Bool
    /// When the last of it was stored.
    package let committedAt: String

    package init(
        start: String, packets: Int64, sensors: Int64, sites: Int64, isComplete: Bool, committedAt: String
    ) {
        self.start = start
        self.packets = packets
        self.sensors = sensors
        self.sites = sites
        self.isComplete = isComplete
        self.committedAt = committedAt
    }
}
