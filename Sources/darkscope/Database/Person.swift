import Glibc
import SystemCalls

/// Who uses the command line, as histories and audits name people.
enum Person {
    /// Characters at most, as the tables take them.
    static let limit = 200

    /// The account that called sudo, else the one that the process belongs to.
    ///
    /// A session may set SUDO_USER as it likes: this says who did something to people who trust each other.
    static var current: String {
        named(sudo: getenv("SUDO_USER").map { String(cString: $0) }, account: Account.effective.name)
    }

    /// - Parameters:
    ///   - sudo: what SUDO_USER says; nil or empty for nothing.
    ///   - account: name of the process's account.
    /// - Returns: without anything that a terminal or a reader of lines could act on.
    static func named(sudo: String?, account: String) -> String {
        let name = sudo.flatMap { $0.isEmpty ? nil : $0 } ?? account
        return String(String.UnicodeScalarView(name.unicodeScalars.filter { !$0.actsOnTerminals }.prefix(limit)))
    }
}
