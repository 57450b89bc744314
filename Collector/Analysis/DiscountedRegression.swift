import Glibc

/// An autoregression of order 2 that forgets: the model SDAR of Yamanishi and Takeuchi ("A unifying framework for
/// detecting outliers and change points from non-stationary time series data", KDD 2002), with the arithmetic of the
/// notebook of NICT's Dark-TRACER, which starts from zero and takes the first two points as they are.
///
/// Its numbers are finite whatever finite points come, below 1e100. Owned by: the caller's thread.
struct DiscountedRegression: Sendable, Equatable {
    /// What a new point weighs: the past counts a third after 200 points, 33 hours of ten minutes.
    static let forgetting = 0.005
    /// `sqrt(.Machine$double.eps)` of R: below this share of the greater eigenvalue the lesser counts as none (MASS, ginv).
    private static let tolerance = 0x1p-26

    /// Variances below this are taken for it, so that a series without noise finds no change in a trifle.
    let floor: Double

    private var mean = 0.0
    /// Discounted covariances with the point itself, the one before, and the one before that.
    private var (own, one, two) = (0.0, 0.0, 0.0)
    private var variance = 0.0
    private var (last, beforeLast) = (0.0, 0.0)
    /// Points that came, 2 for more.
    private var count = 0

    init(floor: Double) { self.floor = floor }

    /// As after endless points of one value.
    init(floor: Double, constant: Double) {
        self.floor = floor
        (mean, last, beforeLast, count) = (constant, constant, constant, 2)
    }

    /// Adds a point.
    /// - Returns: how little it was expected: minus the logarithm of its density; 0 for the first two.
    mutating func loss(of point: Double) -> Double {
        defer { (last, beforeLast) = (point, last) }
        guard count == 2 else {
            count += 1
            return 0
        }
        let (new, old) = (DiscountedRegression.forgetting, 1 - DiscountedRegression.forgetting)
        mean = old * mean + new * point
        let deviation = point - mean
        own = old * own + new * deviation * deviation
        one = old * one + new * deviation * (last - mean)
        two = old * two + new * deviation * (beforeLast - mean)
        let (first, second) = coefficients()
        let error = deviation - first * (last - mean) - second * (beforeLast - mean)
        variance = old * variance + new * error * error
        let spread = max(variance, floor)
        return (log(2 * Double.pi * spread) + error * error / spread) / 2
    }

    /// The solution of the equations of Yule and Walker, by the eigenvalues of their symmetric matrix, which are the sum
    /// and the difference of the covariances; of least length where the matrix is singular.
    private func coefficients() -> (Double, Double) {
        let (sum, difference) = (own + one, own - one)
        let least = DiscountedRegression.tolerance * max(abs(sum), abs(difference))
        let along = abs(sum) > least ? (one + two) / sum : 0
        let across = abs(difference) > least ? (one - two) / difference : 0
        return ((along + across) / 2, (along - across) / 2)
    }

    /// What the model would be had every point been `factor` times as large.
    mutating func scale(by factor: Double) {
        mean *= factor
        last *= factor
        beforeLast *= factor
        let square = factor * factor
        own *= square
        one *= square
        two *= square
        variance *= square
    }

    /// What the model would be had every point been so much larger, except what the start from zero did to it.
    mutating func shift(by distance: Double) {
        mean += distance
        last += distance
        beforeLast += distance
    }

    /// Numbers that `init(numbers:floor:)` takes.
    static let numberCount = 8

    var numbers: [Double] { [mean, own, one, two, variance, last, beforeLast, Double(count)] }

    /// - Precondition: there are `numberCount`.
    init(numbers: ArraySlice<Double>, floor: Double) {
        precondition(numbers.count == DiscountedRegression.numberCount, "not the numbers of a regression")
        let values = Array(numbers)
        self.floor = floor
        (mean, own, one, two) = (values[0], values[1], values[2], values[3])
        (variance, last, beforeLast) = (values[4], values[5], values[6])
        count = values[7] >= 2 ? 2 : values[7] >= 1 ? 1 : 0
    }
}
