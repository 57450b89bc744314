/// A window as it is told to those who watch: what a site, or all sites together, have stored of it so far.
package struct ConsoleWindow: Sendable, Hashable {
    /// Code of the site; nil for all together.
    package let site: String?
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

    /// Whether it ended long enough ago that what is late has come, as a rule.
    package let isSettled: Bool

    package init(
        site: String?, start: String, packets: Int64, sensors: Int64, sites: Int64, isComplete: Bool,
        committedAt: String,
        isSettled: Bool
    ) {
        self.site = site
        self.isSettled = isSettled
        self.start = start
        self.packets = packets
        self.sensors = sensors
        self.sites = sites
        self.isComplete = isComplete
        self.committedAt = committedAt
    }
}
