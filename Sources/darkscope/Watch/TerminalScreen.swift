import Glibc
import Runtime

/// The whole screen of a terminal without line editing, as it was before again when it is left, however that happens.
///
/// Owned by: the main thread. One at a time: what restores it after a crash is the process's.
struct TerminalScreen: ~Copyable {
    private var size = (width: 0, height: 0)

    /// Takes the screen of standard input and output.
    /// - Throws: when they are no terminal that can move its cursor.
    init() throws(ProgramError) {
        let name = getenv("TERM").map { String(cString: $0) } ?? ""
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1, !name.isEmpty, name != "dumb" else {
            throw ProgramError(
                .usage,
                "watch needs a terminal that can move its cursor. Elsewhere use darkscope sites, top and series")
        }
        var settings = termios()
        guard tcgetattr(STDIN_FILENO, &settings) == 0 else {
            throw ProgramError(.io, "the terminal does not tell its settings")
        }
        Rescue.prepare(settings)
        // Keys one by one and unseen, Ctrl-C among them.
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG | IEXTEN)
        settings.c_iflag &= ~tcflag_t(IXON | ICRNL)
        withUnsafeMutablePointer(to: &settings.c_cc) { pointer in
            pointer.withMemoryRebound(to: cc_t.self, capacity: Int(NCCS)) { codes in
                codes[Int(VMIN)] = 0
                codes[Int(VTIME)] = 0
            }
        }
        guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings) == 0 else {
            throw ProgramError(.io, "the terminal does not take its settings")
        }
        // The other screen of the terminal, without its cursor (xterm, control sequences: DECSET 1049 and 25).
        _ = TerminalScreen.write("\u{1B}[?1049h\u{1B}[?25l\u{1B}[2J")
    }

    deinit { Rescue.restore() }

    /// Columns and lines of the terminal now.
    static func measure() -> (width: Int, height: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (min(Int(size.ws_col), 1_000), min(Int(size.ws_row), 500))
    }

    /// Shows lines from the top; the first stands out.
    /// - Returns: false when the terminal is gone.
    mutating func show(_ lines: [String], of size: (width: Int, height: Int), _ style: TerminalStyle) -> Bool {
        var text = self.size == size ? "" : "\u{1B}[2J"
        self.size = size
        text += "\u{1B}[H"
        for (place, line) in lines.enumerated() {
            text += place == 0 ? "\u{1B}[7m\(line)\u{1B}[0m" : style.hasColour ? TerminalScreen.coloured(line) : line
            text += "\u{1B}[K" + (place + 1 < lines.count ? "\r\n" : "")
        }
        return TerminalScreen.write(text)
    }

    /// Colours beside the words of states, so that both say it.
    private static func coloured(_ line: String) -> String {
        var line = line
        for (mark, colour) in [("● ok", 32), ("▲ late", 33), ("✕ silent", 31)] {
            line = line.replacing(mark, with: "\u{1B}[\(colour)m\(mark)\u{1B}[39m")
        }
        return line
    }

    private static func write(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if sent > 0 {
                rest = rest.dropFirst(sent)
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }
}

/// Gives the terminal back, also from a handler of signals.
///
/// Written by the main thread before the handlers are there, and only read after it.
private enum Rescue {
    nonisolated(unsafe) private static var settings = termios()
    nonisolated(unsafe) private static var isPrepared = false
    private static let farewell: StaticString = "\u{1B}[0m\u{1B}[?25h\u{1B}[?1049l"
    private static let crashes = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGQUIT]

    static func prepare(_ settings: termios) {
        Rescue.settings = settings
        isPrepared = true
        for number in crashes {
            signal(number) { number in
                Rescue.restore()
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }

    /// tcsetattr(3) and write(2) may be called by handlers of signals (signal-safety(7)).
    static func restore() {
        guard isPrepared else { return }
        _ = write(STDOUT_FILENO, farewell.utf8Start, farewell.utf8CodeUnitCount)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
    }
}
