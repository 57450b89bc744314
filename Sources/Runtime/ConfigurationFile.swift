import SystemCalls
internal import TOMLKit

/// A configuration file, parsed: its values by full key (`section.name`), and where they stand.
struct ConfigurationFile {
    /// Bytes that a file may have.
    static let limit = 1 << 20

    let path: String
    private(set) var values: [String: ConfigurationNode] = [:]
    /// Tables without a key, which mean nothing but may be misspelt.
    private(set) var emptyTables: Set<String> = []
    private let lines: KeyLines

    init(path: String) throws(ProgramError) {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try readFile(path, limit: Self.limit)
        } catch {
            throw ProgramError(
                .configuration,
                "\(path): the configuration cannot be read: \(SystemError.text(of: error.code)). "
                    + "Give a TOML file of at most 1 MiB that this user may read")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let rows = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let row = rows.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
            throw ProgramError(.configuration, "\(path):\(row + 1): the text is not UTF-8. Save the file as UTF-8")
        }
        try self.init(text: text, path: path)
    }

    init(text: String, path: String) throws(ProgramError) {
        self.path = path
        lines = KeyLines(text)
        let table: TOMLTable
        do {
            table = try TOMLTable(string: text)
        } catch {
            let syntax = error as? TOMLParseError
            let place = syntax.map { ":\($0.source.begin.line):\($0.source.begin.column)" } ?? ""
            let cause = syntax?.description ?? "\(error)"
            throw ProgramError(.configuration, "\(path)\(place): the text is not TOML: \(cause)")
        }
        take(table, prefix: "")
    }

    /// The line of a key or, if it stands in an inline table, of that; counted from 1.
    func line(of key: String) -> Int? { lines.line(of: key) }

    /// `PATH:LINE`, or the path alone when the line is not known.
    func place(of key: String) -> String { line(of: key).map { "\(path):\($0)" } ?? path }

    private mutating func take(_ table: TOMLTable, prefix: String) {
        let names = table.keys
        if names.isEmpty, !prefix.isEmpty { emptyTables.insert(prefix) }
        for name in names {
            guard let value = table[name] else { continue }
            let key = (prefix.isEmpty ? "" : "\(prefix).") + TOMLText.keyPart(name)
            if let inner = value.table {
                take(inner, prefix: key)
            } else {
                values[key] = Self.node(value)
            }
        }
    }

    private static func node(_ value: any TOMLValueConvertible) -> ConfigurationNode {
        if let text = value.string { return .string(text) }
        if let number = value.int { return .integer(Int64(number)) }
        if let flag = value.bool { return .boolean(flag) }
        if let array = value.array { return .array(array.map { node($0) }) }
        return .other("a \(value.type.description)")
    }
}
