package import SystemCalls

/// A failure of the spool's environment. Damage found at the start is none: it becomes gap reports.
package struct SpoolError: Error, Equatable, CustomStringConvertible {
    /// What failed; two errors are equal when their codes are.
    package enum Code: Sendable, Equatable {
        /// Another process has the spool.
        case locked
        /// No room, and nothing that may be dropped for it. The same call may succeed later.
        case full
        /// The disk refused to keep something. The same call may succeed later.
        case unwritable
        /// The disk or the permissions refuse to show something.
        case unreadable
        /// A record is not what was written.
        case damaged
    }

    package let code: Code
    /// The file or directory.
    package let path: String
    package let cause: SystemError?

    init(_ code: Code, path: String, cause: SystemError? = nil) {
        self.code = code
        self.path = path
        self.cause = cause
    }

    /// An error for a failed call; what says that there is no room becomes `full`.
    init(_ code: Code, _ cause: SystemError, path: String) {
        self.init(cause.isFull ? .full : code, path: cause.path ?? path, cause: cause)
    }

    /// What an operator can do.
    package var remedy: String {
        switch code {
        case .locked: "Stop the other sensor, or give this one a state_directory of its own"
        case .full: "Free disk space, or see why the collector acknowledges nothing"
        case .unwritable: "Check the disk, and that the sensor's user owns the directory"
        case .unreadable: "Check the disk, and that the sensor's user owns every file in the directory"
        case .damaged: "The record is declared lost; darkscope-sensor spool verify shows where"
        }
    }

    /// One line: path, cause, remedy.
    package var description: String {
        let what =
            switch code {
            case .locked: "the spool is in use"
            case .full: "no room in the spool"
            case .unwritable: "cannot write the spool"
            case .unreadable: "cannot read the spool"
            case .damaged: "damaged record"
            }
        let detail = cause.map { ": \($0)" } ?? ""
        return "\(path): \(what)\(detail). \(remedy)"
    }

    package static func == (left: SpoolError, right: SpoolError) -> Bool { left.code == right.code }
}
