/// One figure of one port, ten minutes by ten minutes: how much it changes, what is usual, and the surge that is under way.
///
/// Owned by: the caller's thread.
struct PortSeries: Sendable, Equatable {
    /// A rise that is under way, or was until less than an hour ago.
    struct Surge: Sendable, Equatable {
        /// Unix seconds: of the first ten minutes that are an alert, and the end of the last.
        var start: Int64
        var end: Int64
        /// The ten minutes with the greatest value.
        var peak: Int64
        /// The greatest score.
        var score: Double
        /// The greatest value, and what was usual before the rise.
        var value: Double
        var usual: Double
        /// What the port's other figure was at the peak, and what was usual of it.
        var otherValue: Double
        var otherUsual: Double
        /// Whether it is among the surges that are stored.
        var isTold = false
    }

    /// Seconds of a point.
    static let span: Int64 = 600
    /// A surge is at least so many times the usual value.
    static let leastRatio = 2.0
    /// Alerts that are further apart are two surges.
    static let quietSeconds: Int64 = 3_600

    /// How much more than usual a surge is at least.
    let leastRise: Double

    private var finder: ChangeFinder
    /// Points so far, at most one more than the ignored ones.
    private var count: Int
    /// The discounted mean of the points, and how much of a mean of endless points it is.
    private var sum: Double
    private var mass: Double
    /// The mean before each of the last points.
    private var means: RecentValues
    var surge: Surge?

    /// Nothing is known of the past.
    init(leastRise: Double) {
        self.leastRise = leastRise
        finder = ChangeFinder()
        (count, sum, mass) = (0, 0, 0)
        means = RecentValues(limit: ChangeFinder.ignoredPoints)
    }

    /// Nothing came ever before, or so little that it was not seen.
    /// - Parameter usual: what may have been usual all the same.
    static func afterZeros(leastRise: Double, usual: Double) -> PortSeries {
        var series = PortSeries(leastRise: leastRise)
        series.finder = .afterZeros
        (series.count, series.mass) = (ChangeFinder.ignoredPoints + 1, 1)
        series.means = RecentValues(limit: ChangeFinder.ignoredPoints, constant: usual)
        return series
    }

    /// The discounted mean of what came.
    var mean: Double { mass > 0 ? sum / mass : 0 }

    /// The mean as it was 15 points ago, before what is going on now.
    var usual: Double { means.values.first ?? mean }

    /// Adds the value of the ten minutes that begin at `start`.
    /// - Parameter other: the port's other figure then, and what is usual of it.
    /// - Returns: whether the surge began, or went on.
    mutating func add(_ value: Double, at start: Int64, beside other: (value: Double, usual: Double)) -> Bool {
        let before = usual
        if mass > 0 { means.add(mean) }
        let score = finder.score(of: value)
        sum = (1 - DiscountedRegression.forgetting) * sum + DiscountedRegression.forgetting * value
        mass = (1 - DiscountedRegression.forgetting) * mass + DiscountedRegression.forgetting
        count = min(count + 1, ChangeFinder.ignoredPoints + 1)
        if let surge, start - surge.end >= PortSeries.quietSeconds { self.surge = nil }
        guard score > ChangeFinder.alertScore, count > ChangeFinder.ignoredPoints else { return false }
        if var surge {
            surge.end = start + PortSeries.span
            surge.score = max(surge.score, score)
            if value > surge.value {
                (surge.peak, surge.value, surge.otherValue) = (start, value, other.value)
            }
            self.surge = surge
        } else {
            guard value >= PortSeries.leastRatio * before, value - before >= leastRise else { return false }
            surge = Surge(
                start: start, end: start + PortSeries.span, peak: start, score: score, value: value, usual: before,
                otherValue: other.value, otherUsual: other.usual)
        }
        return true
    }

    /// Goes on as if every value had been `factor` times as large, which is more than 0.
    mutating func scale(by factor: Double) {
        finder.scale(by: factor)
        sum *= factor
        means.replaceEach { $0 * factor }
        surge?.value *= factor
        surge?.usual *= factor
    }

    /// Numbers that `init(numbers:leastRise:)` takes.
    static let numberCount = 14 + ChangeFinder.ignoredPoints + ChangeFinder.numberCount

    /// The whole state. Times are whole numbers far below 2^53.
    var numbers: [Double] {
        var numbers = [Double(count), sum, mass]
        if let surge {
            numbers += [1, Double(surge.start), Double(surge.end), Double(surge.peak), surge.score, surge.value]
            numbers += [surge.usual, surge.otherValue, surge.otherUsual, surge.isTold ? 1 : 0]
        } else {
            numbers += Array(repeating: 0, count: 10)
        }
        return numbers + means.numbers + finder.numbers
    }

    /// - Returns: nil when these are not `numberCount` numbers that a state can have.
    init?(numbers: [Double], leastRise: Double) {
        guard numbers.count == PortSeries.numberCount, numbers.allSatisfy({ $0.isFinite && abs($0) < 1e200 }),
            let start = Int64(exactly: numbers[4]), let end = Int64(exactly: numbers[5]),
            let peak = Int64(exactly: numbers[6])
        else { return nil }
        self.leastRise = leastRise
        count = Int(min(max(numbers[0], 0), Double(ChangeFinder.ignoredPoints + 1)))
        (sum, mass) = (numbers[1], numbers[2])
        if numbers[3] != 0 {
            surge = Surge(
                start: start, end: end, peak: peak, score: numbers[7], value: numbers[8], usual: numbers[9],
                otherValue: numbers[10], otherUsual: numbers[11], isTold: numbers[12] != 0)
        }
        means = RecentValues(
            numbers: numbers[13..<14 + ChangeFinder.ignoredPoints], limit: ChangeFinder.ignoredPoints)
        finder = ChangeFinder(numbers: numbers[(14 + ChangeFinder.ignoredPoints)...])
    }
}
