import MemoryFiles
import Testing

@testable import Alerts

@Suite struct JudgementTests {
    private static func sight(
        _ site: Int32 = 1, _ trust: Grade = .medium, packets: Int64 = 12, windows: Int64 = 1, addresses: Int64 = 12,
        knows: Bool = true, mirai: Int64 = 0, zmap: Int64 = 0, near: Int64 = 0, flows: Int64 = 0,
        configured: Int64 = 0, amplifier: Int64 = 0
    ) -> Sight {
        Sight(
            site: site, trust: trust, packets: packets, windows: windows, addresses: addresses, knowsAddresses: knows,
            synPackets: packets, zmap: zmap, mirai: mirai, nearFlows: near, flows: flows,
            configuredPackets: configured, amplifierPackets: amplifier)
    }

    private static func judge(
        _ sights: [Sight], _ kind: AlertKind = .external, _ thresholds: Thresholds = Thresholds(), label: String? = nil
    ) -> Verdict { Judgement.verdict(kind, sights, thresholds, label: label) }

    @Test func anInfectionNeedsPacketsAndDarkAddressesAtOneSite() {
        #expect(Self.judge([Self.sight()]).finding == .infection)
        #expect(Self.judge([Self.sight(packets: 9, addresses: 9)]).finding == .none)
        #expect(Self.judge([Self.sight(packets: 10, addresses: 3)]).finding == .infection)
        #expect(Self.judge([Self.sight(packets: 10_000, addresses: 2)]).finding == .none)
        // Sensors of a site may see the same addresses.
        #expect(Self.judge([Self.sight(addresses: 2), Self.sight(addresses: 2)]).finding == .none)
        #expect(
            Self.judge([Self.sight(packets: 4)], .external, Thresholds(leastPackets: 4, leastAddresses: 12)).finding
                == .infection)
    }

    @Test func orPacketsAtTwoSitesOfWhichOneMayBeTrusted() {
        let few = [Self.sight(1, packets: 6, addresses: 1), Self.sight(2, .low, packets: 6, addresses: 1)]
        #expect(Self.judge(few).finding == .infection)
        #expect(Self.judge([few[0], few[0]]).finding == .none)
        #expect(Self.judge([Self.sight(1, packets: 2), Self.sight(2, packets: 2)]).finding == .none)
        #expect(Self.judge([few[0]]).finding == .none)
    }

    @Test func whatOnlySitesOfLowTrustSayIsNotReported() {
        for kind in AlertKind.allCases {
            let verdict = Self.judge((1...5).map { Self.sight($0, .low, packets: 5_000, mirai: 5_000) }, kind)
            #expect(verdict.finding == .none && !verdict.isReportable)
            #expect(verdict.reasons.contains("seen at sites of low trust only"))
        }
    }

    @Test func fewAddressesOfServicesThatHostsAreToldToUseAreMisconfiguration() {
        func ask(_ configured: Int64, stray: Int64 = 0, addresses: Int64 = 2, knows: Bool = true) -> Finding {
            Self.judge([
                Self.sight(packets: configured + stray, addresses: addresses, knows: knows, configured: configured)
            ]).finding
        }
        #expect(ask(40) == .misconfiguration)
        #expect(ask(40, addresses: 1) == .misconfiguration)
        #expect(ask(9) == .none)
        #expect(ask(40, addresses: 3) == .infection)
        #expect(ask(0, stray: 40) == .none)
        #expect(ask(9, stray: 9, addresses: 11) == .infection)
        #expect(ask(1, stray: 9, addresses: 10) == .infection)
        // Where the policy of a site tells no destinations, one in every window may be many.
        #expect(ask(40, knows: false) == .none)
        let verdict = Self.judge([Self.sight(packets: 5_000, addresses: 1, configured: 5_000)])
        #expect(verdict.severity == .low && verdict.isReportable)
    }

    @Test func whatOthersForgeInTheNameOfAMisconfiguredHostDoesNotMakeItInfected() {
        func ask(stray: Int64, addresses: Int64) -> Finding {
            Self.judge([
                Self.sight(1, packets: 100, addresses: 1, configured: 100),
                Self.sight(2, packets: 80 + stray, addresses: addresses, configured: 80),
            ]).finding
        }
        #expect(ask(stray: 1, addresses: 2) == .misconfiguration)
        #expect(ask(stray: 9, addresses: 10) == .misconfiguration)
        #expect(ask(stray: 9, addresses: 11) == .infection)
        #expect(ask(stray: 10, addresses: 11) == .infection)
    }

    @Test func manyRequestsToServicesThatAmplifyAreNoInfectionButAnAttackOnTheAddress() {
        func ask(_ requests: Int64, stray: Int64 = 0) -> Finding {
            Self.judge([
                Self.sight(packets: requests + stray, windows: 10, addresses: 10, amplifier: requests)
            ]).finding
        }
        #expect(ask(6_100) == .none)
        #expect(ask(6_000) == .infection)
        #expect(ask(6_100, stray: 9) == .none)
        #expect(ask(6_100, stray: 10) == .infection)
    }

    @Test func backscatterIsAnAttackFromTwentyFivePacketsAndNeverAnInfection() {
        #expect(Self.judge([Self.sight(packets: 24)], .backscatter).finding == .none)
        #expect(Self.judge([Self.sight(packets: 25, addresses: 1)], .backscatter).finding == .attack)
        #expect(Self.judge([Self.sight(packets: 25)], .backscatter).severity == .medium)
        #expect(Self.judge([Self.sight(packets: 1_000)], .backscatter).severity == .high)
        #expect(Self.judge((1...3).map { Self.sight($0, packets: 9) }, .backscatter).severity == .high)
    }

    @Test func labelsSilenceWhoScansButNotWhoIsAttacked() {
        let verdict = Self.judge([Self.sight(packets: 5_000)], label: "Research, Inc.")
        #expect(!verdict.isReportable && verdict.finding == .none && verdict.label == "Research, Inc.")
        #expect(Self.judge([Self.sight(packets: 30)], .backscatter, label: "allowed").finding == .attack)
    }

    @Test func whatHitsDarkSpaceOfItsOwnOrganisationIsSevere() {
        #expect(Self.judge([Self.sight()], .internal).severity == .high)
        #expect(Self.judge([Self.sight()], .external).severity == .medium)
        #expect(Self.judge([Self.sight(packets: 1_000)], .external).severity == .high)
    }

    @Test func confidenceGrowsWithSitesTrustToolsAndTTLs() {
        func confidence(_ sights: Sight...) -> Grade { Self.judge(sights).confidence }
        #expect(confidence(Self.sight()) == .low)
        #expect(confidence(Self.sight(mirai: 12)) == .low)
        #expect(confidence(Self.sight(mirai: 11)) == .low)
        #expect(confidence(Self.sight(mirai: 12, near: 9, flows: 10)) == .medium)
        #expect(confidence(Self.sight(mirai: 10, near: 10, flows: 10)) == .low)
        #expect(confidence(Self.sight(mirai: 12, near: 8, flows: 10)) == .low)
        #expect(confidence(Self.sight(1, .high, mirai: 12)) == .medium)
        #expect(confidence(Self.sight(1, .high, mirai: 12, near: 12, flows: 12)) == .medium)
        #expect(confidence(Self.sight(1), Self.sight(2)) == .medium)
        #expect(confidence(Self.sight(1), Self.sight(2, .low)) == .low)
        #expect(confidence(Self.sight(1, near: 12, flows: 12), Self.sight(2, near: 12, flows: 12)) == .high)
        #expect(confidence(Self.sight(1, near: 12, flows: 12), Self.sight(2, near: 4, flows: 10)) == .low)
        #expect(confidence(Self.sight(1, mirai: 12), Self.sight(2, mirai: 12)) == .high)
        // A short flood with forged sources may reach sites of any trust.
        #expect(confidence(Self.sight(1, .high), Self.sight(2), Self.sight(3)) == .medium)
        // One forged packet among many takes nothing away.
        #expect(confidence(Self.sight(1, near: 99, flows: 100), Self.sight(2, near: 12, flows: 12)) == .high)
        // Too few flows say nothing of TTLs.
        #expect(confidence(Self.sight(1), Self.sight(2, near: 1, flows: 4)) == .medium)
    }

    @Test func reasonsAreListedWithoutNamesAndWithoutNumbersThatGrow() {
        let verdict = Self.judge([Self.sight(1, .high, mirai: 12, near: 12, flows: 12), Self.sight(2, .low)])
        #expect(
            verdict.reasons == [
                "seen at 2 sites", "1 of them of more than low trust", "seen at a site of high trust",
                "TTLs at each sensor as one host has them",
            ])
        #expect(
            Self.judge([Self.sight(mirai: 12, near: 2, flows: 12)]).reasons == [
                "seen at 1 site only", "headers as Mirai makes them",
                "TTLs at a sensor scattered: several hosts, or forged",
            ])
    }

    @Test func nothingInventedTrapsOrMakesOneSiteSure() {
        var random = Random(seed: 5)
        func number() -> Int64 {
            [0, 1, 2, 9, 10, 25, 1_000, .max - 1, .max][random.below(9)]
        }
        for _ in 0..<20_000 {
            let sights = (0..<random.below(5)).map { _ in
                Sight(
                    site: Int32(random.below(3)), trust: [.low, .medium, .high][random.below(3)], packets: number(),
                    windows: number(), addresses: number(), knowsAddresses: random.below(2) == 0, synPackets: number(),
                    zmap: number(), masscan: number(), mirai: number(),
                    nearFlows: number(), flows: number(), configuredPackets: number(), amplifierPackets: number())
            }
            // A site has one trust.
            let trusts = Dictionary(sights.map { ($0.site, $0.trust) }) { first, _ in first }
            let seen = sights.map { sight in
                var sight = sight
                sight.trust = trusts[sight.site] ?? .low
                return sight
            }
            for kind in AlertKind.allCases {
                let verdict = Self.judge(seen, kind)
                #expect(verdict.isReportable == (verdict.finding != .none))
                #expect(verdict.reasons.allSatisfy { Reason($0)?.text == $0 })
                let trusted = Set(seen.filter { $0.trust > .low }.map(\.site)).count
                #expect(verdict.confidence < .high || trusted >= 2)
                #expect(!verdict.isReportable || trusted >= 1)
                #expect(verdict.finding != .infection || kind != .backscatter)
                #expect(verdict.finding != .attack || kind == .backscatter)
                let packets = seen.reduce(Int64(0)) { $0.plus($1.packets) }
                #expect(!verdict.isReportable || packets >= 10)
            }
        }
    }

    /// Random forged sources: one or two packets of each at each of two sites.
    @Test func aFloodOfForgedSourcesIsNeverReported() {
        for packets in Int64(0)...2 {
            for other in Int64(0)...2 {
                let sights = [
                    Self.sight(1, .high, packets: packets, addresses: packets),
                    Self.sight(2, .high, packets: other, addresses: other),
                ]
                for kind in AlertKind.allCases { #expect(!Self.judge(sights, kind).isReportable) }
            }
        }
    }
}
