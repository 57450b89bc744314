import SystemCalls

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
        do throws(TOMLError) {
            take(try TOMLDocument(text: text).root, prefix: "")
        } catch {
            throw ProgramError(
                .configuration, "\(path):\(error.line):\(error.column): the text is not TOML: \(error)")
        }
    }

    /// The line of a key or, if it stands in an inline table, of that; counted from 1.
    func line(of key: String) -> Int? { lines.line(of: key) }

    /// `PATH:LINE`, or the path alone when the line is not known.
    func place(of key: String) -> String { line(of: key).map { "\(path):\($0)" } ?? path }

    private mutating func take(_ table: TOMLTable, prefix: String) {
        if table.entries.isEmpty, !prefix.isEmpty { emptyTables.insert(prefix) }
        for (name, value) in table.entries {
            let key = (prefix.isEmpty ? "" : "\(prefix).") + TOMLText.keyPart(name)
            if case .table(let inner) = value {
                take(inner, prefix: key)
            } else {
                values[key] = Self.node(value)
            }
        }
    }

    private static func node(_ value: TOMLValue) -> ConfigurationNode {
        switch value {
        case .string(let text): .string(text)
        case .integer(let number): .integer(number)
        case .boolean(let flag): .boolean(flag)
        case .array(let array): .array(array.items.map(node))
        case .float, .moment, .table: .other(value.typeName)
        }
    }
}
