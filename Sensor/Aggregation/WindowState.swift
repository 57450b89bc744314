import FlowModel

/// All that one open window has counted. Lives behind one pointer that the aggregator owns and hands to
/// `ClosedWindow` when the window closes.
struct WindowState {
    private(set) var window: Window
    var account = CaptureAccount()
    var ipv4: FlowTable<UInt32>
    var ipv6: FlowTable<UInt128>
    var ipv4Destinations: DestinationSets<UInt32>
    var ipv6Destinations: DestinationSets<UInt128>
    var overflow: OverflowTable
    var signatures = SignatureTable()
    /// Milliseconds of the earliest and the latest frame; `firstFrame` is the greater one without any.
    private(set) var firstFrame = UInt32.max
    private(set) var lastFrame: UInt32 = 0
    let hash: KeyedHash

    /// - Parameter budget: lives longer than this.
    init(_ window: Window, _ settings: AggregationSettings, hash: KeyedHash, budget: MemoryBudget) {
        self.window = window
        self.hash = hash
        ipv4 = FlowTable(hash: hash, budget: budget)
        ipv6 = FlowTable(hash: hash, budget: budget)
        ipv4Destinations = DestinationSets(limit: settings.destinationBytes, budget: budget)
        ipv6Destinations = DestinationSets(limit: settings.destinationBytes, budget: budget)
        overflow = OverflowTable(hash: hash)
    }

    func deallocate() {
        ipv4.deallocate()
        ipv6.deallocate()
        ipv4Destinations.deallocate()
        ipv6Destinations.deallocate()
        overflow.deallocate()
    }

    /// Begins another window in the same memory.
    mutating func reset(_ window: Window) {
        self.window = window
        account = CaptureAccount()
        ipv4.removeAll()
        ipv6.removeAll()
        ipv4Destinations.removeAll()
        ipv6Destinations.removeAll()
        overflow.deallocate()
        overflow = OverflowTable(hash: hash)
        signatures.removeAll()
        firstFrame = .max
        lastFrame = 0
    }

    /// Whether the next window will need about as much memory as is reserved here; not so after a flood.
    var isWorthKeeping: Bool {
        let reserved = ipv4.bytes + ipv6.bytes + ipv4Destinations.bytes + ipv6Destinations.bytes
        let used = ipv4.usedBytes + ipv6.usedBytes + ipv4Destinations.usedBytes + ipv6Destinations.usedBytes
        return reserved <= max(1 << 20, used * 8)
    }

    var records: Int { ipv4.count + ipv6.count }

    /// Milliseconds from the window's start, kept inside the window for a packet of another time.
    @inline(__always)
    func milliseconds(_ seconds: Int64, _ nanoseconds: UInt32) -> UInt32 {
        let relative = seconds &- window.start
        if relative < 0 { return 0 }
        if relative >= Int64(window.length) { return window.length &* 1_000 &- 1 }
        return UInt32(truncatingIfNeeded: relative) &* 1_000 &+ nanoseconds / 1_000_000
    }

    @inline(__always)
    mutating func noteFrame(_ milliseconds: UInt32) {
        firstFrame = min(firstFrame, milliseconds)
        lastFrame = max(lastFrame, milliseconds)
    }
}
