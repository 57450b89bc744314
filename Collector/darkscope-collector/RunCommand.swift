import ArgumentParser
import Console
import Glibc
import Ingest
import Logging
import Messaging
import Runtime
import Store
import SystemCalls
import Telemetry

/// `darkscope-collector run`: serves sensors until it is told to stop.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Serve sensors until SIGTERM or SIGINT.",
        discussion: """
            While the database is away it waits, and acknowledges nothing: sensors keep what they have. SIGHUP writes \
            the counters to the log. Exit status: 0 stopped; 64 usage; 69 an address that cannot be listened on; \
            78 configuration, or a schema that does not fit.
            """)

    /// What is on its way to the database when the program is told to stop may take so long.
    private static let stopMilliseconds: Int32 = 10_000

    @Option(help: "Configuration file; \(CollectorSettings.defaultPath) when it exists.")
    var config: String?

    @Option(help: "Where to listen instead of the configuration's collector.listen; may be repeated.")
    var listen: [String] = []

    @Option(help: "A file to write the endpoints to, one a line, as soon as sensors are served.")
    var readyFile: String?

    @Flag(help: "Check the configuration and end.")
    var checkConfig = false

    @Flag(help: "Print the effective configuration with its defaults and end.")
    var printConfig = false

    func run() throws {
        let settings = try CollectorSettings(path: config, listen: listen)
        if printConfig { return print(settings.rendered, terminator: "") }
        let ingest = try settings.ingest()
        let console = try settings.console.beside(settings.conninfo)
        let (channels, packer) = (try settings.delivery.channels(), try settings.delivery.packer())
        if checkConfig { return print("the configuration is sound") }
        if let readyFile { unlink(readyFile) }
        let stop = try StopSignal()
        OperatorLogHandler.bootstrap(level: settings.logLevel)
        let log = Logger(label: "darkscope-collector")
        log.info("starting", metadata: ["version": "\(Version.text)"])
        let enrolled = try DatabaseStart.prepare(conninfo: settings.conninfo, logger: log) { milliseconds in
            !stop.wait(milliseconds: milliseconds)
        }
        guard let enrolled else { return log.info("stopped before the database was there") }
        let service = try start(ingest, enrolled, log)
        let retention = try RetentionService(
            conninfo: settings.conninfo, keptSeconds: settings.flowSeconds,
            fiveMinuteSeconds: settings.fiveMinuteSeconds, logger: log)
        let rollups = try RollupService(
            conninfo: settings.conninfo, logger: log, patience: settings.rollups)
        let surges = try SurgeService(conninfo: settings.conninfo, logger: log, patience: settings.surges)
        let events = try EventService(
            conninfo: settings.conninfo, logger: log, patience: settings.rollups)
        let alerts = try AlertService(conninfo: settings.conninfo, logger: log)
        let delivery = try DeliveryService(
            conninfo: settings.conninfo, channels: channels, packer: packer, logger: log)
        let server = try console.map { try serveConsole($0, service, delivery, log) }
        try tellReady(service.endpoints, log)
        serve(until: stop) {
            service.report()
            delivery.report()
        }
        ServiceManager.notify("STOPPING=1")
        log.info("stopping")
        server?.stop()
        retention.stop()
        rollups.stop()
        surges.stop()
        events.stop()
        alerts.stop()
        delivery.stop()
        let isDrained = service.stop(within: RunCommand.stopMilliseconds)
        delivery.settle()
        if isDrained {
            log.info("stopped")
        } else {
            log.warning("stopped before everything on its way was stored; its sensors have it and send it again")
        }
    }

    private func start(
        _ settings: IngestSettings, _ enrolled: [EnrolledKey], _ log: Logger
    ) throws -> IngestService {
        do {
            return try IngestService(settings, enrolled: enrolled, logger: log)
        } catch let error as MessagingError where error.code == .bind {
            throw ProgramError(
                .unavailable,
                "\(error.description). Stop the program that has the port, or set another collector.listen")
        }
    }

    private func serveConsole(
        _ configuration: ConsoleConfiguration, _ service: IngestService, _ delivery: DeliveryService, _ log: Logger
    ) throws -> ConsoleServer {
        let probe = ConsoleProbe(
            program: "darkscope-collector", version: Version.text, stores: true, problems: { service.problems },
            metrics: {
                service.write(to: &$0)
                delivery.write(to: &$0)
            })
        let server = try ConsoleServer(configuration, probe: probe, logger: log)
        log.info("the console serves", metadata: ["address": "\(server.address)"])
        return server
    }

    private func tellReady(_ endpoints: [String], _ log: Logger) throws {
        if let readyFile { try ReadyFile.write(endpoints, to: readyFile) }
        log.info("ready", metadata: ["endpoint": "\(endpoints.joined(separator: ","))"])
        ServiceManager.notify("READY=1\nSTATUS=serving at \(endpoints.joined(separator: ", "))")
    }

    /// Returns when the program is told to stop; each SIGHUP makes it `report`, which writes the counters to the log.
    private func serve(until stop: StopSignal, report: () -> Void) {
        var descriptors = [stop.descriptor, stop.reload.descriptor].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        while !stop.isRaised {
            // An interrupted wait is a short one.
            _ = poll(&descriptors, nfds_t(descriptors.count), -1)
            if stop.reload.lower() { report() }
        }
    }
}
