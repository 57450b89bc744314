/// Who may ask a console what.
package enum ConsoleAccess: String, CaseIterable, Sendable {
    /// Whoever has an account, what its role may see.
    case accounts
    /// Those too; who is not signed in sees what role `public` does.
    case `public`
    /// Whoever reaches it sees what an analyst sees, and changes nothing: for trying out and for tests, where nobody else can
    /// reach it.
    case open
}
