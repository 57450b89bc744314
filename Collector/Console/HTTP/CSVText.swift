import Alerts

/// A table as RFC 4180 writes it: a header, then a line for each row, ended by CR LF. What is not known is an empty field;
/// an empty text is two quotes.
enum CSVText {
    static func write(columns: [String], _ rows: [[JSONValue]]) -> [UInt8] {
        var text = columns.map { quoted(harmless(heading($0))) }.joined(separator: ",") + "\r\n"
        for row in rows { text += row.map(field).joined(separator: ",") + "\r\n" }
        return Array(text.utf8)
    }

    /// The column's name with its unit, where the name does not say it.
    static func heading(_ column: String) -> String {
        let unit = units[column] ?? suffixes.first(where: { column.hasSuffix($0.suffix) })?.unit
        return unit.map { "\(column) (\($0))" } ?? column
    }

    private static let units = [
        "coverage": "0 to 1", "share": "0 to 1", "packets_per_address": "packets in a year to an IPv4 address",
        "nicter_packets_per_address": "packets in a year to an address",
        "packets_per_address_day": "packets in a day to an IPv4 address", "observed": "0 to 1",
    ]
    private static let suffixes: [(suffix: String, unit: String)] = [
        ("_seconds", "s"), ("_us", "microseconds"), ("_pps", "packets/s"), ("_bytes", "bytes"),
        ("_share", "0 to 1"), ("share_of_sources", "0 to 1"), ("share_of_packets", "0 to 1"),
    ]

    private static func field(_ value: JSONValue) -> String {
        switch value {
        case .null: ""
        case .boolean, .integer, .decimal: value.line
        case .string(let text): quoted(harmless(text))
        case .array(let values) where values.allSatisfy(\.isPlain):
            quoted(
                harmless(values.map { if case .string(let text) = $0 { text } else { $0.line } }.joined(separator: " "))
            )
        case .array, .object, .rows: quoted(value.line)
        }
    }

    /// A spreadsheet takes a text that begins so as a formula, which may fetch or run something: an apostrophe before it
    /// makes it a text again (OWASP, CSV Injection).
    private static func harmless(_ text: String) -> String {
        guard let first = text.unicodeScalars.first, "=+-@\t\r\n".unicodeScalars.contains(first) else { return text }
        return "'" + text
    }

    private static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0 != 0x22 && $0 != 0x2C && $0 != 0x0D && $0 != 0x0A }
        guard !isPlain || text.isEmpty else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

extension JSONValue {
    /// Whether it has no parts.
    fileprivate var isPlain: Bool {
        switch self {
        case .null, .boolean, .integer, .decimal, .string: true
        case .array, .object, .rows: false
        }
    }
}
