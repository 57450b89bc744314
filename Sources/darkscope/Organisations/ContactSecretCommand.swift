import Alerts
import ArgumentParser
import Messaging
import Runtime

/// `darkscope org contact secret`.
struct ContactSecretCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secret", abstract: "Print what the receiver of a contact's webhook checks signatures with.",
        discussion: """
            X-Darkscope-Signature of a message is "sha256=" and the HMAC-SHA256, in hexadecimal digits, of the time in \\
            X-Darkscope-Timestamp, a full stop and the body; its key is the printed text as it is. The secret follows from \\
            the key and the contact's number, and is kept nowhere.
            """)

    @Argument(help: "Number of the contact.")
    var contact: Int32

    @Option(
        help: ArgumentHelp(
            "The collector's key for webhooks, as alerts.key_file names it; see: darkscope keys secret --help",
            valueName: "file"))
    var keyFile: String

    func validate() throws {
        guard contact > 0 else { throw ValidationError("expected the number of a contact, such as 7.") }
    }

    func run() throws {
        guard let key = WebhookKey(try KeyFile.readSecret(path: keyFile)) else {
            throw ProgramError(.data, "\(keyFile) does not hold 32 bytes")
        }
        print(key.secret(contact: contact))
    }
}
