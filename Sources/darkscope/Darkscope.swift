import ArgumentParser
import Glibc
import Runtime

/// The operator's command line.
@main
struct Darkscope: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "darkscope", abstract: "Operate a Darkscope network telescope.", version: Version.text,
        subcommands: [
            SiteCommand.self, SensorCommand.self, KeysCommand.self, StatusCommand.self, GenerateCommand.self,
            BatchCommand.self, RoleCommand.self, OriginsCommand.self, ScannersCommand.self,
            OrganisationCommand.self, AlertCommand.self, UserCommand.self, TopCommand.self, SeriesCommand.self,
            SourceCommand.self, SitesCommand.self, WatchCommand.self,
        ])

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
            guard fflush(nil) == 0 else { throw ProgramError(.io, "cannot write to standard output") }
        } catch {
            guard let failure = ProgramError.ending(with: error) else { end(with: error) }
            standardError("darkscope: \(failure.message)")
            Glibc.exit(failure.code.rawValue)
        }
    }

    /// Ends as the parser of arguments wants it: with help, with a bare exit code, or with what is wrong and the usage.
    private static func end(with error: any Error) -> Never {
        let code = exitCode(for: error)
        if !code.isSuccess {
            // An argument that cannot be read is quoted, whatever it holds.
            for line in fullMessage(for: error).split(separator: "\n") { standardError(String(line).safe) }
            Glibc.exit(code.rawValue)
        }
        exit(withError: error)
    }
}
