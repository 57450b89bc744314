import Store

/// Tells which minutes are new or have grown since the last look. Pure; owned by whoever looks.
struct WindowWatch {
    /// What was told of the minutes that can still grow.
    private var told: [String: ConsoleWindow] = [:]

    /// - Parameter windows: all minutes that can still grow, the oldest first.
    /// - Returns: those of which something else was told, or nothing.
    mutating func news(_ windows: [ConsoleWindow]) -> [ConsoleWindow] {
        let news = windows.filter { told[$0.start] != $0 }
        told = Dictionary(windows.map { ($0.start, $0) }, uniquingKeysWith: { $1 })
        return news
    }
}
