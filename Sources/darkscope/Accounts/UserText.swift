import Accounts
import ArgumentParser
import Runtime
import Store

/// Reads what people type of accounts. What is wrong is said with an example.
enum UserText {
    static func login(_ text: String) throws(ValidationError) -> LoginName {
        guard let login = LoginName(text) else {
            throw ValidationError(
                "expected 1 to 64 letters of ASCII, digits and . _ - @ +, a letter or digit first, such as alice.")
        }
        return login
    }

    static func role(_ text: String) throws(ValidationError) -> AccountRole {
        guard let role = AccountRole(rawValue: text) else {
            throw ValidationError("expected public, partner, analyst, operator or admin.")
        }
        return role
    }
}

extension Lookup {
    static func account(_ login: LoginName, in store: StoreConnection) throws -> AccountRecord {
        guard let account = try store.accounts(login: login).first else { throw try unknownAccount(login, in: store) }
        return account
    }

    /// The error for an account that is not there.
    static func unknownAccount(_ login: LoginName, in store: StoreConnection) throws -> ProgramError {
        let remedy = "Make it: darkscope user add \(login) --role analyst"
        return ProgramError(
            .failure, "there is no account \(login). " + instead(try store.accounts().map(\.login), orElse: remedy))
    }

    /// The error for a change of accounts that was not made.
    static func refusal(
        _ outcome: AccountOutcome, _ login: LoginName, site: String?, in store: StoreConnection
    ) throws -> ProgramError {
        switch outcome {
        case .exists:
            ProgramError(.failure, "there is an account \(login) already. See: darkscope user show \(login)")
        case .unknownAccount: try unknownAccount(login, in: store)
        case .unknownSite: try unknownSite(site ?? "", in: store)
        case .siteDoesNotFit:
            ProgramError(
                .usage,
                site == nil
                    ? "a partner belongs to a site. Say which with --site"
                    : "only a partner belongs to a site. Leave out --site, or take --role partner")
        case .noPartnerRole:
            ProgramError(
                .failure, "nobody reads the database for that site yet. Run: darkscope role partner \(site ?? "SITE")")
        case .done, .unchanged:
            ProgramError(.software, "the database answered \(outcome), which was not expected. Please report this")
        }
    }
}
