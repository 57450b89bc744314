import Glibc
package import Logging
import SystemCalls

/// Writes the log to standard error for the operator: one line an event, in one write, whole and safe for a terminal
/// whatever the values hold. It blocks while standard error does.
package struct OperatorLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    private let component: String
    private let format: LogFormat
    private let write: @Sendable (String) -> Void

    /// - Parameters:
    ///   - component: the logger's label; which part of the program speaks.
    ///   - write: takes one line with its end; called on the thread that logs.
    package init(
        component: String, level: Logger.Level, format: LogFormat,
        write: @escaping @Sendable (String) -> Void = OperatorLogHandler.writeToStandardError
    ) {
        self.component = component
        self.format = format
        self.write = write
        logLevel = level
    }

    /// Makes this the handler of every logger that is created from now on, in the format that suits standard error.
    /// Called at most once in a process.
    package static func bootstrap(level: Logger.Level) {
        let stream = getenv("JOURNAL_STREAM").map { String(cString: $0) }
        let format = LogFormat.suiting(descriptor: STDERR_FILENO, journalStream: stream)
        LoggingSystem.bootstrap { OperatorLogHandler(component: $0, level: level, format: format) }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let own = event.metadata { all.merge(own) { $1 } }
        if let error = event.error { all["err"] = "\(error)" }
        let fields = all.sorted { $0.key < $1.key }.map { (key: $0.key, value: "\($0.value)") }
        write(
            format.line(
                time: Clock.wallNanoseconds(), level: event.level, component: component,
                message: event.message.description, fields: fields))
    }

    /// Gives up on a line that cannot be written: there is no better place to say so.
    package static func writeToStandardError(_ line: String) {
        let bytes = Array(line.utf8)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(STDERR_FILENO, buffer.baseAddress.map { $0 + done }, buffer.count - done)
            }
            if count > 0 { done += count } else if errno != EINTR { return }
        }
    }
}
