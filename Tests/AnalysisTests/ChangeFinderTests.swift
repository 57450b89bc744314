import Glibc
import Testing

@testable import Analysis

@Suite struct ChangeFinderTests {
    /// Numbers that are the same in every run.
    struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }

        /// A number of packets: of the mean, times a day's curve and a noise that lasts, with the noise of counting.
        mutating func count(_ mean: Double, at place: Int, noise: Double) -> Double {
            let day = 1 + 0.4 * sin(2 * .pi * Double(place) / 144)
            let rate = mean * day * exp(noise * normal())
            return max(0, (rate + rate.squareRoot() * normal()).rounded())
        }

        mutating func normal() -> Double {
            (-2 * log(1 - Double.random(in: 0..<1, using: &self))).squareRoot()
                * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
        }
    }

    private static func scores(_ series: [Double]) -> [Double] {
        var finder = ChangeFinder()
        return series.map { finder.score(of: $0) }
    }

    /// What Tests/Python/change_finder.py says.
    private static func expected(_ series: [[Double]]) throws -> [[Double]] {
        let program = #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/Python/change_finder.py"
        var path = Array("/tmp/darkscope-series-XXXXXX\0".utf8CString)
        let descriptor = mkstemp(&path)
        try #require(descriptor >= 0)
        let name = String(decoding: path.filter { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { unlink(name) }
        let file = try #require(fdopen(descriptor, "w"))
        for line in series { fputs(line.map { "\($0)" }.joined(separator: " ") + "\n", file) }
        fclose(file)
        let output = try #require(popen("python3 '\(program)' < \(name)", "r"))
        var (lines, buffer): ([[Double]], [CChar]) = ([], Array(repeating: 0, count: 1 << 20))
        while fgets(&buffer, Int32(buffer.count), output) != nil {
            let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            lines.append(words.compactMap { Double($0) })
        }
        try #require(pclose(output) == 0, "python3 \(program) failed")
        return lines
    }

    @Test func scoresAreThoseOfAnIndependentImplementation() throws {
        var random = Generator(state: 7)
        var series: [[Double]] = [
            Array(repeating: 0, count: 300), Array(repeating: 64_000, count: 300), [], [5], [0, 0, 1, 0],
            (0..<600).map { $0 < 300 ? 3 : 900 }, (0..<400).map { Double($0 % 2) },
            (0..<400).map { $0 % 50 == 49 ? 1e15 : 0 },
        ]
        for mean in [0.5, 20, 3_000, 1e6] {
            for noise in [0, 0.1, 0.5] {
                series.append((0..<1_000).map { random.count($0 > 700 ? 4 * mean : mean, at: $0, noise: noise) })
            }
        }
        let expected = try Self.expected(series)
        #expect(expected.count == series.count)
        for (place, (values, scores)) in zip(series, expected).enumerated() {
            let found = Self.scores(values)
            #expect(found.count == scores.count)
            let worst = zip(found, scores).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? 0
            #expect(worst < 1e-9, "series \(place)")
        }
    }

    @Test func everyScoreIsANumberWhateverComes() {
        var random = Generator(state: 3)
        let values: [Double] = [0, 0, 0, 1, 7, 1e15, 1e18, 3.7e19, 0.1]
        for seed in 0..<20 as Range<UInt64> {
            random.state = seed
            var finder = seed % 2 == 0 ? ChangeFinder() : ChangeFinder.afterZeros
            for _ in 0..<2_000 {
                let score = finder.score(of: values[Int.random(in: 0..<values.count, using: &random)])
                // The error's square is at most a 200th of the variance that it is part of.
                #expect(score.isFinite && score < 400)
            }
            #expect(finder.numbers.allSatisfy { $0.isFinite })
        }
    }

    @Test func itGoesOnFromItsNumbers() {
        var random = Generator(state: 11)
        var (whole, parted) = (ChangeFinder(), ChangeFinder())
        for place in 0..<200 {
            #expect(parted.numbers.count == ChangeFinder.numberCount)
            parted = ChangeFinder(numbers: parted.numbers[...])
            let point = random.count(100, at: place, noise: 0.2)
            #expect(whole.score(of: point) == parted.score(of: point))
        }
        #expect(whole == parted)
    }

    @Test func aSeriesThatIsMeasuredOnAnotherScaleGoesOnWithTheSameScores() {
        var random = Generator(state: 5)
        let series = (0..<2_000).map { random.count($0 > 1_500 ? 900 : 300, at: $0, noise: 0.1) }
        var (plain, scaled) = (ChangeFinder(), ChangeFinder())
        for (place, point) in series.enumerated() {
            if place == 1_200 { scaled.scale(by: 2.5) }
            let (expected, found) = (plain.score(of: point), scaled.score(of: place < 1_200 ? point : 2.5 * point))
            #expect(abs(expected - found) < 0.02, "point \(place)")
        }
    }

    @Test func afterZerosIsWhatEndlessZerosComeTo() {
        var (long, short) = (ChangeFinder(), ChangeFinder.afterZeros)
        for _ in 0..<20_000 { _ = long.score(of: 0) }
        for point in [0, 0, 40, 60, 0, 0, 0] as [Double] {
            #expect(abs(long.score(of: point) - short.score(of: point)) < 1e-6)
        }
    }
}
