import ArgumentParser
import Messaging
import Runtime
import Store

/// `darkscope sensor key`: a sensor gets another key without losing its name and its data.
struct SensorKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Give a sensor a further key.", subcommands: [SensorKeyAddCommand.self])
}

/// `darkscope sensor key add`.
struct SensorKeyAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Register a further key of a sensor.",
        discussion: """
            To change a sensor's key: add the new one, put it on the sensor, restart the sensor, see it in darkscope \
            status, and revoke the old one. A retired sensor becomes active again.
            """)

    @Argument(help: "The site.", transform: RegistryText.code)
    var site: String

    @Argument(help: "The sensor.", transform: RegistryText.code)
    var name: String

    @OptionGroup var key: KeyOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connect()
        let sensor = try Lookup.sensor(name, of: site, in: store)
        let publicKey = try key.obtain()
        try key.keepingNewKey(toGoOn: "darkscope sensor key add \(site) \(name)") {
            let outcome = try store.addKey(site: site, name: name, publicKey: publicKey.bytes)
            switch outcome {
            case .done: break
            case .keyInUse(let other): throw KeyOptions.inUse(publicKey, by: other)
            default: throw ProgramError.unexpected(outcome)
            }
        }
        print("Registered a further key of \(site)/\(name): \(publicKey).")
        if !sensor.isActive { print("The sensor was retired and is active again.") }
        key.tellWhereTheSecretIs()
    }
}
