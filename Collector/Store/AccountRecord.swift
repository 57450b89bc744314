package import Accounts
import FlowModel

/// An account of the console, as the database has it.
package struct AccountRecord: Sendable, Hashable {
    package let id: Int64
    package let login: String
    /// Name for people.
    package let name: String
    package let role: AccountRole
    /// Code of a partner's site; nil for others.
    package let site: String?
    package let isActive: Bool
    /// Whether nothing but changing the password is allowed, because somebody else set it.
    package let mustChange: Bool
    /// RFC 3339 in UTC.
    package let createdAt: String
    /// RFC 3339 in UTC.
    package let passwordAt: String
    /// RFC 3339 in UTC; nil for never.
    package let signedInAt: String?
    /// Sessions that have not ended.
    package let sessions: Int
    /// What its queries run as (`StoreConnection.acting`); nil when its site has no role.
    package let databaseRole: String?
}

/// A session of an account that has not ended.
package struct SessionRecord: Sendable, Hashable {
    package let login: String
    /// RFC 3339 in UTC, as all of these.
    package let createdAt: String
    /// To the minute.
    package let usedAt: String
    /// Unless it is used before.
    package let expiresAt: String
    package let endsAt: String
    /// Address that signed in; nil when it is not known.
    package let client: String?
    /// What the browser calls itself.
    package let agent: String
}

/// An entry of the audit of accounts.
package struct AccountAuditEntry: Sendable, Hashable {
    package let id: Int64
    /// RFC 3339 in UTC.
    package let at: String
    /// As console.audit.event.
    package let event: String
    /// Login of whom it is about; nil for a failure of a login that there is not.
    package let login: String?
    /// Who did it; empty for a failure.
    package let person: String
    /// `host` or `console`.
    package let place: String
    /// Address of the browser; nil when it is not known, and for the host.
    package let client: String?
    package let detail: String
}

/// Who changes accounts, as the audit names people.
package struct AccountActor: Sendable, Hashable {
    let person: String
    let place: String
    let client: String?

    /// Somebody on the host, by the command line.
    /// - Parameter person: at most 200 characters.
    package static func host(_ person: String) -> AccountActor {
        AccountActor(person: SignInClient.bounded(person, 200), place: "host", client: nil)
    }

    /// Somebody who is signed in.
    package static func console(_ login: String, _ client: SignInClient) -> AccountActor {
        AccountActor(person: SignInClient.bounded(login, 200), place: "console", client: client.address?.description)
    }
}

/// What became of a change of accounts; anything but `done` changed nothing.
package enum AccountOutcome: Sendable, Hashable {
    case done
    /// It is so already.
    case unchanged
    case exists
    case unknownAccount
    case unknownSite
    /// A partner without a site, or a site for somebody who is no partner.
    case siteDoesNotFit
    /// The site's partner has no role in the database yet.
    case noPartnerRole
}
