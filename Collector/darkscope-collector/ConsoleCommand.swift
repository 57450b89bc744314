import ArgumentParser
import Console
import Logging
import Runtime
import Store
import SystemCalls
import Telemetry

/// `darkscope-collector console`: answers questions about what is stored, and stores nothing.
struct ConsoleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console", abstract: "Serve the console alone, until SIGTERM or SIGINT.",
        discussion: """
            It only reads, so that it may run beside a replica of the database, and it waits while the database is away: \
            /readyz tells. Exit status: 0 stopped; 64 usage; 69 an address that cannot be listened on; 78 configuration.
            """)

    @Option(help: "Configuration file; \(CollectorSettings.defaultPath) when it exists.")
    var config: String?

    @Option(help: "Where to listen instead of the configuration's console.listen, which is 127.0.0.1:8080 here.")
    var listen: String?

    @Option(help: "For whoever works on the pages: a folder to read them from at every request.")
    var pages: String?

    @Option(help: "A file to write the address to as soon as the console serves.")
    var readyFile: String?

    func run() throws {
        let settings = try CollectorSettings(path: config)
        let console = try settings.console.alone(settings.conninfo, listen: listen, pages: pages)
        let stop = try StopSignal()
        OperatorLogHandler.bootstrap(level: settings.logLevel)
        let log = Logger(label: "darkscope-collector")
        let server = try ConsoleServer(
            console,
            probe: ConsoleProbe(
                program: "darkscope-collector", version: Version.text, stores: false, problems: { [] },
                metrics: { _ in }),
            logger: log)
        if let readyFile { try ReadyFile.write(["\(server.address)"], to: readyFile) }
        log.info("the console serves", metadata: ["address": "\(server.address)", "version": "\(Version.text)"])
        ServiceManager.notify("READY=1\nSTATUS=console at \(server.address)")
        stop.wait()
        ServiceManager.notify("STOPPING=1")
        server.stop()
        log.info("stopped")
    }
}

/// A file that tells whoever started the program where it serves.
enum ReadyFile {
    /// - Parameter lines: one for each endpoint.
    static func write(_ lines: [String], to path: String) throws(ProgramError) {
        do throws(SystemError) {
            try writeFileAtomically(path, Array(lines.map { "\($0)\n" }.joined().utf8), mode: 0o644)
        } catch {
            throw ProgramError(.cannotCreate, "\(error). Give --ready-file a path that can be written")
        }
    }
}
