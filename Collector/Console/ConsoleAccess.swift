/// Who may ask a console what.
package enum ConsoleAccess: String, CaseIterable, Sendable {
    /// Whoever reaches it sees what an analyst sees, and changes nothing: for trying out and for tests, where nobody else can
    /// reach it.
    case open
}
