import Glibc

/// What a program does about a signal.
struct StopPolicy {
    enum Action: Equatable {
        case stop
        case reload
        /// End the process now, with this exit status.
        case exit(Int32)
    }

    /// Those that the policy is for; every other one keeps its own effect.
    static let signals = [SIGTERM, SIGINT, SIGHUP]

    private var isStopping = false

    mutating func receive(_ signal: Int32) -> Action {
        if signal == SIGHUP { return .reload }
        // The shell's convention for a process that a signal ended.
        if isStopping { return .exit(128 + signal) }
        isStopping = true
        return .stop
    }
}
