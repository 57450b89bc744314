import Alerts
import ArgumentParser
import FlowModel
import Store

/// A CSV file of organisations, their blocks and their mail contacts.
///
/// Each line names an organisation; whatever else stands on it is said of that organisation, or of the block on the line.
struct OrganisationFile {
    /// A column of the file.
    enum Column: Hashable {
        case organisation, prefix
        case validFrom, validUntil, vouchedBy
        case mail, mailFormat
        case setting(OrganisationField)

        static let all: [Column] =
            [.organisation, .prefix, .validFrom, .validUntil, .vouchedBy, .mail, .mailFormat]
            + OrganisationField.allCases.map { .setting($0) }

        var name: String {
            switch self {
            case .organisation: "organisation"
            case .prefix: "prefix"
            case .validFrom: "valid_from"
            case .validUntil: "valid_until"
            case .vouchedBy: "vouched_by"
            case .mail: "mail"
            case .mailFormat: "mail_format"
            case .setting(let field): field.rawValue
            }
        }
    }

    /// Bytes of a file at most.
    static let limit = 32 << 20
    /// Lines of a file at most.
    static let lineLimit = 200_000

    /// What could be read.
    private(set) var content = OrganisationImport()
    /// What is wrong with the other lines.
    private(set) var problems = ImportProblems()
    /// Lines below the header that are not empty.
    private(set) var records = 0

    private var columns: [Column] = []
    /// Place of each organisation in `content`.
    private var places: [String: Int] = [:]

    /// Reads a file, whatever is in it.
    init(_ bytes: [UInt8]) {
        var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var number = 0
        while start < bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != 0x0A { end += 1 }
            var line = bytes[start..<end]
            start = end + 1
            number += 1
            if line.last == 0x0D { line.removeLast() }
            guard line.contains(where: { $0 != 0x20 }) else { continue }
            guard records < OrganisationFile.lineLimit else {
                problem(number, nil, "the file has more than \(OrganisationFile.lineLimit) lines; divide it")
                return
            }
            do throws(CSVLine.Problem) {
                let fields = try CSVLine(line).fields
                if columns.isEmpty {
                    guard readHeader(fields, number) else { return }
                } else {
                    records += 1
                    readRecord(fields, number)
                }
            } catch {
                problem(number, nil, error.cause)
                // Without a header no other line can be understood.
                guard !columns.isEmpty else { return }
                records += 1
            }
        }
        if columns.isEmpty { problem(1, nil, "the file is empty; the first line names the columns") }
    }

    private mutating func readHeader(_ names: [String], _ number: Int) -> Bool {
        let known = Column.all.map(\.name).joined(separator: ", ")
        for (place, name) in names.enumerated() {
            guard let column = Column.all.first(where: { $0.name == name }) else {
                let hint = name.contains(";") ? "fields are divided by commas" : "there are: \(known)"
                problem(number, nil, "there is no column \(OrganisationFile.quoted(name)); \(hint)")
                continue
            }
            if names[..<place].contains(name) { problem(number, name, "the column stands there twice") }
            columns.append(column)
        }
        if problems.count == 0, !columns.contains(.organisation) {
            problem(number, nil, "the column organisation is missing; the first line names the columns")
        }
        return problems.count == 0
    }

    private mutating func readRecord(_ fields: [String], _ number: Int) {
        guard fields.count == columns.count else {
            return problem(number, nil, "it has \(fields.count) fields, and the header has \(columns.count)")
        }
        let before = problems.count
        var texts: [Column: String] = [:]
        for (column, field) in zip(columns, fields) where !field.isEmpty { texts[column] = field }

        let code = read(.organisation, texts, number) { text throws(ValidationError) in try RegistryText.code(text) }
        if texts[.organisation] == nil { problem(number, "organisation", "it is empty; every line names one") }
        var settings: [(OrganisationField, String?)] = []
        for field in OrganisationField.allCases {
            let value = read(.setting(field), texts, number) { text throws(ValidationError) in
                Setting(value: try OrganisationText.value(field, text))
            }
            if let value { settings.append((field, value.value)) }
        }
        let block = readBlock(code ?? "", texts, number)
        let contact = readContact(code ?? "", texts, number)
        if let code { say(settings, of: code, number) }
        guard code != nil, problems.count == before else { return }
        if let block { content.blocks.append(block) }
        if let contact { content.contacts.append(contact) }
    }

    private mutating func readBlock(
        _ code: String, _ texts: [Column: String], _ number: Int
    ) -> OrganisationImport.Block? {
        let prefix = read(.prefix, texts, number) { text throws(ValidationError) in try RegistryText.prefix(text) }
        let from = read(.validFrom, texts, number) { text throws(ValidationError) in try OrganisationFile.time(text) }
        let until = read(.validUntil, texts, number) { text throws(ValidationError) in try OrganisationFile.time(text) }
        let vouchedBy = read(.vouchedBy, texts, number) { text throws(ValidationError) in
            try OrganisationText.witness(text)
        }
        if let from, let until, until <= from { problem(number, "valid_until", "it is not after valid_from") }
        guard texts[.prefix] != nil else {
            for column in [Column.validFrom, .validUntil, .vouchedBy] where texts[column] != nil {
                problem(number, column.name, "it is said of a block, and the line has no prefix")
            }
            return nil
        }
        return prefix.map {
            OrganisationImport.Block(
                line: number, organisation: code, prefix: $0, from: from, until: until, vouchedBy: vouchedBy)
        }
    }

    private mutating func readContact(
        _ code: String, _ texts: [Column: String], _ number: Int
    ) -> OrganisationImport.Contact? {
        let target = read(.mail, texts, number) { text throws(ValidationError) in try ContactText.target(.mail, text) }
        let format = read(.mailFormat, texts, number) { text throws(ValidationError) in
            try ContactText.checked(try ContactText.format(text), for: .mail)
        }
        if texts[.mail] == nil, texts[.mailFormat] != nil {
            problem(number, "mail_format", "it is said of a mail address, and the line has none")
        }
        return target.map { OrganisationImport.Contact(line: number, organisation: code, target: $0, format: format) }
    }

    /// Takes what a line says of an organisation, which no other line may say otherwise.
    private mutating func say(_ settings: [(OrganisationField, String?)], of code: String, _ number: Int) {
        let place = places[code] ?? content.organisations.count
        if place == content.organisations.count {
            content.organisations.append(OrganisationImport.Organisation(code: code, line: number))
            places[code] = place
        } else {
            content.organisations[place].lines.append(number)
        }
        for (field, value) in settings {
            if let said = content.organisations[place].settings.values[field] {
                guard said != value, let line = content.organisations[place].lineOfSetting[field] else { continue }
                problem(
                    number, field.rawValue,
                    "line \(line) says \(OrganisationFile.quoted(said ?? "none")) of \(code); say one thing")
            } else {
                content.organisations[place].settings.values[field] = .some(value)
                content.organisations[place].lineOfSetting[field] = number
            }
        }
    }

    /// The field of a column; nil when it is empty, or wrong, which becomes a problem.
    private mutating func read<Value>(
        _ column: Column, _ texts: [Column: String], _ number: Int, _ read: (String) throws(ValidationError) -> Value
    ) -> Value? {
        guard let text = texts[column] else { return nil }
        do throws(ValidationError) {
            return try read(text)
        } catch {
            problem(number, column.name, "\(OrganisationFile.quoted(text)): \(error.message)")
            return nil
        }
    }

    private mutating func problem(_ line: Int, _ column: String?, _ cause: String) {
        problems.add(ImportProblem(line: line, column: column, cause: cause))
    }

    /// Unix seconds of a day or a time in UTC.
    private static func time(_ text: String) throws(ValidationError) -> Int64 {
        guard text.first != "-", text.contains("-"), case .unix(let seconds)? = try? Moment(text) else {
            throw ValidationError("expected a day or a time in UTC, such as 2026-01-31 or 2026-01-31T09:00:00Z.")
        }
        return seconds
    }

    /// The beginning of a text in quotes.
    private static func quoted(_ text: String) -> String {
        text.count > 60 ? "\"\(text.prefix(60))...\"" : "\"\(text)\""
    }
}
