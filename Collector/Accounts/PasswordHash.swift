import Cryptography

/// What finding out one password costs: scrypt's N, r and p.
package struct PasswordCost: Sendable, Hashable {
    let scrypt: Scrypt

    /// Nil for costs beyond 256 MiB or 16 times the time of the standard ones.
    package init?(logN: Int, r: Int, p: Int) {
        guard let scrypt = Scrypt(logN: logN, r: r, p: p) else { return nil }
        self.scrypt = scrypt
    }

    private init(_ scrypt: Scrypt) { self.scrypt = scrypt }

    /// N = 2¹⁷, r = 8, p = 1: 128 MiB and a quarter to half a second of one core, the first choice for scrypt of the OWASP
    /// Password Storage Cheat Sheet.
    package static let standard: PasswordCost = {
        guard let scrypt = Scrypt(logN: 17, r: 8, p: 1) else { preconditionFailure("the standard costs are allowed") }
        return PasswordCost(scrypt)
    }()
}

/// A password as it is stored: `$scrypt$ln=17,r=8,p=1$SALT$KEY`, the PHC string format with base64 without padding.
///
/// Passwords are the UTF-8 bytes that were typed; they are not normalised.
package struct PasswordHash: Sendable, Hashable {
    private let cost: PasswordCost
    private let salt: [UInt8]
    private let key: [UInt8]

    /// Bytes of a new salt (NIST SP 800-132 §5.1).
    package static let saltBytes = 16
    private static let keyBytes = 32

    /// Hashes a password; blocks as long as the costs say.
    /// - Parameter salt: `saltBytes` random bytes, of this hash alone.
    /// - Returns: nil when there is no memory for it.
    package init?(_ password: String, salt: [UInt8], cost: PasswordCost = .standard) {
        precondition(salt.count == PasswordHash.saltBytes, "a salt of \(salt.count) bytes")
        guard
            let key = cost.scrypt.key(
                password: Array(password.utf8), salt: salt, count: PasswordHash.keyBytes)
        else { return nil }
        self.cost = cost
        self.salt = salt
        self.key = key
    }

    /// Reads what `text` gives. Nil for anything else, and for costs that nobody should pay.
    package init?(_ text: String) {
        guard text.utf8.count <= 256 else { return nil }
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt" else { return nil }
        let costs = parts[2].split(separator: ",", omittingEmptySubsequences: false)
        guard costs.count == 3, let logN = PasswordHash.number(costs[0], of: "ln="),
            let r = PasswordHash.number(costs[1], of: "r="), let p = PasswordHash.number(costs[2], of: "p="),
            let cost = PasswordCost(logN: logN, r: r, p: p),
            let salt = Base64Text.bytes(parts[3], .standard), (8...48).contains(salt.count),
            let key = Base64Text.bytes(parts[4], .standard), (16...64).contains(key.count)
        else { return nil }
        self.cost = cost
        self.salt = salt
        self.key = key
    }

    package var text: String {
        let scrypt = cost.scrypt
        return "$scrypt$ln=\(scrypt.logN),r=\(scrypt.r),p=\(scrypt.p)$\(Base64Text.text(salt, .standard))"
            + "$\(Base64Text.text(key, .standard))"
    }

    /// Whether it is the hash of this password, in a time that does not depend on where they differ; blocks as long as the
    /// costs say.
    /// - Returns: nil when there is no memory to find out.
    package func matches(_ password: String) -> Bool? {
        cost.scrypt.key(password: Array(password.utf8), salt: salt, count: key.count).map { Digest.areEqual($0, key) }
    }

    /// Whether the password should be hashed anew when it is known next: with other costs or lengths than now.
    package func isOutdated(_ cost: PasswordCost = .standard) -> Bool {
        self.cost != cost || salt.count != PasswordHash.saltBytes || key.count != PasswordHash.keyBytes
    }

    /// Takes as long as `matches` for an account that is not there, so that the time says nothing.
    /// - Returns: false when there was no memory for it.
    package static func pretend(_ password: String, cost: PasswordCost = .standard) -> Bool {
        PasswordHash(password, salt: [UInt8](repeating: 0, count: saltBytes), cost: cost) != nil
    }

    /// A number of decimal digits without sign or leading zero after its name.
    private static func number(_ text: Substring, of name: String) -> Int? {
        guard text.hasPrefix(name) else { return nil }
        let digits = text.dropFirst(name.count)
        guard (1...3).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            digits.utf8.first != 0x30
        else { return nil }
        return Int(digits)
    }
}

extension PasswordHash: CustomStringConvertible {
    /// Tells nothing of the password.
    package var description: String { "a hash of a password" }
}
