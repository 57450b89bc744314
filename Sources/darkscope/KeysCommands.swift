import ArgumentParser
import Messaging
import Runtime
import Store

/// `darkscope keys`: CURVE keys, those of the registry and those in files.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "List the registered keys; make a key pair or a secret.",
        subcommands: [KeysListCommand.self, KeysNewCommand.self, KeysShowCommand.self, KeysSecretCommand.self],
        defaultSubcommand: KeysListCommand.self)
}

/// `darkscope keys list`, and `darkscope keys` alone.
struct KeysListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the registered public keys, revoked ones too.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let sensors = try database.connect().sensors()
        var table = TextTable([
            "SITE": .left, "SENSOR": .left, "PUBLIC KEY": .left, "ENROLLED": .left, "REVOKED": .left,
        ])
        var keys: [JSON] = []
        for sensor in sensors {
            for key in sensor.keys {
                table.add([
                    sensor.site, sensor.name, CurveKey(bytes: key.publicKey)?.description, key.enrolledAt,
                    key.revokedAt,
                ])
                let owner = [
                    JSON.Member(name: "site", value: .string(sensor.site)),
                    JSON.Member(name: "sensor", value: .string(sensor.name)),
                ]
                keys.append(.object(owner + key.members))
            }
        }
        output.answer(
            .members(["keys": .array(keys)]), table,
            none: "No keys yet. Register a sensor: darkscope sensor add SITE NAME --key-file FILE")
    }
}

/// `darkscope keys new`.
struct KeysNewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Make a key pair without registering it, and print the public key.",
        discussion: """
            The secret key goes into FILE with mode 0600 and is never printed; the public key goes into FILE.pub too. \
            Files that exist are left alone.
            """)

    @Option(help: ArgumentHelp("File for the secret key.", valueName: "file"))
    var keyFile: String

    func run() throws {
        print(try NewKey.create(keyFile).publicKey)
    }
}

/// `darkscope keys show`.
struct KeysShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print the public key that belongs to a secret key's file.")

    @Argument(help: "File with the secret key.")
    var file: String

    @Flag(help: "Answer with one JSON document.")
    var json = false

    func run() throws {
        let key = try KeyFile.readPair(secretPath: file).publicKey
        print(json ? JSON.members(["public_key": .string(key.description)]).document : key.description)
    }
}

/// `darkscope keys secret`.
struct KeysSecretCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secret", abstract: "Make the key that webhooks are signed with.",
        discussion: """
            The key goes into FILE with mode 0600 and is never printed; alerts.key_file of the collector's configuration \
            names it. A file that exists is left alone.
            """)

    @Option(help: ArgumentHelp("File for the key.", valueName: "file"))
    var keyFile: String

    func run() throws {
        do throws(MessagingError) {
            try KeyFile.createSecret(path: keyFile)
        } catch {
            throw ProgramError(.cannotCreate, error.description)
        }
        print("The key is in \(keyFile.safe): name it in key_file of [alerts] and restart the collector.")
    }
}
