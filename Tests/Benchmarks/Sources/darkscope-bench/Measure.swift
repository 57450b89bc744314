import CountingAllocator
import Glibc

/// One measured part: nanoseconds of CPU per element (median and extremes of several rounds) and allocations per
/// thousand elements in the last round, when every cache and buffer has its size.
struct Measure {
    static let rounds = 7

    let name: String
    let unit: String

    /// Runs `body`, which does the work once, and prints the result; `elements` is what one round handles.
    func run(elements: Int, _ extra: [(String, Double)] = [], _ body: () throws -> Void) rethrows {
        var times: [Double] = []
        var allocations: UInt64 = 0
        for _ in 0..<Measure.rounds {
            let calls = counting_allocator_calls()
            let start = Measure.cpuNanoseconds()
            try body()
            let end = Measure.cpuNanoseconds()
            allocations = counting_allocator_calls() - calls
            times.append(Double(end - start) / Double(elements))
        }
        times.sort()
        var fields = ["\"name\": \"\(name)\"", "\"unit\": \"\(unit)\"", "\"elements\": \(elements)"]
        fields.append("\"ns\": \(rounded(times[times.count / 2]))")
        fields.append("\"least\": \(rounded(times[0])), \"most\": \(rounded(times[times.count - 1]))")
        fields.append("\"allocations\": \(allocations)")
        for (key, value) in extra { fields.append("\"\(key)\": \(rounded(value))") }
        print("{" + fields.joined(separator: ", ") + "}")
    }

    private func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    /// CPU time of this process, all threads, user and system.
    private static func cpuNanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
