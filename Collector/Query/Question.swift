/// Which sources count.
package enum ScannerChoice: String, Hashable, Sendable, CaseIterable {
    case all
    /// All but those that are labelled as scanners.
    case without
    /// Those alone.
    case only
}

/// A span of time in Unix seconds, from `start` to before `end`.
package struct TimeSpan: Hashable, Sendable {
    package let start: Int64
    package let end: Int64

    package init(start: Int64, end: Int64) {
        self.start = start
        self.end = end
    }

    package var seconds: Int64 { end - start }

    /// The spans of `unit` seconds that begin before the end, from that in which it starts.
    func widened(to unit: Int64) -> TimeSpan {
        TimeSpan(start: TimeSpan.floor(start, unit), end: -TimeSpan.floor(-end, unit))
    }

    /// Whether both ends lie between spans of `unit` seconds.
    func isAligned(to unit: Int64) -> Bool { widened(to: unit) == self }

    static func floor(_ second: Int64, _ unit: Int64) -> Int64 {
        let rest = second % unit
        return second - (rest < 0 ? rest + unit : rest)
    }
}

/// Something to ask of what was stored.
package struct Question: Hashable, Sendable {
    /// What the answer has a row for.
    package enum Subject: String, Hashable, Sendable, CaseIterable {
        case ports, sources, countries, networks, sites, signatures
    }

    /// By what rows are ranked, the greatest first.
    package enum Order: String, Hashable, Sendable, CaseIterable {
        case packets, sources, sites
    }

    /// What the rows of groups are told apart by.
    package enum Dimension: String, Hashable, Sendable, CaseIterable {
        case port, country, network, site, `class`, proto
    }

    /// Length of a bin of a series: what api.bins knows.
    package enum Step: String, Hashable, Sendable, CaseIterable {
        case fiveMinutes = "5 minutes"
        case tenMinutes = "10 minutes"
        case hour, day, week, month

        /// About how long.
        package var seconds: Int64 {
            switch self {
            case .fiveMinutes: 300
            case .tenMinutes: 600
            case .hour: 3_600
            case .day: 86_400
            case .week: 604_800
            case .month: 2_678_400
            }
        }

        /// The shortest that makes at most 80 bins of a span, or the longest.
        package static func suiting(_ span: TimeSpan) -> Step {
            allCases.first { span.seconds <= 80 * $0.seconds } ?? .month
        }
    }

    /// The shape of the answer.
    package enum Shape: Hashable, Sendable {
        /// The first `limit` of a subject.
        case top(Subject, by: Order, limit: Int)
        /// Bins of the zone's days, of a zone that the database knows.
        case series(Step, zone: String)
        /// The first `limit` of a subject and all of it, in the bins of a series.
        case stack(Subject, by: Order, limit: Int, Step, zone: String, withSources: Bool)
        /// The first `limit` combinations of one to three dimensions, by packets.
        case groups([Dimension], limit: Int)
    }

    package let shape: Shape
    /// Nil for everything.
    package let filter: Filter?
    package let scanners: ScannerChoice
    package let span: TimeSpan

    package init(_ shape: Shape, filter: Filter?, scanners: ScannerChoice = .all, span: TimeSpan) {
        self.shape = shape
        self.filter = filter
        self.scanners = scanners
        self.span = span
    }
}

/// What the planner must know of the database, and of who asks.
package struct Facts: Hashable, Sendable {
    /// The database's clock, in Unix seconds.
    package let now: Int64
    /// The schema of the extension hll, quoted as an identifier where it needs to be; nil without the extension.
    package let hllSchema: String?
    /// Whether whoever asks sees what some sites saw only.
    package let isPartial: Bool
    /// Codes of the sites that whoever asks may know.
    package let sites: [String]
    /// Names of the sensors at them.
    package let sensors: [String]
    /// Of a series: from the start of the first bin to the end of the last one.
    package let bins: TimeSpan?
    /// Of a series: the seconds of UTC that every bin is made of whole spans of: 86,400, 3,600 or 300.
    package let binUnit: Int64
    /// Whether countries, networks and totals by day, and those of all sensors together, hold all of the span.
    package let hasParts: Bool
    /// From when on those of scanners are told apart, in Unix seconds; nil when all of them are.
    package let scannersSince: Int64?

    package init(
        now: Int64, hllSchema: String?, isPartial: Bool, sites: [String], sensors: [String], bins: TimeSpan? = nil,
        binUnit: Int64 = 300, hasParts: Bool = true, scannersSince: Int64? = nil
    ) {
        self.hasParts = hasParts
        self.scannersSince = scannersSince
        self.now = now
        self.hllSchema = hllSchema
        self.isPartial = isPartial
        self.sites = sites
        self.sensors = sensors
        self.bins = bins
        self.binUnit = binUnit
    }
}

/// Why a question cannot be answered as it was asked, and what can be done. One line.
package struct QuestionError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
