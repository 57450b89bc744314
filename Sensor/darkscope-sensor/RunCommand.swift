import ArgumentParser
import Runtime

/// `darkscope-sensor run`: a live capture until it is stopped, or capture files until they are delivered.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Capture an interface, or read capture files, and deliver to the collector.",
        discussion: """
            A file that was delivered before is recognised, and not counted twice. Exit status: 0 done or stopped; \
            64 usage; 65 a capture file is damaged (what came before was delivered); 66 no such file; 69 no such \
            interface; 74 the spool cannot be used; 75 stopped before all was delivered (run again to go on); \
            77 no privilege; 78 configuration.
            """)

    @Option(help: "Configuration file; \(SensorSettings.defaultPath) when it exists.")
    var config: String?

    @Option(parsing: .upToNextOption, help: "Capture files to read instead of an interface; - is standard input.")
    var read: [String] = []

    @Option(help: "Interface to capture, instead of the configuration's.")
    var interface: String?

    @Option(help: "User to run as when root starts it, instead of the configuration's.")
    var user: String?

    @Option(help: "Replay files so many times as fast as they were captured; without it as fast as possible.")
    var speed: Double?

    @Option(help: "now: move a file's times so that a paced replay begins, or else the file ends, at this moment.")
    var shiftTo: String?

    @Flag(help: "Read and aggregate the files, print the totals as JSON, deliver nothing.")
    var dryRun = false

    @Flag(help: "Check the configuration and end.")
    var checkConfig = false

    @Flag(help: "Print the effective configuration with its defaults and end.")
    var printConfig = false

    func validate() throws {
        if !read.isEmpty, interface != nil { throw ValidationError("Give --read or --interface, not both.") }
        if let speed, !(speed.isFinite && speed > 0) { throw ValidationError("--speed is a number above 0.") }
        if let shiftTo, shiftTo != "now" { throw ValidationError("--shift-to knows now only.") }
        if read.isEmpty, speed != nil || shiftTo != nil || dryRun {
            throw ValidationError("--speed, --shift-to and --dry-run go with --read.")
        }
    }

    func run() throws {
        let settings = try SensorSettings(
            path: config, interface: interface, user: user, isReading: !read.isEmpty, needsCollector: !dryRun)
        if printConfig { return print(settings.rendered, terminator: "") }
        if checkConfig { return print("the configuration is sound") }
        if dryRun { return try DryRun(settings: settings).run(read) }
        if read.isEmpty {
            try LiveRun(settings: settings).run()
        } else {
            let pacing = Pacing(speed: speed, isShiftedToNow: shiftTo != nil)
            try ImportRun(settings: settings, pacing: pacing).run(read)
        }
    }
}
