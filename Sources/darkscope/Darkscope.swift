import ArgumentParser

/// The operator's command line.
@main
struct Darkscope: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "darkscope", abstract: "Operate a Darkscope network telescope.",
        subcommands: [GenerateCommand.self])
}
