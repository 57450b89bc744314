import CSupport
import Glibc

/// What the process may do beyond what an ordinary user may: capabilities(7).
///
/// Capabilities belong to threads, and a new thread has those of its maker. So `confine` is called by the main thread
/// before it makes any other, and each thread that never needs one calls `renounce` first of all.
package enum Privileges {
    package enum Capability: Int32, Sendable {
        /// Packet sockets.
        case netRaw = 13

        fileprivate var bit: UInt64 { 1 << UInt64(rawValue) }
    }

    /// Becomes the account, for good, and gives up every capability but one, which stays permitted without being
    /// effective: only `exercising` uses it. Nothing that is executed later gains any.
    ///
    /// The bounding set is emptied where the process may do that, which root may and others may not. With an account,
    /// supplementary groups are given up too.
    /// - Parameter account: nil stays who it is; others need CAP_SETUID and CAP_SETGID, as root has them.
    package static func confine(to account: Account?, keeping kept: Capability?) throws(SystemError) {
        var capability: Int32 = 0
        while darkscope_prctl(PR_CAPBSET_READ, UInt(capability)) >= 0 {
            if darkscope_prctl(PR_CAPBSET_DROP, UInt(capability)) != 0, errno != EPERM {
                throw SystemError("prctl(PR_CAPBSET_DROP)", code: errno)
            }
            capability += 1
        }
        let permitted = try retrying("capget") { darkscope_permitted_capabilities() }
        let rest = UInt64(permitted) & (kept?.bit ?? 0)
        if let account {
            try retrying("setgroups") { setgroups(0, nil) }
            try retrying("setgid") { setgid(account.groupID) }
            // Else the change of the user would take all capabilities with it.
            try retrying("prctl(PR_SET_KEEPCAPS)") { darkscope_prctl(PR_SET_KEEPCAPS, 1) }
            try retrying("setuid") { setuid(account.userID) }
            try retrying("prctl(PR_SET_KEEPCAPS)") { darkscope_prctl(PR_SET_KEEPCAPS, 0) }
        }
        try retrying("capset") { darkscope_set_capabilities(0, rest) }
        try retrying("prctl(PR_SET_NO_NEW_PRIVS)") { darkscope_prctl(PR_SET_NO_NEW_PRIVS, 1) }
        if let account, account.userID != 0 {
            precondition(setuid(0) != 0, "a change of the user that can be undone is none")
        }
    }

    /// Runs `body` with a capability that `confine` kept; without it when the process has none.
    package static func exercising<Failure: Error>(
        _ capability: Capability, _ body: () throws(Failure) -> Void
    ) throws(Failure) {
        let permitted = UInt64(max(0, darkscope_permitted_capabilities()))
        _ = darkscope_set_capabilities(permitted & capability.bit, permitted)
        defer { _ = darkscope_set_capabilities(0, permitted) }
        try body()
    }

    /// Gives up all capabilities of the calling thread, for good.
    package static func renounce() { _ = darkscope_set_capabilities(0, 0) }
}
