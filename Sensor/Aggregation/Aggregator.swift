package import FlowModel

/// Turns packets into windows of flow records. Belongs to the capture thread; knows no clock, disk or network.
///
/// The unsafe core: `states` and the buffers below are owned here and freed once; a state leaves by `ClosedWindow`.
package struct Aggregator: ~Copyable {
    /// Where the packets come from, which decides how windows close.
    package enum Mode: Sendable, Hashable {
        /// Windows by the file's own times; as many stay open as memory allows.
        case file
        /// Windows close `graceSeconds` after their end, as `advance` tells the time. Observation began at this Unix
        /// time in milliseconds.
        case live(startMilliseconds: Int64)
    }

    package let settings: AggregationSettings
    package let mode: Mode
    /// Goes into the account of every window that closes from now on.
    package var conditions = CaptureConditions()
    var link = LinkHistory()
    /// False while nobody takes closed windows: then the newest window grows instead of a new one being opened.
    package var mayClose = true
    /// Windows that have closed, in ascending order; the caller takes them.
    var closed: [ClosedWindow] = []

    /// Open windows by ascending start.
    var states: [UnsafeMutablePointer<WindowState>] = []
    var current: UnsafeMutablePointer<WindowState>?
    var currentStart: Int64 = .max
    var currentEnd: Int64 = .min
    /// The end of the last window that closed: nothing before it opens again.
    var closedThrough: Int64?
    var openRecords = 0
    /// Records of the window before: the next one will need about as many.
    var hint = 0
    let hash: KeyedHash

    let memory: WindowMemory

    /// One batch's packets of each family, and where their flows are.
    let facts4: UnsafeMutablePointer<PacketFacts<UInt32>>
    let places4: UnsafeMutablePointer<Place>
    let facts6: UnsafeMutablePointer<PacketFacts<UInt128>>

    package init(settings: AggregationSettings, mode: Mode) {
        precondition(Window.isValid(length: settings.windowLength), "window length")
        self.settings = settings
        self.mode = mode
        hash = KeyedHash(settings.hashSeed)
        memory = WindowMemory(settings, hash: hash, isFile: mode == .file)
        facts4 = .allocate(capacity: PacketBatch.capacity)
        places4 = .allocate(capacity: PacketBatch.capacity)
        facts6 = .allocate(capacity: PacketBatch.capacity)
        if case .live(let start) = mode {
            closedThrough = Window(containing: Aggregator.seconds(start), length: settings.windowLength).start
        }
    }

    deinit {
        facts4.deallocate()
        places4.deallocate()
        facts6.deallocate()
        for state in states { memory.give(state) }
    }

    package var isFile: Bool { mode == .file }

    /// Differences of the kernel's counters since the last call, for the newest window. False when no window is open:
    /// give them again later.
    package mutating func noteKernelStatistics(received: UInt64, dropped: UInt64, interfaceDropped: UInt64) -> Bool {
        guard let state = states.last else { return false }
        state.pointee.account.kernelReceived &+= received
        state.pointee.account.kernelDropped &+= dropped
        state.pointee.account.interfaceDropped &+= interfaceDropped
        return true
    }

    /// The state of the interface at a Unix time in milliseconds, for every window in which it holds.
    package mutating func noteLink(_ state: LinkState, atMilliseconds now: Int64) { link.note(state, at: now) }

    /// The windows that have closed since the last call, ascending.
    package mutating func takeClosedWindows() -> [ClosedWindow] {
        defer { closed = [] }
        return closed
    }

    static func seconds(_ milliseconds: Int64) -> Int64 {
        milliseconds >= 0 ? milliseconds / 1_000 : -((999 - milliseconds) / 1_000)
    }
}
