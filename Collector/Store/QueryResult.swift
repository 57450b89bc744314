import CLibpq

/// The rows of one statement, as text. Owned by: the thread that owns its connection.
final class QueryResult {
    private let result: OpaquePointer

    init(_ result: OpaquePointer) { self.result = result }

    deinit { PQclear(result) }

    var status: ExecStatusType { PQresultStatus(result) }

    var rowCount: Int { Int(PQntuples(result)) }

    var columnCount: Int { Int(PQnfields(result)) }

    /// - Precondition: the column is there.
    func columnName(_ column: Int) -> String { String(cString: PQfname(result, Int32(column))) }

    /// Object identifier of the column's type, as pg_type has it.
    func columnType(_ column: Int) -> UInt32 { PQftype(result, Int32(column)) }

    /// The command tag, such as `COMMIT` or `INSERT 0 1`.
    var tag: String { String(cString: PQcmdStatus(result)) }

    /// Five characters; empty when the error is the client's.
    var sqlState: String { errorField("C") ?? "" }

    /// The error's primary message and its detail on one line; without the detail that would print a whole row.
    var errorMessage: String {
        let detail = errorField("D").flatMap { $0.hasPrefix("Failing row") ? nil : $0 }
        return [errorField("M") ?? String(cString: PQresultErrorMessage(result)), detail].compactMap(\.self)
            .joined(separator: ": ").oneLine
    }

    /// A field of the error by its letter (PostgreSQL manual §55.8).
    private func errorField(_ letter: Unicode.Scalar) -> String? {
        PQresultErrorField(result, Int32(letter.value)).map { String(cString: $0) }
    }

    /// The text of a field; nil when it is NULL.
    func text(_ row: Int, _ column: Int) -> String? {
        PQgetisnull(result, Int32(row), Int32(column)) == 1
            ? nil : String(cString: PQgetvalue(result, Int32(row), Int32(column)))
    }

    /// The field as a number; nil when it is NULL or none.
    func number<T: FixedWidthInteger>(_ row: Int, _ column: Int, as type: T.Type = T.self) -> T? {
        text(row, column).flatMap { T($0) }
    }

    /// The bytes of a bytea field in hex format; nil when it is NULL.
    func bytes(_ row: Int, _ column: Int) -> [UInt8]? {
        guard let text = text(row, column), text.hasPrefix("\\x") else { return nil }
        let digits = Array(text.utf8.dropFirst(2))
        return stride(from: 0, to: digits.count - 1, by: 2).map { index in
            QueryResult.figure(digits[index]) << 4 | QueryResult.figure(digits[index + 1])
        }
    }

    private static func figure(_ digit: UInt8) -> UInt8 { digit <= 0x39 ? digit &- 0x30 : (digit | 0x20) &- 0x57 }
}

extension String {
    /// The text with line ends and tabs made spaces and the ends trimmed.
    var oneLine: String {
        split(whereSeparator: { $0.isNewline || $0 == "\t" }).joined(separator: " ")
    }
}

/// Text of parameters that PostgreSQL reads as arrays or bytes.
enum Literal {
    /// An array of numbers.
    static func array(_ numbers: some Sequence<some FixedWidthInteger>) -> String {
        "{" + numbers.map { String($0) }.joined(separator: ",") + "}"
    }

    /// An array of numbers, NULL for nil.
    static func array<Number: FixedWidthInteger>(_ numbers: some Sequence<Number?>) -> String {
        "{" + numbers.map { $0.map { String($0) } ?? "NULL" }.joined(separator: ",") + "}"
    }

    /// An array of texts, each quoted (PostgreSQL manual §8.15.6).
    static func array(_ texts: some Sequence<String>) -> String {
        var literal: [UInt8] = [UInt8(ascii: "{")]
        for text in texts {
            if literal.count > 1 { literal.append(UInt8(ascii: ",")) }
            literal.append(UInt8(ascii: "\""))
            for byte in text.utf8 {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { literal.append(UInt8(ascii: "\\")) }
                literal.append(byte)
            }
            literal.append(UInt8(ascii: "\""))
        }
        literal.append(UInt8(ascii: "}"))
        return String(decoding: literal, as: UTF8.self)
    }

    /// A bytea in hex format.
    static func bytes(_ bytes: some Sequence<UInt8>) -> String {
        var literal = Array("\\x".utf8)
        for byte in bytes {
            literal.append(digits[Int(byte >> 4)])
            literal.append(digits[Int(byte & 15)])
        }
        return String(decoding: literal, as: UTF8.self)
    }

    private static let digits = Array("0123456789abcdef".utf8)
}
