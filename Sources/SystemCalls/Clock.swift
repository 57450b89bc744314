import CSupport
import Glibc

/// Readings of the kernel's clocks: clock_gettime(2).
package enum Clock {
    /// Unix time in nanoseconds. May jump.
    package static func wallNanoseconds() -> Int64 { read(CLOCK_REALTIME) }

    /// Nanoseconds since some moment of the past; never goes back.
    package static func monotonicNanoseconds() -> Int64 { read(CLOCK_MONOTONIC) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}

/// Whether something disciplines the machine's clock, as the kernel sees it: adjtimex(2).
package struct ClockDiscipline: Sendable, Hashable {
    package let isSynchronised: Bool
    /// The kernel's estimate of the clock's error, in microseconds.
    package let estimatedErrorMicroseconds: Int64

    /// Nil when the kernel does not say.
    package static func read() -> ClockDiscipline? {
        var error: Int64 = 0
        let state = darkscope_clock_state(&error)
        return state < 0 ? nil : ClockDiscipline(isSynchronised: state == 1, estimatedErrorMicroseconds: error)
    }
}
