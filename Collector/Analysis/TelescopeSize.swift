import Glibc

/// What a telescope of so many dark IPv4 addresses can tell of scans and attacks, and what it cannot see.
///
/// A scanner or an attacker that draws addresses at random from the whole IPv4 space, `rate` packets a second, reaches the
/// telescope as a Poisson process of rate · addresses / 2^32 packets a second.
package struct TelescopeSize: Sendable, Hashable {
    static let internetAddresses = 4_294_967_296.0

    /// A scan is silent for longer than its timeout with this probability, when it has the rate of `scanRate`.
    static let scanRisk = 0.001
    /// Packets a second, Internet-wide (Merit's ORION: 100).
    static let scanRate = 100.0
    /// The timeout of scans is never less than that of ORION's own telescope of 475,136 addresses, and never more than
    /// six hours: a scan that gives the destinations of an event within a day is seldom silent for longer.
    static let scanTimeouts: ClosedRange<Int64> = 600...21_600
    /// Distinct dark addresses that a scan hits at least (ORION: 10).
    static let scanDestinations: Int64 = 10

    /// An attack ends when it was silent for so long (corsaro 2, plugin dos).
    package static let attackTimeoutMilliseconds: Int64 = 300_000
    /// Packets of an attack, and its milliseconds, at least (Moore et al., RSDoS). They are not normalised: they keep out
    /// what chance makes.
    package static let attackPackets: Int64 = 25
    package static let attackMilliseconds: Int64 = 60_000
    /// Packets of an attack in 60 seconds at least, at a telescope of a /8.
    static let attackPeak: Int64 = 30
    static let attackPeakAddresses = 16_777_216.0
    /// The least that the former is normalised to: of fewer packets, the rate that they stand for is anybody's guess.
    static let leastAttackPeak: Int64 = 5

    /// With this probability an event of the smallest rate is seen.
    static let certainty = 0.95
    /// How long a scan of the smallest rate lasts, and an attack.
    package static let scanSeconds = 86_400.0
    package static let attackSeconds = 300.0

    package let addresses: Int64

    /// - Parameter addresses: 0 when none were observed, or when the registry knows of none.
    package init(addresses: Int64) { self.addresses = max(0, addresses) }

    /// Seconds after which a scan of `rate` packets a second is silent with the probability `risk`:
    /// ln(1 / risk) · 2^32 / (addresses · rate).
    package static func timeout(addresses: Double, rate: Double, risk: Double = scanRisk) -> Double {
        log(1 / risk) * internetAddresses / (addresses * rate)
    }

    /// The timeout of scans in seconds, within `scanTimeouts`.
    package var scanTimeoutSeconds: Int64 {
        let range = TelescopeSize.scanTimeouts
        guard addresses > 0 else { return range.upperBound }
        let exact = TelescopeSize.timeout(addresses: Double(addresses), rate: TelescopeSize.scanRate)
        return min(max(Int64(exact.rounded(.up)), range.lowerBound), range.upperBound)
    }

    /// Distinct destinations of a scan at least: ten, or half of the addresses where there are fewer than twenty.
    package var leastScanDestinations: Int64 {
        addresses == 0 ? TelescopeSize.scanDestinations : min(TelescopeSize.scanDestinations, max(1, addresses / 2))
    }

    /// Packets of an attack in some 60 seconds at least: 30 at a /8 or more, and in proportion to the addresses below,
    /// but no fewer than five.
    package var leastAttackPeak: Int64 {
        let exact = Double(TelescopeSize.attackPeak) * Double(addresses) / TelescopeSize.attackPeakAddresses
        return max(TelescopeSize.leastAttackPeak, Int64(min(exact.rounded(.up), Double(TelescopeSize.attackPeak))))
    }

    /// Packets a second, Internet-wide, of the slowest scan that this telescope sees with a probability of 95 % when the
    /// scan goes on for a day: of distinct addresses in a row, none later than the timeout, as many as an event needs; and
    /// more in each hour than what was left out there.
    /// - Parameters:
    ///   - observedShare: of the day, 0...1.
    ///   - leftOutPackets: the most packets that an activity had that was left out; 0 for none.
    /// - Returns: nil when nothing was observed.
    package func smallestScan(observedShare: Double, leftOutPackets: Int64 = 0) -> Double? {
        let share = min(max(observedShare, 0), 1)
        let seconds = TelescopeSize.scanSeconds * share
        let (timeout, least) = (Double(scanTimeoutSeconds), Int(leastScanDestinations))
        let bound = 4 / min(timeout, seconds) + Double(least) * 3 / seconds
        let seen = smallest(upTo: bound, observed: seconds) { rate in
            Chance.run(of: least, mean: rate * seconds, timeout: timeout, seconds: seconds)
        }
        guard let seen, leftOutPackets > 0 else { return seen }
        let kept = Chance.mean(ofAtLeast: leftOutPackets.saturating(plus: 1)) / (3_600 * share)
        return max(seen, kept * TelescopeSize.internetAddresses / Double(addresses))
    }

    /// Packets a second, Internet-wide, of the weakest attack's answers that this telescope sees with a probability of 95 %
    /// when the attack lasts five minutes and all of them are observed.
    package var smallestAttack: Double? {
        let (seconds, peak) = (TelescopeSize.attackSeconds, Int(leastAttackPeak))
        return smallest(upTo: 10, observed: seconds) { rate in
            let misses = 1 - Chance.atLeast(peak, mean: rate * 60)
            return Chance.atLeast(Int(TelescopeSize.attackPackets), mean: rate * seconds)
                * (1 - pow(misses, seconds / 60))
        }
    }

    /// The least rate at which `probability`, which grows with the rate of packets at the telescope, is 95 %.
    private func smallest(
        upTo bound: Double, observed seconds: Double, _ probability: (Double) -> Double
    ) -> Double? {
        guard addresses > 0, seconds > 0 else { return nil }
        var (low, high) = (0.0, bound)
        while probability(high) < TelescopeSize.certainty { high *= 2 }
        for _ in 0..<30 {
            let middle = (low + high) / 2
            if probability(middle) < TelescopeSize.certainty { low = middle } else { high = middle }
        }
        return high * TelescopeSize.internetAddresses / Double(addresses)
    }
}

/// Probabilities of Poisson processes.
enum Chance {
    /// That a Poisson variable is `least` or more.
    static func atLeast(_ least: Int, mean: Double) -> Double {
        var (term, below) = (exp(-mean), 0.0)
        for count in 0..<least {
            below += term
            term *= mean / Double(count + 1)
        }
        return max(0, 1 - below)
    }

    /// The mean at which a Poisson variable is `least` or more with a probability of 95 %: half of a quantile of χ² with
    /// 2 · least degrees of freedom, after Wilson and Hilferty; within 1 %.
    static func mean(ofAtLeast least: Int64) -> Double {
        let least = Double(least)
        return least * pow(1 - 1 / (9 * least) + 1.645 / (3 * least.squareRoot()), 3)
    }

    /// That of a Poisson number of packets, whose times are anywhere in `seconds`, there are `length` in a row none of which
    /// is later than `timeout` after the one before.
    ///
    /// Of n packets a silence is longer with (1 - timeout / seconds)^n. Of m silences,
    /// P(no run of r) = P(no run of r in m - 1) - (1 - q) q^r P(no run of r in m - r - 1), as if they were independent.
    static func run(of length: Int, mean: Double, timeout: Double, seconds: Double) -> Double {
        let r = length - 1
        guard r > 0 else { return atLeast(1, mean: mean) }
        let spread = 8 * mean.squareRoot() + 10
        let (least, most) = (max(length, Int(mean - spread)), max(length, Int(mean + spread)))
        let isEndless = timeout >= seconds
        var (logTerm, found) = (-mean, 0.0)
        for packets in 1...most {
            logTerm += log(mean / Double(packets))
            guard packets >= least else { continue }
            let closeness = isEndless ? 1 : 1 - pow(1 - timeout / seconds, Double(packets))
            found += exp(logTerm) * run(of: r, in: packets - 1, closeness)
        }
        return found
    }

    /// That there are r successes in a row in `trials`, 0 < r <= trials.
    private static func run(of r: Int, in trials: Int, _ q: Double) -> Double {
        let full = pow(q, Double(r))
        // none[m]: that m trials have no such run.
        var none = [Double](repeating: 1, count: trials + 1)
        none[r] = 1 - full
        for m in stride(from: r + 1, through: trials, by: 1) {
            none[m] = none[m - 1] - (1 - q) * full * none[m - r - 1]
        }
        return 1 - none[trials]
    }
}
