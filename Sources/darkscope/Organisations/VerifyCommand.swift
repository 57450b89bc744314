import ArgumentParser
import FlowModel
import Messaging
import Runtime
import Store
import SystemCalls

/// `darkscope org verify`: a block is known to be an organisation's before anything is told of it.
struct OrganisationVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Prove that a block is an organisation's, or vouch for it.",
        discussion: """
            Without --token, --vouch or --withdraw it makes a token, prints it once and awaits it for 14 days. Send it to the \
            contact that WHOIS or RDAP has for the block: a token that comes back through the organisation proves that both \
            are the same. A new token takes the place of the one before.
            """)

    @Argument(help: "The organisation.", transform: RegistryText.code)
    var code: String

    @Argument(help: ArgumentHelp("The block.", valueName: "cidr"), transform: RegistryText.prefix)
    var prefix: Prefix

    @Option(
        help: ArgumentHelp("Where the token is sent, such as the mail address in WHOIS.", valueName: "where"),
        transform: OrganisationText.witness)
    var sentTo: String?

    @Option(
        help: ArgumentHelp("The token that came back.", valueName: "token"), transform: VerificationToken.init)
    var token: VerificationToken?

    @Option(
        help: ArgumentHelp("Vouch for the block: who, and how you know.", valueName: "who"),
        transform: OrganisationText.witness)
    var vouch: String?

    @Flag(help: "Take the proof away: nothing is told of the block until it is given anew.")
    var withdraw = false

    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        guard [token != nil, vouch != nil, withdraw].count(where: { $0 }) <= 1 else {
            throw ValidationError("Give at most one of --token, --vouch and --withdraw.")
        }
        guard sentTo == nil || (vouch == nil && !withdraw) else {
            throw ValidationError("--sent-to tells where a token went; there is none with --vouch and --withdraw.")
        }
    }

    func run() throws {
        let store = try database.connectToChange()
        let new = try VerificationToken.random()
        let outcome =
            if let token {
                try store.proveBlock(code, prefix, token: token.bytes, sentTo: sentTo)
            } else if vouch != nil || withdraw {
                try store.setProof(code, prefix, vouchedBy: vouch)
            } else {
                try store.awaitToken(code, prefix, token: new.bytes, sentTo: sentTo)
            }
        guard outcome == .done else { throw try refusal(outcome, store) }
        if token != nil {
            print("\(prefix) is proven to be \(code)'s.")
        } else if withdraw {
            print("\(prefix) is only claimed by \(code) now: nothing is told of it.")
        } else if vouch != nil {
            print("\(prefix) is vouched to be \(code)'s.")
        } else {
            print("Token for \(prefix) of \(code), shown only now: \(new)")
            print("Send it to the contact that WHOIS or RDAP has for \(prefix). It is good for 14 days.")
            print("When it comes back: darkscope org verify \(code) \(prefix) --token TOKEN")
        }
    }

    private func refusal(_ outcome: OrganisationOutcome, _ store: StoreConnection) throws -> ProgramError {
        let again = "Make a new one: darkscope org verify \(code) \(prefix)"
        switch outcome {
        case .unknownBlock: return try Lookup.unknownBlock(prefix.description, of: code, in: store)
        case .noToken: return ProgramError(.failure, "no token is awaited for \(prefix) of \(code). \(again)")
        case .wrongToken:
            return ProgramError(
                .failure, "that is not the token that is awaited for \(prefix) of \(code). Nothing changed")
        case .expired: return ProgramError(.failure, "the token for \(prefix) of \(code) is too old. \(again)")
        case .proven:
            return ProgramError(
                .failure,
                "\(prefix) of \(code) is proven already. To start anew: darkscope org verify \(code) \(prefix) --withdraw"
            )
        default: return try Lookup.refusal(outcome, code, in: store)
        }
    }
}

/// What proves that a person got what was sent to a block's contact: 128 random bits.
struct VerificationToken: CustomStringConvertible {
    let bytes: [UInt8]

    static let count = 16

    static func random() throws -> VerificationToken { VerificationToken(bytes: try randomBytes(count)) }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// Reads what a person copied from a mail: digits in either case, with spaces and hyphens.
    init(_ text: String) throws(ValidationError) {
        let digits = text.filter { $0 != " " && $0 != "-" }
        guard let bytes = Hexadecimal.bytes(digits), bytes.count == VerificationToken.count else {
            throw ValidationError("expected the token's 32 hexadecimal digits.")
        }
        self.bytes = bytes
    }

    /// Lower-case digits.
    var description: String { Hexadecimal.text(bytes) }
}
