import Testing

@testable import Telemetry

@Suite struct MetricsTextTests {
    @Test func aMetricHasItsKindAndEveryValue() {
        var text = MetricsText()
        text.add("x_total", .counter, "Things.", [.init(1, [("kind", "a")]), .init(2.5, [("kind", "b")])])
        #expect(
            text.text
                == "# HELP x_total Things.\n# TYPE x_total counter\nx_total{kind=\"a\"} 1\nx_total{kind=\"b\"} 2.5\n")
    }

    @Test func aMetricWithoutValuesIsNotWritten() {
        var text = MetricsText()
        text.add("x", .gauge, "Things.", [])
        #expect(text.text.isEmpty)
    }

    @Test func namesOfOthersCannotForgeALine() {
        var text = MetricsText()
        text.add("x", .gauge, "A\nB", [.init(1, [("name", "a\"} 9\ny 7\\")])])
        #expect(text.text == "# HELP x A\\nB\n# TYPE x gauge\nx{name=\"a\\\"} 9\\ny 7\\\\\"} 1\n")
    }

    @Test func bucketsAddUp() {
        var histogram = Histogram(bounds: [1, 10])
        for value in [0.5, 1, 2, 100, .nan] { histogram.observe(value) }
        #expect(histogram.count == 4)
        var text = MetricsText()
        text.add("d_seconds", "Delay.", histogram)
        let lines = text.text.split(separator: "\n").dropFirst(2)
        #expect(
            Array(lines) == [
                "d_seconds_bucket{le=\"1\"} 2", "d_seconds_bucket{le=\"10\"} 3", "d_seconds_bucket{le=\"+Inf\"} 4",
                "d_seconds_sum 103.5", "d_seconds_count 4",
            ])
    }

    @Test(arguments: [(0.0, "0"), (1e15, "1000000000000000"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN")])
    func numbersAreThoseOfGo(_ value: Double, _ written: String) {
        var text = MetricsText()
        text.add("x", .gauge, "X.", [.init(value)])
        #expect(text.text.hasSuffix("\nx \(written)\n"))
    }
}
