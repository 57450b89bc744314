import Glibc
import Logging

/// How a line of the log looks.
package enum LogFormat: Sendable, Equatable {
    /// `16:22:01.123Z warning capture: link down interface=eth1`, for a person at a terminal.
    case terminal
    /// `<4>level=warning msg="link down" …`: the journal has its own clock, and takes the priority from the prefix
    /// (sd-daemon(3)).
    case journal
    /// `ts=2026-11-25T16:22:01.123Z level=warning msg="link down" …`
    case logfmt

    /// What suits the file that the log goes to.
    /// - Parameter journalStream: JOURNAL_STREAM, device and inode of what the service manager gave as standard error;
    ///   it may have been redirected since (systemd.exec(5)).
    package static func suiting(descriptor: Int32, journalStream: String?) -> LogFormat {
        if isatty(descriptor) == 1 { return .terminal }
        var status = stat()
        guard let journalStream, fstat(descriptor, &status) == 0 else { return .logfmt }
        return journalStream == "\(status.st_dev):\(status.st_ino)" ? .journal : .logfmt
    }

    /// One line with its end.
    /// - Parameters:
    ///   - component: which part of the program speaks; may be empty.
    ///   - fields: in the order in which they are shown.
    ///   - time: Unix time in nanoseconds.
    func line(
        time: Int64, level: Logger.Level, component: String, message: String, fields: [(key: String, value: String)]
    ) -> String {
        let tail = fields.map { " \(LogText.key($0.key))=\(LogText.value($0.value))" }.joined()
        let source = component.isEmpty ? "" : " component=\(LogText.value(component))"
        switch self {
        case .terminal:
            let speaker = component.isEmpty ? "" : "\(LogText.plain(component)): "
            let clock = Self.timestamp(time).split(separator: "T").last ?? ""
            return "\(clock) \(level) \(speaker)\(LogText.plain(message))\(tail)\n"
        case .journal:
            return "<\(Self.priority(level))>level=\(level) msg=\(LogText.value(message))\(source)\(tail)\n"
        case .logfmt:
            return "ts=\(Self.timestamp(time)) level=\(level) msg=\(LogText.value(message))\(source)\(tail)\n"
        }
    }

    /// RFC 3339 in UTC with milliseconds.
    package static func timestamp(_ nanoseconds: Int64) -> String {
        let milliseconds = Int((nanoseconds % 1_000_000_000 + 1_000_000_000) % 1_000_000_000 / 1_000_000)
        var seconds = time_t(nanoseconds / 1_000_000_000 - (nanoseconds % 1_000_000_000 < 0 ? 1 : 0))
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let date = [Int(parts.tm_mon) + 1, Int(parts.tm_mday)].map { "-" + padded($0, 2) }.joined()
        let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { padded(Int($0), 2) }.joined(separator: ":")
        return "\(padded(Int(parts.tm_year) + 1900, 4))\(date)T\(clock).\(padded(milliseconds, 3))Z"
    }

    /// syslog(3)
    private static func priority(_ level: Logger.Level) -> Int32 {
        switch level {
        case .trace, .debug: LOG_DEBUG
        case .info: LOG_INFO
        case .notice: LOG_NOTICE
        case .warning: LOG_WARNING
        case .error: LOG_ERR
        case .critical: LOG_CRIT
        }
    }
}
