import FlowModel

/// Form of a file of origins.
package enum OriginFormat: String, Sendable, CaseIterable {
    /// `lo,hi,CC`: addresses, or numbers for IPv4 (tor-geoipdb, DB-IP country lite).
    case geoip
    /// `lo⇥hi⇥AS⇥CC⇥name` (iptoasn.com).
    case iptoasn
    /// `network⇥length⇥AS`, of several the first (CAIDA).
    case pfx2as
    /// `prefix,country,AS,name`; the last two may be left out.
    case csv
    /// MaxMind DB of MaxMind, DB-IP or IPinfo.
    case mmdb

    /// The form that the file has.
    /// - Throws: when it looks like none.
    package init(of bytes: [UInt8]) throws(EnrichmentError) {
        if bytes.starts(with: [0x1F, 0x8B]) { throw EnrichmentError("it is compressed. Unpack it with gunzip first") }
        if MaxMindFile.isOne(bytes) {
            self = .mmdb
            return
        }
        guard let line = TextLines(bytes).first else { throw EnrichmentError("it is empty") }
        let tabs = line.count { $0 == UInt8(ascii: "\t") }
        let commas = line.count { $0 == UInt8(ascii: ",") }
        switch (tabs, commas) {
        case (4, _): self = .iptoasn
        case (2, _): self = .pfx2as
        case (0, 1...):
            self =
                line.prefix { $0 != UInt8(ascii: ",") }.contains(UInt8(ascii: "/")) || OriginFile.isTitle(line)
                ? .csv : .geoip
        default:
            throw EnrichmentError(
                line: nil, "its form is not known: \(EnrichmentError.quoted(line)). Name it with --format")
        }
    }
}

/// Ranges of one file, as they stand in it.
package struct OriginFile: Sendable {
    package private(set) var ranges: [OriginRange] = []
    /// Names of autonomous systems.
    package private(set) var names: [UInt32: String] = [:]

    init() {}

    /// Reads a text file.
    /// - Precondition: the format is not `mmdb`.
    /// - Throws: at the first line that is not of the format; nothing of the file is used then.
    package init(_ bytes: [UInt8], format: OriginFormat) throws(EnrichmentError) {
        precondition(format != .mmdb, "a MaxMind DB is no text")
        try TextLines(bytes).read { (number, line) throws(EnrichmentError) in
            switch format {
            case .geoip: try readGeoIP(line)
            case .iptoasn: try readIPtoASN(line)
            case .pfx2as: try readPrefixToAS(line)
            case .csv: if !OriginFile.isTitle(line) { try readCSV(line) }
            case .mmdb: break
            }
        }
        guard !ranges.isEmpty else { throw EnrichmentError("it has no ranges") }
    }

    /// Adds a range.
    /// - Throws: when there are more than `OriginLayers.rangeLimit`.
    mutating func append(_ range: OriginRange, name: String? = nil) throws(EnrichmentError) {
        guard ranges.count < OriginLayers.rangeLimit else { throw OriginLayers.tooMany }
        ranges.append(range)
        if let asn = range.asn, let name, !name.isEmpty { names[asn] = name }
    }

    private mutating func readGeoIP(_ line: ArraySlice<UInt8>) throws(EnrichmentError) {
        let fields = try OriginFile.fields(line, UInt8(ascii: ","), 3...3)
        try append(range(fields[0], fields[1], country: fields[2]))
    }

    private mutating func readIPtoASN(_ line: ArraySlice<UInt8>) throws(EnrichmentError) {
        let fields = try OriginFile.fields(line, UInt8(ascii: "\t"), 5...5)
        var range = try range(fields[0], fields[1], country: fields[3])
        range.asn = try OriginFile.asn(fields[2])
        // A registry's /8 without a network is where the registry is.
        if range.asn == nil, range.family == .ipv4, range.high - range.low >= 0xFF_FFFF { range.country = nil }
        try append(range, name: OriginFile.name(fields[4]))
    }

    private mutating func readPrefixToAS(_ line: ArraySlice<UInt8>) throws(EnrichmentError) {
        let fields = try OriginFile.fields(line, UInt8(ascii: "\t"), 3...3)
        let text = "\(String(decoding: fields[0], as: UTF8.self))/\(String(decoding: fields[1], as: UTF8.self))"
        var range = try OriginFile.range(of: text)
        let first = fields[2].drop { $0 == UInt8(ascii: "{") }.prefix {
            ![UInt8(ascii: "_"), UInt8(ascii: ","), UInt8(ascii: "}")].contains($0)
        }
        range.asn = try OriginFile.asn(first)
        try append(range)
    }

    private mutating func readCSV(_ line: ArraySlice<UInt8>) throws(EnrichmentError) {
        let fields = try OriginFile.fields(line, UInt8(ascii: ","), 2...4)
        var range = try OriginFile.range(of: String(decoding: fields[0], as: UTF8.self))
        range.country = try Country.read(fields[1])
        if fields.count > 2 { range.asn = try OriginFile.asn(fields[2]) }
        try append(range, name: fields.count > 3 ? OriginFile.name(fields[3]) : nil)
    }

    /// Whether the line is the title line of a CSV file.
    static func isTitle(_ line: ArraySlice<UInt8>) -> Bool {
        ["prefix,", "network,"].contains { line.starts(with: Array($0.utf8)) }
    }

    private static func fields(
        _ line: ArraySlice<UInt8>, _ separator: UInt8, _ count: ClosedRange<Int>
    ) throws(EnrichmentError) -> [ArraySlice<UInt8>] {
        let fields = try TextLines.fields(line, separator)
        guard count.contains(fields.count) else {
            let expected = count.count == 1 ? "\(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
            throw EnrichmentError("expected \(expected) fields, and there are \(fields.count)")
        }
        return fields
    }

    private func range(
        _ low: ArraySlice<UInt8>, _ high: ArraySlice<UInt8>, country: ArraySlice<UInt8>
    ) throws(EnrichmentError) -> OriginRange {
        let (first, last) = (try OriginFile.address(low), try OriginFile.address(high))
        guard first.family == last.family, first.bits <= last.bits else {
            throw EnrichmentError("the range \(first)-\(last) ends before it begins")
        }
        return OriginRange(family: first.family, low: first.bits, high: last.bits, country: try Country.read(country))
    }

    private static func range(of text: String) throws(EnrichmentError) -> OriginRange {
        guard let prefix = Prefix(text) else {
            throw EnrichmentError("\(EnrichmentError.quoted(text.utf8)) is no block such as 192.0.2.0/24")
        }
        return OriginRange(family: prefix.family, low: prefix.network.bits, high: prefix.last.bits)
    }

    /// An address, or an IPv4 address as a number.
    private static func address(_ text: ArraySlice<UInt8>) throws(EnrichmentError) -> Address {
        if let number = number(text) { return Address(ipv4: number) }
        guard let address = Address(String(decoding: text, as: UTF8.self)) else {
            throw EnrichmentError("\(EnrichmentError.quoted(text)) is no address")
        }
        return address
    }

    /// The number of an autonomous system, with or without AS before it; nil for none and for 0, which is nobody's
    /// (RFC 7607).
    static func asn(_ text: ArraySlice<UInt8>) throws(EnrichmentError) -> UInt32? {
        let digits = text.starts(with: Array("AS".utf8)) ? text.dropFirst(2) : text
        if digits.isEmpty || digits.elementsEqual("-".utf8) { return nil }
        guard let number = number(digits) else {
            throw EnrichmentError("\(EnrichmentError.quoted(text)) is no number of an autonomous system")
        }
        return number == 0 ? nil : number
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt32? {
        guard !digits.isEmpty, digits.count <= 10 else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            value = value * 10 + UInt64(digit - 0x30)
        }
        return UInt32(exactly: value)
    }

    /// A name of at most 200 characters; what a terminal could act on is a space.
    static func name(_ text: some Collection<UInt8>) -> String {
        var name = String.UnicodeScalarView()
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars.prefix(200) {
            name.append(scalar.properties.generalCategory == .control ? " " : scalar)
        }
        return String(name)
    }
}
