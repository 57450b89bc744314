/// A mail address that can stand in an SMTP command and in a header: `local@domain` in ASCII without quotes.
///
/// Addresses that are legal and rare, such as `"a b"@example.org`, are none here.
package struct MailAddress: Sendable, Hashable, CustomStringConvertible {
    package let local: String
    package let domain: String

    package var description: String { "\(local)@\(domain)" }

    /// Nil for everything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...64).contains(parts[0].utf8.count), (1...253).contains(parts[1].utf8.count) else {
            return nil
        }
        // RFC 5321 §4.1.2: Dot-string, and Domain.
        let isLocal = parts[0].split(separator: ".", omittingEmptySubsequences: false).allSatisfy { atom in
            !atom.isEmpty && atom.utf8.allSatisfy(HeaderText.isAtomText)
        }
        let isDomain = parts[1].split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { HeaderText.isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        }
        guard isLocal, isDomain else { return nil }
        (local, domain) = (String(parts[0]), String(parts[1]))
    }
}
