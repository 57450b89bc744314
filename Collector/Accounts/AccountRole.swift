/// What somebody may see and do in the console, from least to most.
///
/// What is seen is enforced in the database: everything that is read for an account is read as its database role.
package enum AccountRole: String, Sendable, Hashable, CaseIterable, Comparable {
    /// Totals of three sites or more.
    case `public`
    /// Its own site in full, and of others only totals of three sites or more.
    case partner
    /// Everything that is stored of traffic, organisations and alerts.
    case analyst
    /// What an analyst sees; acknowledges and closes alerts.
    case `operator`
    /// What an operator does; makes and changes accounts.
    case admin

    /// The database role that queries of such an account run as (ops/roles.md).
    /// - Parameter partner: the role of the account's site; only partners need one.
    /// - Returns: nil for a partner whose site has no role: it reads nothing.
    package func databaseRole(partner: String?) -> String? {
        switch self {
        case .public: "public_reader"
        case .partner: partner
        case .analyst: "analyst"
        case .operator: "operator"
        case .admin: "administrator"
        }
    }

    /// Whether such an account belongs to one site.
    package var hasSite: Bool { self == .partner }

    package static func < (left: AccountRole, right: AccountRole) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .public: 0
        case .partner: 1
        case .analyst: 2
        case .operator: 3
        case .admin: 4
        }
    }
}
