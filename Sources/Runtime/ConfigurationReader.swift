import Glibc

/// A program's configuration: every key is read once, by its full name `section.name`, with its default.
///
/// A value comes from the command line (`override`), else from the environment (`DARKSCOPE_SECTION_NAME`), else from the
/// file, else it is the default. Every method that reads throws, with exit code 78, when the value has another type or
/// is out of range, and when a key without a default is set nowhere; the error names place and key, and says what was
/// expected. After the last key `finish` refuses what nobody read.
package struct ConfigurationReader {
    private let file: ConfigurationFile?
    private let environment: [String: String]?
    private var overrides: [String: String] = [:]
    private var settings = EffectiveSettings()

    /// Reads a TOML file of at most 1 MiB.
    /// - Parameter environment: the process's when nil.
    package init(path: String, environment: [String: String]? = nil) throws(ProgramError) {
        self.init(file: try ConfigurationFile(path: path), environment: environment)
    }

    /// - Parameter path: how errors call the text.
    package init(text: String, path: String, environment: [String: String]? = nil) throws(ProgramError) {
        self.init(file: try ConfigurationFile(text: text, path: path), environment: environment)
    }

    /// A configuration without a file.
    package init(environment: [String: String]? = nil) { self.init(file: nil, environment: environment) }

    private init(file: ConfigurationFile?, environment: [String: String]?) {
        self.file = file
        self.environment = environment
    }

    /// Sets a key as from the command line; before it is read. A list is written with commas.
    package mutating func override(_ key: String, _ value: String) { overrides[key] = value }

    // MARK: Reading

    /// - Parameters:
    ///   - default: nil: the key must be set.
    ///   - note: what the key is for, one or more lines without a mark at the end; shown by `rendered`.
    ///   - example: shown by errors when there is no default.
    package mutating func string(
        _ key: String, default: String? = nil, note: String = "", example: String? = nil
    ) throws(ProgramError) -> String {
        try required(key, .string, `default`, note, example)
    }

    /// A key that may be missing.
    package mutating func optionalString(
        _ key: String, note: String = "", example: String? = nil
    ) throws(ProgramError) -> String? {
        try value(key, .string, nil, note, example)
    }

    /// A single string counts as a list of one.
    package mutating func strings(
        _ key: String, default: [String]? = nil, note: String = "", example: [String]? = nil
    ) throws(ProgramError) -> [String] {
        try required(key, .strings, `default`, note, example)
    }

    package mutating func bool(_ key: String, default: Bool? = nil, note: String = "") throws(ProgramError) -> Bool {
        try required(key, .bool, `default`, note, true)
    }

    package mutating func integer(
        _ key: String, default: Int? = nil, in range: ClosedRange<Int>, note: String = ""
    ) throws(ProgramError) -> Int {
        try required(key, .integer(in: range), `default`, note, range.lowerBound)
    }

    /// Seconds; written as `30s`, `5m`, `2h` or `14d`, the default too.
    package mutating func duration(
        _ key: String, default: String? = nil, in range: ClosedRange<Int64>, note: String = ""
    ) throws(ProgramError) -> Int64 {
        try quantity(key, .duration, called: "duration", `default`, range, note)
    }

    /// Bytes; written as `512B`, `64KiB`, `8MiB` or `2GiB`, the default too.
    package mutating func byteCount(
        _ key: String, default: String? = nil, in range: ClosedRange<Int64>, note: String = ""
    ) throws(ProgramError) -> Int64 {
        try quantity(key, .byteCount, called: "size", `default`, range, note)
    }

    /// One of the words that are the cases' raw values.
    package mutating func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _ key: String, default: Choice? = nil, note: String = ""
    ) throws(ProgramError) -> Choice {
        try required(key, .choice, `default`, note, Choice.allCases.first)
    }

    /// Throws when the file or an override has a key that was not read.
    package func finish() throws(ProgramError) {
        let known = settings.keys
        for key in overrides.keys.sorted() where !known.contains(key) {
            throw ProgramError(.configuration, "command line: there is no key \(key)\(hint(for: key))")
        }
        guard let file else { return }
        let tables = file.emptyTables.filter { table in !known.contains { $0.hasPrefix("\(table).") } }
        let unknown = file.values.keys.filter { !known.contains($0) } + tables
        let first = unknown.min { (file.line(of: $0) ?? .max, $0) < (file.line(of: $1) ?? .max, $1) }
        if let first {
            throw ProgramError(.configuration, "\(file.place(of: first)): there is no key \(first)\(hint(for: first))")
        }
    }

    /// An error about a value that the caller examined further: place and key, then `problem`.
    package func error(_ key: String, _ problem: String) -> ProgramError {
        ProgramError(.configuration, "\(place(of: key)): \(key): \(problem)")
    }

    // MARK: What was read

    /// The effective configuration as TOML, in the order of reading, a section at a time: every value with a comment
    /// that says what it is for, what it may be, and the default. Read again it gives the same values.
    package var rendered: String { settings.rendered }

    /// FNV-1a (64 bits) of the effective values: equal when a program was configured alike, wherever the values are from.
    package var digest: UInt64 { settings.digest }

    // MARK: -

    private mutating func quantity(
        _ key: String, _ quantity: Quantity, called name: String, _ fallback: String?, _ range: ClosedRange<Int64>,
        _ note: String
    ) throws(ProgramError) -> Int64 {
        let number = fallback.map { text in
            guard let number = quantity.parse(text) else { preconditionFailure("\(key): bad default \(text)") }
            return number
        }
        return try required(key, .quantity(quantity, called: name, in: range), number, note, range.lowerBound)
    }

    private mutating func required<Value>(
        _ key: String, _ kind: ValueKind<Value>, _ fallback: Value?, _ note: String, _ example: Value?
    ) throws(ProgramError) -> Value {
        if let value = try value(key, kind, fallback, note, example) { return value }
        let (section, name) = EffectiveSettings.split(key)
        let assignment = example.map { ", such as \(name) = \(kind.print($0))" } ?? ""
        let remedy = "set it in section [\(section)], or with \(Self.variable(key)): \(kind.expectation)\(assignment)"
        throw ProgramError(.configuration, "\(file?.path ?? "configuration"): \(key) is missing: \(remedy)")
    }

    private mutating func value<Value>(
        _ key: String, _ kind: ValueKind<Value>, _ fallback: Value?, _ note: String, _ example: Value?
    ) throws(ProgramError) -> Value? {
        let value: Value?
        if let text = overrides[key] ?? environmentValue(of: key) {
            value = kind.fromText(text)
            if value == nil { throw refusal(key, TOMLText.quoted(text), kind, fallback ?? example) }
        } else if let node = file?.values[key] {
            value = kind.fromNode(node)
            if value == nil { throw refusal(key, node.description, kind, fallback ?? example) }
        } else {
            value = fallback
        }
        settings.add(
            key, value: (value ?? example).map(kind.print), isSet: value != nil, note: note,
            expectation: kind.expectation, fallback: fallback.map(kind.print))
        return value
    }

    private func refusal<Value>(
        _ key: String, _ found: String, _ kind: ValueKind<Value>, _ example: Value?
    ) -> ProgramError {
        let example = example.map { ", such as \(kind.print($0))" } ?? ""
        return error(key, "\(found) cannot be used, expected \(kind.expectation)\(example)")
    }

    private func place(of key: String) -> String {
        if overrides[key] != nil { return "command line" }
        if environmentValue(of: key) != nil { return "environment variable \(Self.variable(key))" }
        guard let file else { return "configuration" }
        return file.values[key] == nil ? file.path : file.place(of: key)
    }

    private func hint(for key: String) -> String {
        let sections = settings.sections
        if sections.contains(key) { return ". It is a section: write [\(key)] and its keys below" }
        if let near = NearestKey.find(key, among: settings.keys + sections) { return ", did you mean \(near)?" }
        let section = EffectiveSettings.split(key).section
        if !sections.contains(section) { return ". The sections are \(sections.joined(separator: ", "))" }
        return ". The keys of [\(section)] are \(settings.names(in: section).joined(separator: ", "))"
    }

    private func environmentValue(of key: String) -> String? {
        let name = Self.variable(key)
        return environment.map { $0[name] } ?? getenv(name).map { String(cString: $0) }
    }

    private static func variable(_ key: String) -> String {
        "DARKSCOPE_" + String(key.map { $0 == "." || $0 == "-" ? "_" : $0 }).uppercased()
    }
}
