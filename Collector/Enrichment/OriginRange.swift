package import FlowModel

/// A range of addresses, and where they are.
package struct OriginRange: Sendable, Hashable {
    package var family: AddressFamily
    /// First address.
    package var low: UInt128
    /// Last address; no less than the first.
    package var high: UInt128
    /// Nil where the source knows none.
    package var country: Country?
    /// Number of the autonomous system; nil where the source knows none.
    package var asn: UInt32?

    package init(family: AddressFamily, low: UInt128, high: UInt128, country: Country? = nil, asn: UInt32? = nil) {
        self.family = family
        self.low = low
        self.high = high
        self.country = country
        self.asn = asn
    }

    /// Whether it says anything.
    var isKnown: Bool { country != nil || asn != nil }

    /// Takes from the other what it does not say itself.
    mutating func inherit(_ other: OriginRange) {
        country = country ?? other.country
        asn = asn ?? other.asn
    }

    /// Whether it ends before the other begins.
    func precedes(_ other: OriginRange) -> Bool {
        family == other.family ? high < other.low : family.rawValue < other.family.rawValue
    }
}

/// A country by its two letters of ISO 3166-1.
package struct Country: Sendable, Hashable, CustomStringConvertible {
    private let letters: (UInt8, UInt8)

    /// - Returns: nil for what is no country: codes of regions (EU, AP), of networks (A1, A2, O1) and of nothing (ZZ, XX,
    ///   ??, None, -, empty). UK is GB. Codes of former countries (AN, CS) stay as they are.
    /// - Throws: when it is neither.
    static func read(_ text: some Collection<UInt8>) throws(EnrichmentError) -> Country? {
        let upper = text.map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 }
        let code = String(decoding: upper, as: UTF8.self)
        if nothing.contains(code) { return nil }
        guard upper.count == 2, upper.allSatisfy({ (0x41...0x5A).contains($0) }) else {
            throw EnrichmentError("\(EnrichmentError.quoted(text)) is no country of two letters")
        }
        return code == "UK" ? Country(letters: (0x47, 0x42)) : Country(letters: (upper[0], upper[1]))
    }

    private init(letters: (UInt8, UInt8)) { self.letters = letters }

    private static let nothing: Set<String> = ["EU", "AP", "A1", "A2", "O1", "ZZ", "XX", "??", "NONE", "-", ""]

    package var description: String { String(decoding: [letters.0, letters.1], as: UTF8.self) }

    package static func == (left: Country, right: Country) -> Bool { left.letters == right.letters }

    package func hash(into hasher: inout Hasher) { hasher.combine(UInt16(letters.0) << 8 | UInt16(letters.1)) }
}
