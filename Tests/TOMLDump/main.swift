// Reads a file of TOML documents, a zero byte after each, and prints a line for each: what it means, or `error`.
// test_toml.py compares the lines with what Python's reader makes of the same documents.
import Runtime
import SystemCalls

/// A value with its type; texts and names as hexadecimal UTF-8, floating-point numbers as their bits.
func dump(_ value: TOMLValue) -> String {
    switch value {
    case .string(let text): "s" + hexadecimal(text)
    case .integer(let number): "i\(number)"
    case .float(let number): number.isNaN ? "fnan" : "f" + String(number.bitPattern, radix: 16)
    case .boolean(let flag): "b\(flag)"
    case .moment(let moment): "m" + hexadecimal("\(moment.kind.rawValue) \(moment.text)")
    case .array(let array): "[" + array.items.map(dump).joined(separator: ",") + "]"
    case .table(let table): dump(table)
    }
}

func dump(_ table: TOMLTable) -> String {
    "{" + table.entries.map { "\(hexadecimal($0.name))=\(dump($0.value))" }.joined(separator: ",") + "}"
}

func hexadecimal(_ text: String) -> String {
    text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

let bytes = try readFile(CommandLine.arguments[1], limit: 1 << 28)
for document in bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast() {
    do throws(TOMLError) {
        print(dump(try TOMLDocument(text: String(decoding: document, as: UTF8.self)).root))
    } catch {
        print("error \(error.line):\(error.column) \(error)")
    }
}
