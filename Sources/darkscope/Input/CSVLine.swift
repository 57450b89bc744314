/// A record of a CSV file (RFC 4180) that stands on one line: no field here may hold a line break, so a quote that is not
/// closed spoils its own line only.
struct CSVLine: Equatable {
    /// Why a line is no record.
    struct Problem: Error, Equatable {
        let cause: String
    }

    /// Without quotes around them and without spaces at their ends.
    let fields: [String]

    /// Bytes of a line at most.
    static let limit = 16_384
    /// Characters of a field at most; more than any column takes.
    static let fieldLimit = 1_000

    /// Reads a line without its end.
    init(_ line: ArraySlice<UInt8>) throws(Problem) {
        guard line.count <= CSVLine.limit else {
            throw Problem(cause: "the line has more than \(CSVLine.limit) bytes")
        }
        guard let text = String(validating: line, as: UTF8.self) else {
            throw Problem(cause: "the line is not in UTF-8")
        }
        if let control = text.unicodeScalars.first(where: \.actsOnTerminals) {
            let number = String(control.value, radix: 16, uppercase: true)
            let digits = String(repeating: "0", count: max(0, 4 - number.utf8.count)) + number
            throw Problem(cause: "it holds the control character U+\(digits)")
        }
        // Read by bytes: a quote or comma with an accent on it is still one.
        var fields: [String] = []
        var rest = line
        while true {
            rest = rest.drop { $0 == CSVLine.space }
            var field: ArraySlice<UInt8>
            if rest.first == CSVLine.quote {
                (field, rest) = try CSVLine.quoted(rest.dropFirst())
                rest = rest.drop { $0 == CSVLine.space }
                guard rest.isEmpty || rest.first == CSVLine.comma else {
                    throw Problem(
                        cause: "field \(fields.count + 1) goes on after its closing quote; write \"\" for a quote in it"
                    )
                }
            } else {
                field = rest.prefix { $0 != CSVLine.comma }
                rest = rest.dropFirst(field.count)
                guard !field.contains(CSVLine.quote) else {
                    throw Problem(
                        cause: "field \(fields.count + 1) holds a quote; put it in quotes and write \"\" for it")
                }
            }
            while field.last == CSVLine.space { field.removeLast() }
            field = field.drop { $0 == CSVLine.space }
            let text = String(decoding: field, as: UTF8.self)
            guard text.unicodeScalars.count <= CSVLine.fieldLimit else {
                throw Problem(cause: "field \(fields.count + 1) has more than \(CSVLine.fieldLimit) characters")
            }
            fields.append(text)
            guard rest.first == CSVLine.comma else { break }
            rest = rest.dropFirst()
        }
        self.fields = fields
    }

    /// The field up to its closing quote, and what follows that.
    private static func quoted(
        _ text: ArraySlice<UInt8>
    ) throws(Problem) -> (field: ArraySlice<UInt8>, rest: ArraySlice<UInt8>) {
        var field: ArraySlice<UInt8> = []
        var rest = text
        while let end = rest.firstIndex(of: quote) {
            field += rest[..<end]
            rest = rest[(end + 1)...]
            guard rest.first == quote else { return (field, rest) }
            field.append(quote)
            rest = rest.dropFirst()
        }
        throw Problem(cause: "a quote is not closed on the line")
    }

    private static let (comma, quote, space) = (UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: " "))
}
