import FlowModel

extension Aggregator {
    /// The window of a time, and whether it is another one because that has closed.
    @inline(__always)
    mutating func select(_ seconds: Int64) -> (UnsafeMutablePointer<WindowState>, Bool) {
        if let current, seconds >= currentStart, seconds < currentEnd { return (current, false) }
        return choose(seconds)
    }

    @inline(never)
    private mutating func choose(_ seconds: Int64) -> (UnsafeMutablePointer<WindowState>, Bool) {
        let window = Window(containing: seconds, length: settings.windowLength)
        if let state = states.last(where: { $0.pointee.window == window }) {
            makeCurrent(state)
            return (state, false)
        }
        if let closedThrough, window.start < closedThrough {
            return (states.first ?? open(Window(containing: closedThrough, length: settings.windowLength)), true)
        }
        if !mayClose, let newest = states.last, states.count >= AggregationSettings.openLiveWindows {
            return (newest, true)
        }
        let state = open(window)
        makeCurrent(state)
        closeBeyondBounds(except: state)
        return (state, false)
    }

    private mutating func makeCurrent(_ state: UnsafeMutablePointer<WindowState>) {
        current = state
        currentStart = state.pointee.window.start
        currentEnd = state.pointee.window.end
    }

    private mutating func open(_ window: Window) -> UnsafeMutablePointer<WindowState> {
        // What opens behind others holds a few late packets.
        if let newest = states.last {
            hint = newest.pointee.window.start < window.start ? newest.pointee.ipv4.count : 0
        }
        let state = memory.take(window)
        let place = states.firstIndex { $0.pointee.window.start > window.start } ?? states.count
        states.insert(state, at: place)
        return state
    }

    /// Closes the oldest windows while there are too many or, of a file, while their records leave no room. A window
    /// that has just been opened before all others stays.
    private mutating func closeBeyondBounds(except newest: UnsafeMutablePointer<WindowState>) {
        let limit = isFile ? AggregationSettings.openFileWindows : AggregationSettings.openLiveWindows
        while states.count > 1, let oldest = states.first, oldest != newest,
            states.count > limit || (isFile && openRecords > settings.maximumRecords)
        {
            closeOldest(isEnd: false)
        }
    }

    /// Closes every window whose end is `graceSeconds` past, of a live capture quiet ones too. A file that is not
    /// replayed at a pace needs no such call.
    package mutating func advance(toMilliseconds now: Int64) {
        guard mayClose else { return }
        let limit = Aggregator.seconds(now) - settings.graceSeconds
        while let oldest = states.first, oldest.pointee.window.end <= limit { closeOldest(isEnd: false) }
        if isFile { return }
        // Nothing came: the windows that have passed are quiet.
        let length = Int64(settings.windowLength)
        if let through = closedThrough {
            let bound = min(states.first?.pointee.window.start ?? .max, limit)
            let whole = (bound - through) / length * length
            if whole > 0 { emitQuiet(through, through + whole, limit: AggregationSettings.quietLiveSeconds) }
        }
    }

    /// Closes all windows, the last one as observed until `now` (live) or to its last packet (file).
    package mutating func finish(nowMilliseconds now: Int64 = 0) {
        mayClose = true
        if !isFile { advance(toMilliseconds: now) }
        if !isFile, states.isEmpty, let through = closedThrough, now > through * 1_000 {
            _ = open(Window(containing: through, length: settings.windowLength))
        }
        while !states.isEmpty { closeOldest(isEnd: states.count == 1, nowMilliseconds: now) }
    }

    private mutating func closeOldest(isEnd: Bool, nowMilliseconds: Int64 = 0) {
        let state = states.removeFirst()
        if current == state {
            current = nil
            currentStart = .max
            currentEnd = .min
        }
        let window = state.pointee.window
        let holeLimit = isFile ? AggregationSettings.quietFileSeconds : AggregationSettings.quietLiveSeconds
        let isAfterHole = closedThrough.map { window.start - $0 > holeLimit } ?? true
        if let through = closedThrough, !isAfterHole { emitQuiet(through, window.start, limit: holeLimit) }
        let isBeforeHole =
            isFile && (isEnd || states.first.map { $0.pointee.window.start - window.end > holeLimit } == true)

        let full = window.length * 1_000
        var span = (from: UInt32(0), to: full)
        if isFile {
            if isAfterHole { span.from = min(state.pointee.firstFrame, state.pointee.lastFrame) }
            if isBeforeHole { span.to = min(full, state.pointee.lastFrame + 1) }
        } else {
            span = liveSpan(window, endMilliseconds: isEnd ? nowMilliseconds : nil)
        }
        complete(&state.pointee.account, window, span)
        if states.isEmpty { hint = state.pointee.ipv4.count }
        openRecords -= state.pointee.records
        closedThrough = window.end
        closed.append(ClosedWindow(state, memory))
    }

    /// The part of a window of a live capture that lies between start and stop.
    private func liveSpan(_ window: Window, endMilliseconds: Int64?) -> (from: UInt32, to: UInt32) {
        let full = Int64(window.length) * 1_000
        let origin = window.start * 1_000
        var from: Int64 = 0
        if case .live(let start) = mode { from = max(0, min(full, start - origin)) }
        let to = endMilliseconds.map { max(from, min(full, $0 - origin)) } ?? full
        return (UInt32(from), UInt32(to))
    }

    private mutating func emitQuiet(_ from: Int64, _ to: Int64, limit: Int64) {
        guard to > from, to - from <= limit else {
            if to > from { closedThrough = to }
            return
        }
        var start = from
        while start < to {
            let window = Window(containing: start, length: settings.windowLength)
            let state = memory.take(window)
            complete(
                &state.pointee.account, window,
                isFile ? (0, window.length * 1_000) : liveSpan(window, endMilliseconds: nil))
            closed.append(ClosedWindow(state, memory))
            start = window.end
        }
        closedThrough = to
    }

    private mutating func complete(
        _ account: inout CaptureAccount, _ window: Window, _ span: (from: UInt32, to: UInt32)
    ) {
        account.observedFromMilliseconds = span.from
        account.observedToMilliseconds = span.to
        account.capture = isFile ? .file : .live
        account.link = link.worst(from: window.start * 1_000, to: window.end * 1_000)
        link.forget(before: window.end * 1_000)
        account.clock = conditions.clock
        account.clockOffsetMicroseconds = conditions.clockOffsetMicroseconds
        account.shiftSeconds = conditions.shiftSeconds
        account.sensorVersion = conditions.sensorVersion
        account.configurationDigest = conditions.configurationDigest
    }
}
