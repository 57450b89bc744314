import FlowModel

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
    /// Records of the window that closed last: the next one will need about as many.
    var hint = 0
    let hash: KeyedHash

    private let facts4: UnsafeMutablePointer<PacketFacts<UInt32>>
    private let places4: UnsafeMutablePointer<UInt64>
    private let facts6: UnsafeMutablePointer<PacketFacts<UInt128>>

    package init(settings: AggregationSettings, mode: Mode) {
        precondition(Window.isValid(length: settings.windowLength), "window length")
        self.settings = settings
        self.mode = mode
        hash = KeyedHash(settings.hashSeed)
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
        for state in states {
            state.pointee.deallocate()
            state.deinitialize(count: 1)
            state.deallocate()
        }
    }

    package var isFile: Bool { mode == .file }

    /// Counts every packet of the batch. Nanoseconds a packet: see ops/bench.
    package mutating func ingest(_ batch: borrowing PacketBatch) {
        var count4 = 0
        var count6 = 0
        for index in 0..<batch.count {
            let header = batch.header(index)
            switch Dissector.dissect(batch.view(index), header, index: index) {
            case .ipv4(let facts):
                if settings.darkSpace.contains(facts.destination) {
                    let place = hash.hash(source: facts.source, victim: facts.victim, key: facts.key)
                    (facts4 + count4).initialize(to: facts)
                    (places4 + count4).initialize(to: place)
                    current?.pointee.ipv4.prefetch(place)
                    count4 &+= 1
                } else {
                    countOther(header) { $0.filtered &+= 1 }
                }
            case .ipv6(let facts):
                if settings.darkSpace.contains(facts.destination) {
                    (facts6 + count6).initialize(to: facts)
                    count6 &+= 1
                } else {
                    countOther(header) { $0.filtered &+= 1 }
                }
            case .nonIP: countOther(header) { $0.nonIP &+= 1 }
            case .malformed(let reason): countOther(header) { $0.malformed[reason] &+= 1 }
            }
        }
        for index in 0..<count4 { add4(facts4[index], places4[index], batch) }
        for index in 0..<count6 { add6(facts6[index], batch) }
    }

    @inline(__always)
    private mutating func add4(_ facts: PacketFacts<UInt32>, _ place: UInt64, _ batch: borrowing PacketBatch) {
        let (state, isLate) = select(facts.seconds)
        let milliseconds = state.pointee.milliseconds(facts.seconds, facts.nanoseconds)
        let isNew = addPacket(
            facts, hash: place, view: batch.view(Int(facts.index)), table: &state.pointee.ipv4,
            destinations: &state.pointee.ipv4Destinations, overflow: &state.pointee.overflow,
            signatures: &state.pointee.signatures, hash: hash, milliseconds: milliseconds,
            mayInsert: openRecords < settings.maximumRecords, hint: hint)
        count(state, milliseconds, isNew, isLate)
    }

    @inline(never)
    private mutating func add6(_ facts: PacketFacts<UInt128>, _ batch: borrowing PacketBatch) {
        let (state, isLate) = select(facts.seconds)
        let milliseconds = state.pointee.milliseconds(facts.seconds, facts.nanoseconds)
        let place = hash.hash(source: facts.source, victim: facts.victim, key: facts.key)
        let isNew = addPacket(
            facts, hash: place, view: batch.view(Int(facts.index)), table: &state.pointee.ipv6,
            destinations: &state.pointee.ipv6Destinations, overflow: &state.pointee.overflow,
            signatures: &state.pointee.signatures, hash: hash, milliseconds: milliseconds,
            mayInsert: openRecords < settings.maximumRecords, hint: 0)
        count(state, milliseconds, isNew, isLate)
    }

    @inline(__always)
    private mutating func count(
        _ state: UnsafeMutablePointer<WindowState>, _ milliseconds: UInt32, _ isNew: Bool?, _ isLate: Bool
    ) {
        state.pointee.account.received &+= 1
        state.pointee.account.aggregated &+= 1
        state.pointee.note(milliseconds)
        if isLate { state.pointee.account.late &+= 1 }
        if let isNew {
            if isNew { openRecords &+= 1 }
        } else {
            state.pointee.account.overflowed &+= 1
        }
    }

    /// Counts a frame that is not aggregated.
    @inline(never)
    private mutating func countOther(_ header: PacketBatch.Header, _ bin: (inout CaptureAccount) -> Void) {
        let (state, _) = select(header.seconds)
        state.pointee.account.received &+= 1
        bin(&state.pointee.account)
        state.pointee.note(state.pointee.milliseconds(header.seconds, header.nanoseconds))
    }

    /// Differences of the kernel's counters since the last call, for the newest window.
    package mutating func noteKernelStatistics(received: UInt64, dropped: UInt64, interfaceDropped: UInt64) {
        guard let state = states.last else { return }
        state.pointee.account.kernelReceived &+= received
        state.pointee.account.kernelDropped &+= dropped
        state.pointee.account.interfaceDropped &+= interfaceDropped
    }

    /// The windows that have closed since the last call, ascending.
    package mutating func takeClosedWindows() -> [ClosedWindow] {
        defer { closed = [] }
        return closed
    }

    static func seconds(_ milliseconds: Int64) -> Int64 {
        milliseconds >= 0 ? milliseconds / 1_000 : -((999 - milliseconds) / 1_000)
    }
}
