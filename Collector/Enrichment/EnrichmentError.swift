/// What is wrong with an imported file. Nothing of it is used then.
package struct EnrichmentError: Error, Sendable, Equatable {
    /// Counted from 1; nil when it is not about a line.
    package let line: Int?
    /// One sentence without its full stop; quotes at most 60 characters of the file.
    package let message: String

    package init(line: Int? = nil, _ message: String) {
        self.line = line
        self.message = message
    }

    /// The text in quotes, cut where it is long.
    static func quoted(_ text: some Collection<UInt8>) -> String {
        let decoded = String(decoding: text, as: UTF8.self)
        return "\"\(decoded.prefix(60))\(decoded.count > 60 ? "…" : "")\""
    }
}
