/// SQL with its parameters. What comes from people is only ever a parameter: text is added by this module alone.
package struct Statement: Hashable, Sendable {
    /// Parameters are `$1`, `$2`, ….
    package var text = ""
    /// Their values as text, as PostgreSQL reads them.
    package private(set) var parameters: [String] = []

    /// Adds a parameter, unless the same value is one already.
    /// - Returns: how the text names it, cast to a type of PostgreSQL.
    mutating func bind(_ value: String, _ type: String) -> String {
        if let place = parameters.firstIndex(of: value) { return "$\(place + 1)::text::\(type)" }
        parameters.append(value)
        return "$\(parameters.count)::text::\(type)"
    }

    /// A moment as a parameter.
    mutating func bind(unixSeconds: Int64) -> String { "to_timestamp(\(bind("\(unixSeconds)", "int8")))" }

    /// A day (UTC) as a parameter.
    mutating func bindDay(unixSeconds: Int64) -> String {
        "(date '1970-01-01' + (\(bind("\(unixSeconds)", "int8")) / 86400)::int4)"
    }

    /// Several values as one parameter.
    mutating func bind(_ values: [FilterValue], _ type: String) -> String { bind(Statement.array(values), "\(type)[]") }

    /// An array, each element in quotes (PostgreSQL manual §8.15.6). No value of a filter has a quote or a backslash.
    static func array(_ values: [FilterValue]) -> String {
        "{" + values.map { "\"\($0)\"" }.joined(separator: ",") + "}"
    }
}
