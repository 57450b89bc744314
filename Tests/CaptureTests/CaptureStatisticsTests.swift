import CLibpcap
import Testing

@testable import Capture

struct CaptureStatisticsTests {
    private func counted(
        _ before: (UInt32, UInt32, UInt32), _ now: (UInt32, UInt32, UInt32)
    ) -> [UInt64] {
        func reading(_ values: (UInt32, UInt32, UInt32)) -> pcap_stat {
            var reading = pcap_stat()
            (reading.ps_recv, reading.ps_drop, reading.ps_ifdrop) = values
            return reading
        }
        let found = CaptureStatistics(from: reading(before), to: reading(now))
        return [found.received, found.dropped, found.interfaceDropped]
    }

    @Test func itIsWhatWasCountedSince() {
        #expect(counted((5, 6, 7), (5, 6, 7)) == [0, 0, 0])
        #expect(counted((5, 6, 7), (15, 26, 37)) == [10, 20, 30])
    }

    @Test func countersWrapAt32Bits() {
        #expect(counted((.max, .max - 1, .max - 2), (0, 1, 2)) == [1, 3, 5])
        #expect(counted((2, 2, 0), (1, 1, 0)) == [UInt64(UInt32.max), UInt64(UInt32.max), 0])
    }

    @Test func aDriverThatBeginsAgainHasDroppedNothing() {
        #expect(counted((0, 0, 900), (0, 0, 0)) == [0, 0, 0])
        #expect(counted((0, 0, 900), (0, 0, 899)) == [0, 0, 0])
    }

    @Test func sumsAreWiderThanTheCounters() {
        var sum = CaptureStatistics()
        for _ in 0..<4 {
            var more = CaptureStatistics()
            more.received = UInt64(UInt32.max)
            more.dropped = UInt64(UInt32.max)
            sum += more
        }
        #expect(sum.received == 4 * UInt64(UInt32.max) && sum.dropped == sum.received && sum.interfaceDropped == 0)
    }
}
