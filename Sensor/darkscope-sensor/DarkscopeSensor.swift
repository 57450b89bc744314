import ArgumentParser
import Runtime
import SystemCalls

/// The sensor: captures, aggregates, spools and delivers.
@main
struct DarkscopeSensor: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "darkscope-sensor", abstract: "Capture what arrives in dark address space and deliver it.",
        version: Version.text, subcommands: [RunCommand.self, SpoolCommand.self], defaultSubcommand: RunCommand.self)

    static func main() {
        Heap.givesBack()
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let error as ProgramError {
            error.end(program: "darkscope-sensor")
        } catch {
            exit(withError: error)
        }
    }
}
