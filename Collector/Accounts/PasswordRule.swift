/// Which passwords are good enough: length, and not what everybody tries first (NIST SP 800-63B §3.1.1.2).
///
/// There are no rules of composition and no expiry: both make passwords worse.
package enum PasswordRule {
    /// Characters (Unicode scalars) at least.
    package static let shortest = 12
    /// Bytes of UTF-8 at most: what is longer is no password but an attempt to keep us busy.
    package static let longest = 1_024

    /// What is wrong with a password.
    package enum Problem: Sendable, Hashable, CustomStringConvertible {
        case short
        case long
        /// Mostly the login or words that everybody tries.
        case obvious
        /// Few different characters, or runs of the alphabet or the keyboard.
        case regular

        package var description: String {
            switch self {
            case .short: "it is shorter than \(PasswordRule.shortest) characters"
            case .long: "it is longer than \(PasswordRule.longest) bytes"
            case .obvious: "it is little more than the login or a word that everybody tries first"
            case .regular: "it is little more than a row of equal or neighbouring characters"
            }
        }
    }

    /// What is wrong with `password` for the account `login`; nil for nothing.
    package static func problem(_ password: String, login: LoginName) -> Problem? {
        guard password.utf8.count <= longest else { return .long }
        let scalars = Array(password.lowercased().unicodeScalars)
        guard password.unicodeScalars.count >= shortest else { return .short }
        if Set(scalars).count < 5 || steps(scalars) >= scalars.count - 4 { return .regular }
        var rest = scalars
        for word in [login.text] + login.text.split(whereSeparator: { ".@_-+".contains($0) }).map(String.init) + words
        where word.unicodeScalars.count >= 3 {
            rest = without(Array(word.unicodeScalars), rest)
        }
        return rest.count < 6 ? .obvious : nil
    }

    /// What people take when they are asked for a password.
    private static let words = [
        "administrator", "correcthorsebatterystaple", "changeme", "darkscope", "iloveyou", "letmein", "operator",
        "password",
        "passwort", "trustno1", "welcome", "secret", "admin", "login", "test", "1234567890", "12345678", "123456",
        "1234",
    ]

    private static let rows = Array("qwertyuiop asdfghjkl zxcvbnm".unicodeScalars)

    /// How often a character is followed by itself or by its neighbour in the alphabet or on the keyboard.
    private static func steps(_ scalars: [Unicode.Scalar]) -> Int {
        zip(scalars, scalars.dropFirst()).count { left, right in
            if left.value.distance(to: right.value).magnitude <= 1 { return true }
            guard let from = rows.firstIndex(of: left), let to = rows.firstIndex(of: right) else { return false }
            return abs(from - to) == 1
        }
    }

    /// The text with every occurrence of a word taken out; in steps of its length times the word's.
    private static func without(_ word: [Unicode.Scalar], _ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var rest: [Unicode.Scalar] = []
        var place = 0
        while place < text.count {
            if text[place...].starts(with: word) {
                place += word.count
            } else {
                rest.append(text[place])
                place += 1
            }
        }
        return rest
    }
}
