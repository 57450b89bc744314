/// What a watched screen shows, and how: values in, lines out. It knows no clock, no terminal and no database.
struct WatchScreen: Equatable {
    /// A site of the pane of sites.
    struct Site: Equatable {
        let code: String
        /// ok, late or silent.
        let state: String
        let lagSeconds: Int64?
        /// Packets of each hour, nil where nothing was observed.
        let activity: [Int64?]
    }

    /// A port of the pane of ports.
    struct Port: Equatable {
        let trafficClass: String
        let number: String
        let name: String?
        let packets: String
        let sources: String?
        let precision: String?
    }

    /// Something that happened.
    struct Event: Equatable {
        let kind: String
        let time: String
        let text: String
    }

    /// What the database last told; empty before it did.
    struct Content: Equatable {
        var sites: [Site] = []
        /// Of five minutes each, the newest last.
        var packets: [Int64?] = []
        /// Of the dark space, in the last hour.
        var share: Double?
        var ports: [Port] = []
        /// What the pane of ports is about: `last hour, without scanners`.
        var portsOf = ""
        var events: [Event] = []
        /// What could not be told, and why.
        var complaint: String?
    }

    /// Whether what is shown is of now.
    enum Status: Equatable {
        case connecting
        case fresh(ageSeconds: Int64)
        /// The database does not answer: since when what is shown is old, and how often it was tried again.
        case lost(ageSeconds: Int64?, attempts: Int, reason: String)
    }

    static let leastWidth = 60
    static let leastHeight = 16

    let content: Content
    let status: Status
    /// `2026-01-31 14:05:09 UTC`.
    let time: String
    let showsHelp: Bool

    /// As many lines as the height, none longer than the width.
    func lines(width: Int, height: Int, _ style: TerminalStyle) -> [String] {
        guard width >= Self.leastWidth, height >= Self.leastHeight else {
            let text =
                "The terminal has \(width) x \(height); darkscope watch needs \(Self.leastWidth) x \(Self.leastHeight)."
            return (0..<max(height, 1)).map { $0 == 0 ? String(text.prefix(max(width, 0))) : "" }
        }
        let upper = (height - 3) / 2
        let lower = height - 3 - upper
        let left = (width - 1) / 2
        let right = width - 1 - left
        let wall = style.isUnicode ? "│" : "|"
        var lines = [Self.fit(heading(style), width)]
        lines += zip(sites(left, upper, style), rate(right, upper, style)).map { $0 + wall + $1 }
        lines.append(String(repeating: style.isUnicode ? "─" : "-", count: width))
        if showsHelp {
            lines += Self.pane("KEYS", Self.help, width, lower)
        } else {
            lines += zip(ports(left, lower, style), events(right, lower)).map { $0 + wall + $1 }
        }
        lines.append(Self.fit(footing, width))
        return lines
    }

    private func heading(_ style: TerminalStyle) -> String {
        let reporting = content.sites.count { $0.state == "ok" }
        let parts = ["Darkscope", time, "\(reporting) of \(content.sites.count) sites ok", freshness]
        return " " + parts.joined(separator: style.isUnicode ? " · " : " - ")
    }

    private var freshness: String {
        switch status {
        case .connecting: "connecting"
        case .fresh(let age): "as of \(max(age, 0)) s ago"
        case .lost(let age, let attempts, _):
            "reconnecting (\(attempts))" + (age.map { ", as of \(SpanText.short(max($0, 0))) ago" } ?? "")
        }
    }

    private var footing: String {
        if case .lost(_, _, let reason) = status { return " \(reason)" }
        if let complaint = content.complaint { return " \(complaint)" }
        return " q quit   ? help   r all sources, without scanners, scanners only"
    }

    private static let help = [
        "q  quit, as Ctrl-C does", "?  this help, and back",
        "r  which sources the ports are of: all, without scanners, scanners only", "",
        "Sites that need somebody come first: ✕ silent, ▲ late, ● ok.",
        "× nothing was observed, ▁ observed, and no packet came.",
        "Packets are those of all sources, five minutes in a column.",
    ]

    private func sites(_ width: Int, _ height: Int, _ style: TerminalStyle) -> [String] {
        // Those that need somebody come first.
        let order = ["silent": 0, "late": 1]
        let sorted = content.sites.sorted {
            (order[$0.state] ?? 2, $0.code) < (order[$1.state] ?? 2, $1.code)
        }
        let code = min(sorted.map(\.code.count).max() ?? 4, 12)
        let strip = max(width - code - 19, 4)
        let rows = sorted.map { site in
            let hours = TerminalStyle.condensed(site.activity.map { $0.map(Double.init) }, to: strip)
            let lag = site.lagSeconds.map(SpanText.short) ?? "-"
            return "\(Self.fit(site.code, code)) \(Self.fit(Self.mark(site.state, style), 8)) "
                + "\(Self.fitRight(lag, 7)) \(style.sparkline(hours))"
        }
        let none = rows.isEmpty && status != .connecting ? ["No site that is active."] : rows
        return Self.pane("SITES  state, lag, packets by hour", none, width, height)
    }

    /// A state by shape and word.
    static func mark(_ state: String, _ style: TerminalStyle) -> String {
        let signs =
            style.isUnicode ? ["ok": "●", "late": "▲", "silent": "✕"] : ["ok": "+", "late": "!", "silent": "X"]
        return "\(signs[state] ?? "?") \(state)"
    }

    private func rate(_ width: Int, _ height: Int, _ style: TerminalStyle) -> [String] {
        let values = content.packets.suffix(width - 2).map { $0.map(Double.init) }
        let most = values.compactMap(\.self).max() ?? 0
        // The last that was observed: the one under way is not over.
        let last = values.last { $0 != nil } ?? nil
        func perMinute(_ value: Double) -> String { CountText.grouped("\(Int64((value / 5).rounded()))") }
        let title = "PACKETS A MINUTE  most \(perMinute(most)), last \(last.map(perMinute) ?? "unknown")"
        guard !values.isEmpty else { return Self.pane(title, [], width, height) }
        let observed =
            content.share.map { "last hour: observed \(CountText.percent($0))" } ?? "observed: not known"
        return Self.pane(title, Self.chart(values, height: height - 2, style) + [observed], width, height)
    }

    /// Columns of blocks, the highest value as high as the chart; one row for each line of it. What is not known is marked at
    /// the bottom.
    static func chart(_ values: [Double?], height: Int, _ style: TerminalStyle) -> [String] {
        let steps: [Character] = style.isUnicode ? Array("▁▂▃▄▅▆▇█") : ["#"]
        let most = values.compactMap(\.self).max() ?? 0
        return (0..<max(height, 0)).reversed().map { row in
            String(
                values.map { value -> Character in
                    guard let value else { return row == 0 ? style.isUnicode ? "×" : "?" : " " }
                    guard value > 0, most > 0 else { return row == 0 ? style.isUnicode ? "▁" : "_" : " " }
                    let filled =
                        max(Int((value / most * Double(height * steps.count)).rounded()), 1) - row * steps.count
                    return filled <= 0 ? " " : steps[min(filled, steps.count) - 1]
                })
        }
    }

    private func ports(_ width: Int, _ height: Int, _ style: TerminalStyle) -> [String] {
        let room = width - 39
        let rows = content.ports.map { port in
            let sources = port.sources.map { CountText.short($0, width: 6) }
            let distinct = CountText.distinct(sources, port.precision, isUnicode: style.isUnicode) ?? "-"
            return "\(Self.fit(port.trafficClass, 12)) \(Self.fitRight(port.number, 5)) "
                + "\(Self.fitRight(CountText.short(port.packets, width: 9), 9)) \(Self.fitRight(distinct, 8))"
                + (room > 4 ? "  \(port.name ?? "")" : "")
        }
        let none = rows.isEmpty && status != .connecting ? ["Nothing in the last hour."] : rows
        return Self.pane("PORTS  packets, sources; \(content.portsOf)", none, width, height)
    }

    private func events(_ width: Int, _ height: Int) -> [String] {
        let rows = content.events.map { "\($0.time) \($0.kind) \($0.text)" }
        let none = rows.isEmpty && status != .connecting ? ["No alert, attack or surge in the last day."] : rows
        return Self.pane("EVENTS  of the last day, UTC", none, width, height)
    }

    /// A title and rows in a box of this size.
    private static func pane(_ title: String, _ rows: [String], _ width: Int, _ height: Int) -> [String] {
        (0..<height).map { place in
            let text = place == 0 ? title : place - 1 < rows.count ? rows[place - 1] : ""
            return fit(" " + text, width)
        }
    }

    /// The text in exactly this many characters, with what a terminal could act on as an escape.
    static func fit(_ text: String, _ width: Int) -> String {
        let safe = text.safe
        guard safe.count > width else { return safe + String(repeating: " ", count: width - safe.count) }
        return String(safe.prefix(max(width, 0)))
    }

    /// The same at the right.
    static func fitRight(_ text: String, _ width: Int) -> String {
        let safe = text.safe
        return safe.count >= width ? fit(safe, width) : String(repeating: " ", count: width - safe.count) + safe
    }
}
