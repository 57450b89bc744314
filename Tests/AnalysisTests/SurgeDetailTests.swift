import Testing

@testable import Analysis

@Suite struct SurgeDetailTests {
    private func surge(_ metric: Surge.Metric, trafficClass: Int16 = 1, port: Int32 = 23, usual: Double = 3_560)
        -> Surge
    {
        Surge(
            port: ServicePort(trafficClass: trafficClass, number: port), metric: metric, start: 0, end: 600, peak: 0,
            score: 9, value: 12_100, usual: usual, otherValue: 840, otherUsual: 400)
    }

    @Test func theSentenceNamesWhatRoseAndWhatItIsMadeOf() {
        var detail = SurgeDetail()
        #expect(
            detail.words(for: surge(.packets))
                == "tcp-syn port 23: 3.4 times the usual packets (12,100 for 3,560 in 10 minutes) from 2.1 times the usual "
                + "sources")
        detail.sites = [.init(name: "SG-1", share: 0.81), .init(name: "TH-1", share: 0.19)]
        detail.countries = [.init(name: "BR", share: 0.4)]
        detail.signatures = [.init(name: "syn:1024:2:1460:*:-:64", share: 0.921)]
        detail.tools = [.init(name: "mirai", share: 0.88), .init(name: "zmap", share: 0.02)]
        #expect(
            detail.words(for: surge(.sources, trafficClass: 9, port: 769))
                == "icmp-error type 3 code 1: 3.4 times the usual sources (12,100 for 3,560 in 10 minutes) with 2.1 times "
                + "the usual packets; 81 % at site SG-1; 40 % from BR; 92 % with the signature syn:1024:2:1460:*:-:64; "
                + "the test for mirai matches 88 %")
    }

    @Test func whatWasNotThereBeforeHasNoMultiple() {
        var new = surge(.packets, usual: 0)
        #expect(
            SurgeDetail().words(for: new)
                == "tcp-syn port 23: 12,100 packets in 10 minutes (usually none) from 2.1 times the usual sources")
        (new.usual, new.otherUsual) = (0.5, 0)
        #expect(
            SurgeDetail().words(for: new)
                == "tcp-syn port 23: 12,100 packets in 10 minutes (usually hardly any) from 840 sources")
    }

    @Test func whatHardlyAnyHaveIsNotWorthAWord() {
        var detail = SurgeDetail()
        detail.signatures = [.init(name: "syn:1:2:3:4:-:64", share: 0.06)]
        detail.tools = [.init(name: "zmap", share: 0.09)]
        #expect(detail.words(for: surge(.packets)) == SurgeDetail().words(for: surge(.packets)))
    }

    @Test func numbersAreWrittenForPeople() {
        #expect([0, 999, 1_000, 1_234_567.4].map(SurgeDetail.whole) == ["0", "999", "1,000", "1,234,567"])
        #expect([0, 3.44, 9.96, 1_000].map(SurgeDetail.decimal) == ["0.0", "3.4", "10", "1,000"])
        #expect(
            [0, 0.001, 0.5, 0.999, 1].map(SurgeDetail.percent) == ["0 %", "under 1 %", "50 %", "over 99 %", "100 %"])
        #expect(SurgeDetail.whole(.infinity) == "1,000,000,000,000,000,000")
    }
}
