package import FlowModel

/// A list of addresses from which organisations scan for research or as a service.
package struct ScannerFile: Sendable {
    package struct Entry: Sendable, Hashable {
        package let block: Prefix
        /// Nil where the list does not say.
        package let organisation: String?
        /// `2026-01-31`; nil where the list does not say.
        package let lastSeen: String?
    }

    /// Entries at most.
    package static let entryLimit = 1_000_000

    package private(set) var entries: [Entry] = []

    /// Reads rows of NICT's survey-scanner list (`{"ip", "scanner", "last_seen"}`, one behind the other or in an array), a
    /// warning list of MISP (`{"list": […], "name": …}`), or a text with an address or block at the beginning of each line.
    /// - Throws: at the first entry that is none; nothing of the file is used then.
    package init(_ bytes: [UInt8]) throws(EnrichmentError) {
        if bytes.starts(with: [0x1F, 0x8B]) { throw EnrichmentError("it is compressed. Unpack it with gunzip first") }
        guard let first = TextLines(bytes).first?.first(where: { $0 != 0x20 && $0 != 0x09 }) else {
            throw EnrichmentError("it is empty")
        }
        if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") { try readJSON(bytes) } else { try readText(bytes) }
        guard !entries.isEmpty else { throw EnrichmentError("it has no addresses") }
    }

    private mutating func readText(_ bytes: [UInt8]) throws(EnrichmentError) {
        try TextLines(bytes).read { (_, line) throws(EnrichmentError) in
            let text = line.drop { $0 == 0x20 || $0 == 0x09 }
            try append(String(decoding: text.prefix { !" \t,;#".utf8.contains($0) }, as: UTF8.self), nil, nil)
        }
    }

    private mutating func readJSON(_ bytes: [UInt8]) throws(EnrichmentError) {
        var reader = JSONReader(bytes)
        while let value = try reader.next() {
            do throws(EnrichmentError) {
                try read(value)
            } catch {
                throw EnrichmentError(line: error.line ?? reader.line, error.message)
            }
        }
    }

    private mutating func read(_ value: JSONValue) throws(EnrichmentError) {
        switch value {
        case .array(let values): for value in values { try readRow(value) }
        case .object(let members):
            guard case .array(let blocks)? = members["list"] else { return try readRow(value) }
            let name = members["name"]?.text.map { OriginFile.name(Array($0.utf8)) }
            for block in blocks {
                guard let text = block.text else { throw EnrichmentError("\"list\" holds what is no text") }
                try append(text, name, nil)
            }
        default: throw EnrichmentError("expected rows with \"ip\", or an object with \"list\"")
        }
    }

    private mutating func readRow(_ value: JSONValue) throws(EnrichmentError) {
        guard case .object(let members) = value, let block = members["ip"]?.text else {
            throw EnrichmentError("a row has no \"ip\"")
        }
        try append(
            block, members["scanner"]?.text.map { OriginFile.name(Array($0.utf8)) },
            try members["last_seen"]?.text.flatMap { (text) throws(EnrichmentError) in try ScannerFile.date(text) })
    }

    private mutating func append(_ text: String, _ organisation: String?, _ lastSeen: String?) throws(EnrichmentError) {
        guard let block = Prefix(text) else {
            throw EnrichmentError("\(EnrichmentError.quoted(Array(text.utf8))) is no address and no block")
        }
        // A typing error must not label half of the Internet.
        guard block.length >= (block.family == .ipv4 ? 8 : 16) else {
            throw EnrichmentError("\(block) is more than any organisation scans from")
        }
        guard entries.count < ScannerFile.entryLimit else {
            throw EnrichmentError("there are more than \(ScannerFile.entryLimit) entries")
        }
        entries.append(Entry(block: block, organisation: organisation == "" ? nil : organisation, lastSeen: lastSeen))
    }

    /// The day of a date or time, with hyphens or slashes; nil for an empty text.
    private static func date(_ text: String) throws(EnrichmentError) -> String? {
        if text.isEmpty { return nil }
        let day = text.prefix(10).map { $0 == "/" ? "-" : $0 }
        let fields = String(day).split(separator: "-", omittingEmptySubsequences: false)
        let numbers = fields.compactMap { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int($0) : nil }
        guard fields.map(\.count) == [4, 2, 2], numbers.count == 3, numbers[0] >= 1970, (1...12).contains(numbers[1]),
            (1...lengths[numbers[1] - 1]).contains(numbers[2])
        else { throw EnrichmentError("\(EnrichmentError.quoted(Array(text.utf8))) is no day such as 2026-01-31") }
        return String(day)
    }

    private static let lengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}
