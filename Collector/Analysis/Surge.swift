/// A rise of what comes at a port that ChangeFinder scores as a change.
package struct Surge: Sendable, Hashable {
    /// What rose; the raw value is that of trend.surge.metric.
    package enum Metric: Int16, Sendable, CaseIterable {
        case packets = 1
        case sources = 2
    }

    package var port: ServicePort
    package var metric: Metric
    /// Unix seconds: the first ten minutes that are an alert, the end of the last so far, and the ten minutes with the
    /// greatest value.
    package var start: Int64
    package var end: Int64
    package var peak: Int64
    /// The greatest score.
    package var score: Double
    /// The greatest value of ten minutes, as if all of the dark space had been observed, and what was usual before.
    package var value: Double
    package var usual: Double
    /// The same of the other metric, in the same ten minutes.
    package var otherValue: Double
    package var otherUsual: Double

    package init(
        port: ServicePort, metric: Metric, start: Int64, end: Int64, peak: Int64, score: Double, value: Double,
        usual: Double, otherValue: Double, otherUsual: Double
    ) {
        self.port = port
        self.metric = metric
        self.start = start
        self.end = end
        self.peak = peak
        self.score = score
        self.value = value
        self.usual = usual
        self.otherValue = otherValue
        self.otherUsual = otherUsual
    }

    init(_ port: ServicePort, _ metric: Metric, _ surge: PortSeries.Surge) {
        self.init(
            port: port, metric: metric, start: surge.start, end: surge.end, peak: surge.peak, score: surge.score,
            value: surge.value, usual: surge.usual, otherValue: surge.otherValue, otherUsual: surge.otherUsual)
    }
}
