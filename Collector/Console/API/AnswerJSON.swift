import Alerts
import Store

extension Answer {
    /// Each row as an object with the columns' names.
    var objects: JSONValue {
        .rows(
            columns: columns.map(\.name), rows.map { row in zip(columns, row).map { Answer.value($1, $0.kind) } })
    }

    /// One row; null when it is not there.
    func object(_ row: Int) -> JSONValue {
        guard rows.indices.contains(row) else { return .null }
        return .object(zip(columns, rows[row]).map { ($0.name, Answer.value($1, $0.kind)) })
    }

    private static func value(_ text: String?, _ kind: Kind) -> JSONValue {
        guard let text else { return .null }
        return switch kind {
        case .number: isNumber(text) ? .decimal(text) : .null
        case .boolean: .boolean(text == "t")
        case .list: .strings(list(text))
        case .text, .time: .string(text)
        }
    }

    /// Whether JSON has this number: not NaN or Infinity, which PostgreSQL has.
    static func isNumber(_ text: String) -> Bool {
        guard let last = text.utf8.last, (0x30...0x39).contains(last) else { return false }
        let digits = text.hasPrefix("-") ? text.utf8.dropFirst() : text.utf8[...]
        guard let first = digits.first, (0x30...0x39).contains(first) else { return false }
        return digits.allSatisfy { (0x30...0x39).contains($0) || ".eE+-".utf8.contains($0) }
    }
}
