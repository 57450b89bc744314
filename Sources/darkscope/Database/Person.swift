import Glibc
import SystemCalls

/// Who uses the command line, as histories and audits name people.
enum Person {
    /// Characters at most, as the tables take them.
    static let limit = 200

    /// The account that called sudo, if the system knows it, else the one that the process belongs to.
    ///
    /// A session may set SUDO_USER as it likes: this says who did something to people who trust each other.
    static var current: String {
        let caller = getenv("SUDO_USER").flatMap { Account(named: String(cString: $0)) }
        return text((caller ?? Account.effective).name)
    }

    /// A name without anything that a terminal or a reader of lines could act on.
    static func text(_ name: String) -> String {
        String(String.UnicodeScalarView(name.unicodeScalars.filter { !$0.actsOnTerminals }.prefix(limit)))
    }
}
