import Accounts
import Alerts
import Store

/// Who asks, and what follows from it. Read anew with each request, so that a change of the account counts at once.
struct Visitor: Sendable {
    /// Nil for whoever is not signed in.
    let account: AccountRecord?
    /// Proves the session; nil without one.
    let token: SessionToken?
    /// What may be seen; nil for nothing.
    let role: AccountRole?
    /// What questions run as in the database; nil for as the console's connection is, when it is open to all.
    let databaseRole: String?

    /// Who sees nothing.
    static let stranger = Visitor(account: nil, token: nil, role: nil, databaseRole: nil)
    /// Who is not signed in where the public may look.
    static let anybody = Visitor(
        account: nil, token: nil, role: .public, databaseRole: AccountRole.public.databaseRole(partner: nil))
    /// Whoever reaches a console that is open.
    static let guest = Visitor(account: nil, token: nil, role: .analyst, databaseRole: nil)

    init(_ account: AccountRecord, _ token: SessionToken) {
        self.init(account: account, token: token, role: account.role, databaseRole: account.databaseRole)
    }

    private init(account: AccountRecord?, token: SessionToken?, role: AccountRole?, databaseRole: String?) {
        self.account = account
        self.token = token
        self.role = role
        self.databaseRole = databaseRole
    }

    /// Whether it has at least the rights of a role.
    func isAtLeast(_ least: AccountRole) -> Bool { role.map { $0 >= least } ?? false }

    /// Of whose windows it is told.
    var audience: Audience? {
        switch role {
        case nil: nil
        case .public: .totals
        case .partner: account?.site.map { .site($0) }
        case .analyst, .operator, .admin: .everything
        }
    }

    /// What a page is told of whoever looks at it.
    func json(_ access: ConsoleAccess) -> JSONValue {
        let isFree = account?.mustChange != true
        return .members([
            "access": .string(access.rawValue), "login": account.map { .string($0.login) } ?? .null,
            "name": account.map { .string($0.name) } ?? .null, "role": role.map { .string($0.rawValue) } ?? .null,
            "site": account?.site.map { .string($0) } ?? .null, "must_change": .boolean(!isFree),
            "form_token": token.map { .string($0.formToken) } ?? .null,
            "may": .members([
                "read": .boolean(isFree && role != nil), "alerts": .boolean(isFree && isAtLeast(.analyst)),
                "handle_alerts": .boolean(isFree && account != nil && isAtLeast(.operator)),
                "reveal": .boolean(isFree && account != nil && isAtLeast(.partner)),
            ]),
        ])
    }

    /// Members of that answer, with their types.
    static let members: KeyValuePairs<String, String> = [
        "access": "string", "login": "string or null", "name": "string or null", "role": "string or null",
        "site": "string or null", "must_change": "boolean", "form_token": "string or null", "may": "object",
    ]
}
