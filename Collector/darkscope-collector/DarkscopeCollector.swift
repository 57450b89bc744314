import ArgumentParser
import Console
import Glibc
import Messaging
import Runtime
import Store
import SystemCalls

/// The collector: takes what sensors deliver and stores it exactly once.
@main
struct DarkscopeCollector: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "darkscope-collector", abstract: "Take what sensors deliver and store it in PostgreSQL.",
        version: Version.text, subcommands: [RunCommand.self, ConsoleCommand.self, MigrateCommand.self],
        defaultSubcommand: RunCommand.self)

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
            end(with: .ok)
        } catch {
            guard let failure = ProgramError.ending(with: error) else { exit(withError: error) }
            let line = Array("darkscope-collector: \(failure.message)\n".utf8)
            _ = write(STDERR_FILENO, line, line.count)
            end(with: failure.code)
        }
    }

    /// Ends the process without its exit handlers: threads of libzmq and libpq may still run, and a handler would take
    /// away what they use.
    private static func end(with code: Runtime.ExitCode) -> Never {
        fflush(nil)
        _exit(code.rawValue)
    }
}

extension ProgramError {
    /// What ends the program when a command throws `error`; nil when the parser of arguments knows it better.
    fileprivate static func ending(with error: any Error) -> ProgramError? {
        switch error {
        case let error as ProgramError: error
        case let error as StoreError: ProgramError(code(of: error), error.message)
        case let error as MessagingError: ProgramError(code(of: error), error.description)
        case let error as ConsoleError: ProgramError(code(of: error), error.description)
        case let error as SystemError: ProgramError(.failure, error.description)
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

    private static func code(of error: ConsoleError) -> Runtime.ExitCode {
        switch error.kind {
        case .configuration: .configuration
        case .address: .unavailable
        case .resources: .failure
        }
    }

    private static func code(of error: MessagingError) -> Runtime.ExitCode {
        switch error.code {
        // A libzmq that cannot keep strangers out is a fault of the installation, which a restart does not heal.
        case .option, .selfTest, .key, .keyFile, .connect: .configuration
        case .bind: .unavailable
        case .resources: .failure
        }
    }
}
