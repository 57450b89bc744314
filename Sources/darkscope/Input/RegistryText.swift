import ArgumentParser
import FlowModel
import Messaging
import Store

/// Reads what people type for the registry, in the bounds that the registry has. What is wrong is said with an example.
enum RegistryText {
    /// The code of a site or the name of a sensor.
    static func code(_ text: String) throws(ValidationError) -> String {
        let isAllowed = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x61...0x7A, 0x2D: true
            default: false
            }
        }
        guard isAllowed, text.first != "-", (1...32).contains(text.utf8.count) else {
            throw ValidationError(
                "expected 1 to 32 lower-case letters, digits and hyphens, no hyphen first, such as th-1.")
        }
        return text
    }

    /// The name of a site for people.
    static func name(_ text: String) throws(ValidationError) -> String {
        guard (1...200).contains(text.unicodeScalars.count), text.contains(where: { !$0.isWhitespace }) else {
            throw ValidationError("expected 1 to 200 characters, such as \"Example University\".")
        }
        guard !text.unicodeScalars.contains(where: \.actsOnTerminals) else {
            throw ValidationError("it holds control characters. Write it on one line, in letters only.")
        }
        return text
    }

    /// A day of the years 1970 to 9999.
    static func date(_ text: String) throws(ValidationError) -> String {
        guard text.utf8.count == 10, !text.hasPrefix("-"), (try? Moment(text)) != nil, text.contains("-") else {
            throw ValidationError("expected a day, such as 2026-01-31.")
        }
        return text
    }

    /// An ISO 3166-1 alpha-2 code, in either case.
    static func country(_ text: String) throws(ValidationError) -> String {
        guard text.utf8.count == 2, text.utf8.allSatisfy({ (0x41...0x5A).contains($0 & 0xDF) }) else {
            throw ValidationError("expected two letters of ISO 3166-1, such as TH.")
        }
        return text.uppercased()
    }

    /// The name of a time zone; whether there is such a zone is for the database to say.
    static func zone(_ text: String) throws(ValidationError) -> String {
        guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw ValidationError("expected the IANA name of a time zone, such as Asia/Bangkok.")
        }
        return text
    }

    /// A block of dark addresses, at most an IPv4 /8 or an IPv6 /16: more is a typing error that would spoil all rates.
    static func prefix(_ text: String) throws(ValidationError) -> Prefix {
        guard let prefix = Prefix(text) else {
            if let block = enclosingBlock(text) {
                throw ValidationError("it has bits beyond its length. The block is \(block).")
            }
            throw ValidationError("expected an IPv4 or IPv6 block, such as 198.51.100.0/24 or 2001:db8::/48.")
        }
        guard prefix.length >= (prefix.family == .ipv4 ? 8 : 16) else {
            throw ValidationError("no block here is larger than an IPv4 /8 or an IPv6 /16.")
        }
        return prefix
    }

    /// What a site tells of its dark addresses.
    static func policy(_ text: String) throws(ValidationError) -> DestinationPolicy {
        guard let policy = DestinationPolicy.allCases.first(where: { $0.name == text }) else {
            throw ValidationError("expected full, permuted or none.")
        }
        return policy
    }

    /// How far an alert may rest on a site.
    static func trust(_ text: String) throws(ValidationError) -> SiteTrust {
        guard let trust = SiteTrust(rawValue: text) else { throw ValidationError("expected low, normal or high.") }
        return trust
    }

    /// The name of a role of the database.
    static func role(_ text: String) throws(ValidationError) -> String {
        let isAllowed = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x61...0x7A, 0x5F: true
            default: false
            }
        }
        guard isAllowed, let first = text.utf8.first, first >= 0x61, text.utf8.count <= 63, !text.hasPrefix("pg_")
        else { throw ValidationError("expected lower-case letters, digits and _, a letter first, such as alice.") }
        return text
    }

    /// A CURVE public key.
    static func publicKey(_ text: String) throws(ValidationError) -> CurveKey {
        guard let key = CurveKey(text) else {
            throw ValidationError("expected 64 hexadecimal digits, as `darkscope keys show FILE` prints them.")
        }
        return key
    }

    private static func enclosingBlock(_ text: String) -> Prefix? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = Address(parts[0]), let length = Int(parts[1]) else { return nil }
        return Prefix(address, length: length)
    }
}
