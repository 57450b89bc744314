import Glibc

/// Scores how much a series changes, point by point: ChangeFinder of Yamanishi and Takeuchi with the parameters that
/// NICT's Dark-TRACER runs with (order 2, forgetting 0.005, smoothing 10 then 5).
///
/// How little each point was expected is smoothed and is itself a series; how little its points are expected, smoothed,
/// is the score. Owned by: the caller's thread.
package struct ChangeFinder: Sendable, Equatable {
    /// Scores above this are alerts, but not those of the first points.
    package static let alertScore = 3.0
    package static let ignoredPoints = 15
    private static let smoothing = (first: 10, second: 5)
    /// The floors of the two variances: a packet or a source, and a tenth of a unit of information.
    private static let floors = (first: 1.0, second: 0.01)

    private var points: DiscountedRegression
    private var losses: RecentValues
    private var changes: DiscountedRegression
    private var scores: RecentValues

    package init() {
        points = DiscountedRegression(floor: ChangeFinder.floors.first)
        losses = RecentValues(limit: ChangeFinder.smoothing.first)
        changes = DiscountedRegression(floor: ChangeFinder.floors.second)
        scores = RecentValues(limit: ChangeFinder.smoothing.second)
    }

    /// As after endless zeros.
    package static var afterZeros: ChangeFinder {
        let loss = log(2 * Double.pi * floors.first) / 2
        var finder = ChangeFinder()
        finder.points = DiscountedRegression(floor: floors.first, constant: 0)
        finder.losses = RecentValues(limit: smoothing.first, constant: loss)
        finder.changes = DiscountedRegression(floor: floors.second, constant: loss)
        finder.scores = RecentValues(limit: smoothing.second, constant: log(2 * Double.pi * floors.second) / 2)
        return finder
    }

    /// Adds a point, a finite number below 1e100 in size; returns the score.
    package mutating func score(of point: Double) -> Double {
        losses.add(points.loss(of: point))
        scores.add(changes.loss(of: losses.mean))
        return scores.mean
    }

    /// Goes on as if all points had been `factor` times as large, which is more than 0: the scores stay what they were,
    /// except for what the floors and the start from zero did.
    package mutating func scale(by factor: Double) {
        let shift = log(factor)
        points.scale(by: factor)
        losses.replaceEach { $0 + shift }
        changes.shift(by: shift)
    }

    /// Numbers that `init(numbers:)` takes.
    package static let numberCount = 2 * DiscountedRegression.numberCount + smoothing.first + smoothing.second + 2

    /// The whole state.
    package var numbers: [Double] { points.numbers + changes.numbers + losses.numbers + scores.numbers }

    /// - Precondition: there are `numberCount`.
    package init(numbers: ArraySlice<Double>) {
        precondition(numbers.count == ChangeFinder.numberCount, "not the numbers of a change finder")
        var rest = numbers
        func take(_ count: Int) -> ArraySlice<Double> {
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
        points = DiscountedRegression(
            numbers: take(DiscountedRegression.numberCount), floor: ChangeFinder.floors.first)
        changes = DiscountedRegression(
            numbers: take(DiscountedRegression.numberCount), floor: ChangeFinder.floors.second)
        losses = RecentValues(numbers: take(ChangeFinder.smoothing.first + 1), limit: ChangeFinder.smoothing.first)
        scores = RecentValues(numbers: take(ChangeFinder.smoothing.second + 1), limit: ChangeFinder.smoothing.second)
    }
}
