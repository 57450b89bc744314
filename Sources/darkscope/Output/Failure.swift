import Glibc
import Messaging
import Runtime
import Store
import SystemCalls

extension ProgramError {
    /// What ends the program when a command throws `error`; nil when the parser of arguments knows it better.
    static func ending(with error: any Error) -> ProgramError? {
        switch error {
        case let error as ProgramError: error
        case let error as StoreError: ProgramError(code(of: error), error.message)
        case let error as MessagingError: ProgramError(.data, error.description)
        case let error as SystemError: ProgramError(.io, error.description)
        default: nil
        }
    }

    private static func code(of error: StoreError) -> Runtime.ExitCode {
        switch error.kind {
        case .unavailable: .unavailable
        case .refused: .data
        case .schema: .configuration
        }
    }
}

/// Writes a line to standard error.
func standardError(_ line: String) {
    let bytes = Array("\(line)\n".utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
}

extension String {
    /// The text with a full stop at its end, unless something like it is there.
    var sentence: String { [".", "?", "!"].contains(last) ? self : self + "." }
}
