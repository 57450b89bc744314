import Glibc
import Testing

@testable import Analysis

@Suite struct TelescopeSizeTests {
    private func timeout(_ addresses: Double, _ rate: Double) -> Double {
        TelescopeSize.timeout(addresses: addresses, rate: rate)
    }

    /// The figures of telescope methods §3, to their last digit.
    @Test func timeoutsAreThoseOfTheLiterature() {
        #expect(abs(timeout(475_136, 100) - 624.4) < 0.05)
        #expect(abs(timeout(256, 100) / 86_400 - 13.4) < 0.05)
        #expect(abs(timeout(256, 10_000) / 3_600 - 3.2) < 0.05)
        #expect(abs(timeout(256, 1_000_000) - 116) < 0.5)
        #expect(abs(timeout(4_096, 100) / 3_600 - 20.1) < 0.05)
        #expect(abs(timeout(4_096, 10_000) - 724) < 0.5)
        #expect(abs(timeout(4_096, 1_000_000) - 7) < 0.5)
        #expect(abs(timeout(65_536, 100) - 4_527) < 0.5)
        #expect(abs(timeout(65_536, 10_000) - 45) < 0.5)
    }

    @Test func timeoutsAreCapped() {
        func seconds(_ addresses: Int64) -> Int64 { TelescopeSize(addresses: addresses).scanTimeoutSeconds }
        #expect(seconds(475_136) == 625 && seconds(65_536) == 4_528)
        #expect(seconds(16_777_216) == 600 && seconds(494_488) == 600)
        #expect(seconds(256) == 21_600 && seconds(1) == 21_600 && seconds(0) == 21_600 && seconds(-5) == 21_600)
    }

    @Test func thresholdsFollowTheSize() {
        func size(_ addresses: Int64) -> TelescopeSize { TelescopeSize(addresses: addresses) }
        #expect(size(16_777_216).leastAttackPeak == 30 && size(1 << 40).leastAttackPeak == 30)
        #expect(size(8_388_608).leastAttackPeak == 15 && size(65_536).leastAttackPeak == 5)
        #expect(size(1 << 20).leastScanDestinations == 10 && size(20).leastScanDestinations == 10)
        #expect(size(8).leastScanDestinations == 4 && size(1).leastScanDestinations == 1)
        #expect(size(0).leastScanDestinations == 10)
    }

    /// χ² quantiles: a Poisson variable is at least 10 with 95 % when its mean is 15.705, and at least 25 when it is 33.752.
    @Test func aPoissonVariableHasItsTails() {
        #expect(abs(Chance.atLeast(10, mean: 15.705) - 0.95) < 1e-4)
        #expect(abs(Chance.atLeast(25, mean: 33.752) - 0.95) < 1e-4)
        for least in [1, 5, 10, 25, 100] as [Int64] {
            #expect(abs(Chance.atLeast(Int(least), mean: Chance.mean(ofAtLeast: least)) - 0.95) < 0.003)
        }
        #expect(Chance.atLeast(0, mean: 3) == 1 && abs(Chance.atLeast(1, mean: 2) - (1 - exp(-2))) < 1e-12)
    }

    @Test func withoutSilencesARunIsANumberOfPackets() {
        func run(_ length: Int, _ mean: Double, _ timeout: Double) -> Double {
            Chance.run(of: length, mean: mean, timeout: timeout, seconds: 100)
        }
        #expect(abs(run(10, 15.705, 100) - 0.95) < 1e-4)
        #expect(run(10, 15.705, 5) < 0.2)
        #expect(abs(run(1, 2, 1) - (1 - exp(-2))) < 1e-9)
    }

    @Test func theSmallestEventsAreFoundInNineteenOfTwenty() throws {
        var random = SplitMix(state: 7)
        for addresses in [256, 4_096, 65_536, 475_136, 16_777_216] as [Int64] {
            let size = TelescopeSize(addresses: addresses)
            let perSecond = Double(addresses) / TelescopeSize.internetAddresses
            let scan = try #require(size.smallestScan(observedShare: 1)) * perSecond
            let attack = try #require(size.smallestAttack) * perSecond
            var (scans, attacks) = (0, 0)
            for _ in 0..<2_000 {
                let probes = random.arrivals(scan, seconds: TelescopeSize.scanSeconds)
                var run = probes.isEmpty ? 0 : 1
                var longest = run
                for (before, after) in zip(probes, probes.dropFirst()) {
                    run = after - before <= Double(size.scanTimeoutSeconds) ? run + 1 : 1
                    longest = max(longest, run)
                }
                if longest >= 10 { scans += 1 }
                let answers = random.arrivals(attack, seconds: TelescopeSize.attackSeconds)
                let peak = answers.map { start in answers.count { $0 >= start && $0 < start + 60 } }.max() ?? 0
                if answers.count >= 25, Int64(peak) >= size.leastAttackPeak { attacks += 1 }
            }
            print(
                "\(addresses) addresses: smallest scan \(scan / perSecond) found in \(Double(scans) / 20) %, attack",
                "\(attack / perSecond) in \(Double(attacks) / 20) %")
            // Five standard errors of the share are 2.4 %; that of attacks is a lower bound.
            #expect(abs(Double(scans) / 2_000 - 0.95) < 0.025, "\(addresses) addresses: \(scans)")
            #expect(Double(attacks) / 2_000 > 0.925, "\(addresses) addresses: \(attacks)")
        }
    }

    @Test func whatWasNotObservedHasNoSmallestEvent() throws {
        #expect(TelescopeSize(addresses: 0).smallestScan(observedShare: 1) == nil)
        #expect(TelescopeSize(addresses: 0).smallestAttack == nil)
        let size = TelescopeSize(addresses: 65_536)
        #expect(size.smallestScan(observedShare: 0) == nil)
        let half = try #require(size.smallestScan(observedShare: 0.5))
        #expect(half > (try #require(size.smallestScan(observedShare: 1))))
        // What was left out bounds what was seen: of up to 9 packets an hour, a scan of fewer than 15.7.
        let full = try #require(size.smallestScan(observedShare: 1, leftOutPackets: 9))
        #expect(abs(full - 15.705 / 3_600 * 65_536) < 3)
        #expect(size.smallestScan(observedShare: 1, leftOutPackets: 0) == size.smallestScan(observedShare: 1))
        // 33.75 packets in five minutes of a telescope of a /16: 7,373 packets a second.
        #expect(abs(try #require(size.smallestAttack) - 33.75 / 300 * 65_536) < 50)
    }
}

/// Numbers that are the same in every run (Steele et al., SplitMix).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// Times of a Poisson process of `rate` a second.
    mutating func arrivals(_ rate: Double, seconds: Double) -> [Double] {
        var (times, time): ([Double], Double) = ([], 0)
        while true {
            time -= log(Double.random(in: Double.leastNonzeroMagnitude..<1, using: &self)) / rate
            guard time < seconds else { return times }
            times.append(time)
        }
    }
}
