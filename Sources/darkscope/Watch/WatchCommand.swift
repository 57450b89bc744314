import ArgumentParser
import Glibc
import Query
import Runtime
import Store
import SystemCalls

/// `darkscope watch`: the telescope of now, on a whole screen.
struct WatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Show sites, traffic, ports and events of now on a whole screen.",
        discussion: """
            Keys: q quits, ? helps, r turns from all sources to those without scanners and to scanners only. The screen is \
            drawn every second, and says how old its figures are. It works from 60 columns and 16 lines on. The words of a \
            filter are put to the pane of ports.
            """)

    @Argument(help: ArgumentHelp("Words of a filter.", valueName: "filter"))
    var words: [String] = []

    @Option(help: ArgumentHelp("Which sources the ports are of: all, without or only scanners.", valueName: "choice"))
    var scanners: ScannerChoice = .all

    @Option(help: ArgumentHelp("Seconds between two questions to the database, 1 to 60.", valueName: "seconds"))
    var interval = 5

    @OptionGroup var sites: SiteOptions
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        guard (1...60).contains(interval) else { throw ValidationError("--interval is 1 to 60.") }
    }

    func run() throws {
        let filter: Filter?
        do throws(FilterError) {
            filter = try FilterParser.parse(words.joined(separator: " "))
        } catch {
            throw ProgramError(.usage, "filter: \(error)")
        }
        let stop = try StopSignal()
        try check(filter)
        var screen = try TerminalScreen()
        let wish = WatchFeed.Wish(
            scanners: scanners, filter: filter, sites: sites.chosen,
            intervalMilliseconds: Int32(interval) * 1_000)
        let feed = try WatchFeed(wish, database)
        let style = TerminalStyle.standardOutput()
        var keys = WatchKeys()
        while true {
            let (content, status) = feed.now()
            let size = TerminalScreen.measure()
            let shown = WatchScreen(
                content: content, status: status, time: WatchCommand.clock(Clock.wallNanoseconds()),
                showsHelp: keys.showsHelp)
            guard screen.show(shown.lines(width: size.width, height: size.height, style), of: size, style) else {
                return
            }
            var waits = [STDIN_FILENO, stop.descriptor, stop.reload.descriptor].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            let rest = 1_000 - Clock.wallNanoseconds() / 1_000_000 % 1_000
            poll(&waits, nfds_t(waits.count), Int32(rest))
            // A signal, or the end of the terminal.
            if waits[1].revents != 0 || waits[2].revents != 0 { return }
            guard waits[0].revents != 0 else { continue }
            var bytes = [UInt8](repeating: 0, count: 64)
            let count = read(STDIN_FILENO, &bytes, bytes.count)
            guard count > 0 || count < 0 && errno == EINTR else { return }
            for byte in bytes.prefix(max(count, 0)) {
                switch keys.take(byte) {
                case .quit: return
                case .turnScanners: feed.turnScanners()
                case nil: break
                }
            }
        }
    }

    /// What is wrong with the database or the filter is said before the screen is taken.
    private func check(_ filter: Filter?) throws {
        let store = try database.connect()
        let known = try store.facts(from: .before(seconds: 3_600), to: .before(seconds: 0), zone: "UTC")
        try sites.check(known.facts)
        _ = try Planner(known.facts).planned(
            Question(.top(.ports, by: .sources, limit: 1), filter: filter, scanners: scanners, span: known.span))
    }

    /// `14:05:09 UTC`.
    static func clock(_ nanoseconds: Int64) -> String {
        let second = (nanoseconds / 1_000_000_000 % 86_400 + 86_400) % 86_400
        let parts = [second / 3_600, second / 60 % 60, second % 60]
        return parts.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":") + " UTC"
    }
}

/// What keys mean: bytes in, wishes out.
struct WatchKeys: Equatable {
    enum Wish: Equatable {
        case quit
        case turnScanners
    }

    private(set) var showsHelp = false
    /// Within a sequence that a key of more than one byte sends: after ESC, or after ESC [ or ESC O.
    private var sequence: Sequence?

    private enum Sequence: Equatable {
        case begun
        case under
    }

    mutating func take(_ byte: UInt8) -> Wish? {
        switch sequence {
        case .begun:
            sequence = byte == UInt8(ascii: "[") || byte == UInt8(ascii: "O") ? .under : nil
            if sequence != nil { return nil }
        case .under:
            // It ends with a letter or ~ (ECMA-48 §5.4).
            if (0x40...0x7E).contains(byte) { sequence = nil }
            return nil
        case nil: break
        }
        switch byte {
        case 0x1B:
            sequence = .begun
            showsHelp = false
            return nil
        case 0x03, 0x04, UInt8(ascii: "q"), UInt8(ascii: "Q"): return .quit
        case UInt8(ascii: "?"), UInt8(ascii: "h"): showsHelp.toggle()
        case UInt8(ascii: "r"), UInt8(ascii: "R"): return .turnScanners
        default: break
        }
        return nil
    }
}
