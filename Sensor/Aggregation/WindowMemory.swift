import FlowModel
import Synchronization

/// The memory of windows. That of one closed window of a file is kept for the next to open: mapping it and growing it
/// again would cost a sixth of all work. Of a live capture it goes back to the system: there is one window a minute.
///
/// Owner rule: the capture thread takes; whichever thread lets go of a closed window gives back. The atomic is all that
/// they share: who takes the pointer out of it owns what it points to.
final class WindowMemory: @unchecked Sendable {
    private let spare = Atomic<UnsafeMutablePointer<WindowState>?>(nil)
    private let settings: AggregationSettings
    private let hash: KeyedHash
    private let budget: MemoryBudget
    private let keepsSpare: Bool

    init(_ settings: AggregationSettings, hash: KeyedHash, isFile: Bool) {
        self.settings = settings
        budget = MemoryBudget(limit: isFile ? .max : settings.tableBytes)
        keepsSpare = isFile
        self.hash = hash
    }

    deinit {
        if let state = spare.exchange(nil, ordering: .acquiring) { WindowMemory.free(state) }
    }

    /// Bytes of all windows' tables now, those of closed ones and of the spare among them.
    var bytes: Int { budget.bytes }

    /// The state of a window in which nothing has been counted.
    func take(_ window: Window) -> UnsafeMutablePointer<WindowState> {
        if let state = spare.exchange(nil, ordering: .acquiring) {
            state.pointee.reset(window)
            return state
        }
        let state = UnsafeMutablePointer<WindowState>.allocate(capacity: 1)
        state.initialize(to: WindowState(window, settings, hash: hash, budget: budget))
        return state
    }

    /// Ends the use of a state that `take` gave.
    func give(_ state: UnsafeMutablePointer<WindowState>) {
        if keepsSpare, state.pointee.isWorthKeeping,
            spare.compareExchange(expected: nil, desired: state, ordering: .releasing).exchanged
        {
            return
        }
        WindowMemory.free(state)
    }

    private static func free(_ state: UnsafeMutablePointer<WindowState>) {
        state.pointee.deallocate()
        state.deinitialize(count: 1)
        state.deallocate()
    }
}
