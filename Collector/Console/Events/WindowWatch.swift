import Store

/// Tells which minutes are new or have grown since the last look, and to whom. Pure; owned by whoever looks.
///
/// The public is told of a minute once, when it is settled: from sums that grow site by site each site's share would follow.
struct WindowWatch {
    private struct Key: Hashable {
        let site: String?
        let start: String
    }

    /// What was told of the minutes that can still grow.
    private var told: [Key: ConsoleWindow] = [:]
    /// Minutes that the public was told of.
    private var settled: Set<String> = []

    /// - Parameter windows: all minutes that can still grow, the oldest first.
    /// - Returns: to each audience those of which something else was told to it, or nothing.
    mutating func news(_ windows: [ConsoleWindow]) -> [Audience: [ConsoleWindow]] {
        var news: [Audience: [ConsoleWindow]] = [:]
        var (seen, known): ([Key: ConsoleWindow], Set<String>) = ([:], [])
        for window in windows {
            let key = Key(site: window.site, start: window.start)
            if told[key].map({ !$0.tellsTheSame(as: window) }) ?? true {
                news[window.site.map { .site($0) } ?? .everything, default: []].append(window)
            }
            seen[key] = window
            guard window.site == nil else { continue }
            if settled.contains(window.start) {
                known.insert(window.start)
            } else if window.isSettled, window.sites >= ConsoleWindow.publicSites {
                known.insert(window.start)
                news[.totals, default: []].append(window)
            }
        }
        (told, settled) = (seen, known)
        return news
    }
}

extension ConsoleWindow {
    fileprivate func tellsTheSame(as other: ConsoleWindow) -> Bool { data == other.data }
}
