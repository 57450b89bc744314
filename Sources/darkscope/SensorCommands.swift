import ArgumentParser
import Messaging
import Runtime
import Store

/// `darkscope sensor`: who may send, and under which key.
struct SensorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sensor", abstract: "Register sensors and their keys.",
        subcommands: [
            SensorAddCommand.self, SensorListCommand.self, SensorKeyCommand.self, SensorRevokeCommand.self,
        ])
}

/// `darkscope sensor add`.
struct SensorAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Register a sensor and the key by which it is known.",
        discussion: """
            Best make the key on the sensor (darkscope keys new) and bring only the public one here. With --key-file \
            the pair is made here, and the secret key's file has to be moved to the sensor.
            """)

    @Argument(help: "The site where it measures.", transform: RegistryText.code)
    var site: String

    @Argument(help: "Name, unique within the site.", transform: RegistryText.code)
    var name: String

    @OptionGroup var key: KeyOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connect()
        // What can be known to fail does so before a key is made.
        _ = try Lookup.site(site, in: store)
        guard try !store.sensors(site: site).contains(where: { $0.name == name }) else { throw taken }
        let publicKey = try key.obtain()
        try key.keepingNewKey(toGoOn: "darkscope sensor add \(site) \(name)") {
            let outcome = try store.addSensor(site: site, name: name, publicKey: publicKey.bytes)
            switch outcome {
            case .done: break
            case .unknownSite: throw try Lookup.unknownSite(site, in: store)
            case .exists: throw taken
            case .keyInUse(let other): throw KeyOptions.inUse(publicKey, by: other)
            default: throw ProgramError.unexpected(outcome)
            }
        }
        print("Registered sensor \(site)/\(name) under the key \(publicKey).")
        key.tellWhereTheSecretIs()
    }

    private var taken: ProgramError {
        ProgramError(
            .failure,
            "site \(site) has a sensor \(name) already. For a further key of it: darkscope sensor key add \(site) \(name)"
        )
    }
}

/// `darkscope sensor list`.
struct SensorListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the sensors, retired ones too.")

    @Option(help: "Only those of this site.", transform: RegistryText.code)
    var site: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connect()
        if let site { _ = try Lookup.site(site, in: store) }
        let sensors = try store.sensors(site: site)
        var table = TextTable([
            "SITE": .left, "SENSOR": .left, "STATE": .left, "GOOD KEYS": .right, "REVOKED": .right,
            "LAST KEY OF": .left,
        ])
        for sensor in sensors {
            let good = sensor.keys.count { $0.revokedAt == nil }
            table.add([
                sensor.site, sensor.name, sensor.stateName, "\(good)", "\(sensor.keys.count - good)",
                sensor.keys.last?.enrolledAt,
            ])
        }
        output.answer(
            .members(["sensors": .array(sensors.map(\.json))]), table,
            none: "No sensors yet. Register one: darkscope sensor add SITE NAME --key-file FILE")
    }
}

/// `darkscope sensor revoke`.
struct SensorRevokeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Shut a sensor out, or one of its keys.",
        discussion: """
            Without --public-key all keys are revoked and the sensor is retired; its data stays. Nothing more is stored \
            under a revoked key once this command has ended. A revoked key can never be used again.
            """)

    @Argument(help: "The site.", transform: RegistryText.code)
    var site: String

    @Argument(help: "The sensor.", transform: RegistryText.code)
    var name: String

    @Option(help: ArgumentHelp("Revoke this key alone.", valueName: "hex"), transform: RegistryText.publicKey)
    var publicKey: CurveKey?

    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connect()
        let before = try Lookup.sensor(name, of: site, in: store)
        let outcome = try store.revoke(site: site, name: name, publicKey: publicKey?.bytes)
        switch outcome {
        case .done:
            let after = try Lookup.sensor(name, of: site, in: store)
            print(told(before, after))
        case .unknownKey:
            let key = publicKey.flatMap { wanted in before.keys.first { $0.publicKey == wanted.bytes } }
            if let revokedAt = key?.revokedAt {
                print("The key was revoked already, on \(revokedAt).")
            } else {
                let good = before.goodKeys.compactMap { CurveKey(bytes: $0)?.description }
                throw ProgramError(
                    .failure,
                    "\(site)/\(name) has no such key. "
                        + Lookup.instead(good, orElse: "It has no good key; see: darkscope keys"))
            }
        default:
            throw ProgramError.unexpected(outcome)
        }
    }

    private func told(_ before: RegisteredSensor, _ after: RegisteredSensor) -> String {
        guard publicKey == nil else {
            let left = after.goodKeys.count
            let remains =
                left == 0
                ? "It has no good key left and cannot send. Give it one: darkscope sensor key add \(site) \(name)"
                : "It has \(left) good key\(left == 1 ? "" : "s") left."
            return "Revoked a key of \(site)/\(name). \(remains)"
        }
        guard before.isActive || !before.goodKeys.isEmpty else { return "\(site)/\(name) was retired already." }
        let count = before.goodKeys.count
        return "Revoked \(count) key\(count == 1 ? "" : "s") of \(site)/\(name) and retired it. Its data stays."
    }
}

extension RegisteredSensor {
    var stateName: String { isActive ? "active" : "retired" }

    /// The keys that are not revoked.
    var goodKeys: [[UInt8]] { keys.filter { $0.revokedAt == nil }.map(\.publicKey) }

    var json: JSON {
        .members([
            "site": .string(site), "sensor": .string(name), "state": .string(stateName),
            "keys": .array(keys.map { .object($0.members) }),
        ])
    }
}

extension RegisteredSensor.Key {
    var members: [JSON.Member] {
        [
            JSON.Member(name: "public_key", value: .text(CurveKey(bytes: publicKey)?.description)),
            JSON.Member(name: "enrolled_at", value: .string(enrolledAt)),
            JSON.Member(name: "revoked_at", value: .text(revokedAt)),
        ]
    }
}
