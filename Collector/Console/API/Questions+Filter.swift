import Alerts
import Query
import Store

/// What whoever writes a filter is helped with.
extension Questions {
    /// The language: its fields with what can stand after them, and what is known here.
    static func fields(_ arguments: Arguments, _ desk: Desk) throws -> JSONValue {
        let fields = FilterField.allCases.map { field in
            JSONValue.members([
                "name": .string(field.rawValue), "meaning": .string(field.meaning),
                "comparisons": .strings(field.comparisons.map(\.rawValue)), "expected": .string(field.expected),
                "words": .strings(field.words),
            ])
        }
        let sensors = try desk.connection.consoleSensorNames()
        return .members([
            "fields": .array(fields), "words": .strings(["and", "or", "not", "in"]),
            "sites": .strings(sensors.sites), "sensors": .strings(sensors.names),
            "scanners": try desk.connection.consoleScannerList().object(0),
        ])
    }

    /// Reads a filter and does nothing with it.
    static func filter(_ arguments: Arguments) throws(Problem) -> JSONValue {
        let text = arguments.text("q") ?? ""
        do throws(FilterError) {
            let filter = try FilterParser.parse(text)
            let fields = FilterField.allCases.filter { filter?.fields.contains($0) == true }
            return .members([
                "text": .string(text), "filter": filter.map { .string($0.description) } ?? .null,
                "fields": .strings(fields.map(\.rawValue)), "error": .null,
            ])
        } catch {
            return .members([
                "text": .string(text), "filter": .null, "fields": .array([]),
                "error": .members([
                    "column": .number(error.column), "word": .string(error.word), "problem": .string(error.problem),
                    "expected": .string(error.expected), "nearest": error.nearest.map { .string($0) } ?? .null,
                ]),
            ])
        }
    }
}
