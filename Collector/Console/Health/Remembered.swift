/// A value that costs something, and is made anew when it is old: once, however many ask at the same time.
actor Remembered<Value: Sendable> {
    private let lifetime: Duration
    private let make: @Sendable () async -> Value
    private var known: (value: Value, at: ContinuousClock.Instant)?
    private var underway: Task<Value, Never>?

    init(for lifetime: Duration, _ make: @escaping @Sendable () async -> Value) {
        self.lifetime = lifetime
        self.make = make
    }

    /// The value, no older than its lifetime and the time that making it takes.
    func value() async -> Value {
        if let known, ContinuousClock.now - known.at < lifetime { return known.value }
        if let underway { return await underway.value }
        let task = Task { await make() }
        underway = task
        let value = await task.value
        known = (value, .now)
        underway = nil
        return value
    }
}
