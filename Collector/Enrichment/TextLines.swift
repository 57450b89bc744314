/// The lines of a text file with their fields.
struct TextLines {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Calls `body` with each line that is neither empty nor a comment, counted from 1, without its end.
    func read(_ body: (Int, ArraySlice<UInt8>) throws(EnrichmentError) -> Void) throws(EnrichmentError) {
        var (start, number) = (0, 0)
        while start < bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != 0x0A { end += 1 }
            number += 1
            var line = bytes[start..<end]
            if line.last == 0x0D { line.removeLast() }
            if number == 1, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
            start = end + 1
            guard let first = line.first, first != UInt8(ascii: "#"), line.contains(where: { $0 != 0x20 }) else {
                continue
            }
            do throws(EnrichmentError) {
                try body(number, line)
            } catch {
                throw EnrichmentError(line: error.line ?? number, error.message)
            }
        }
    }

    /// The first such line; nil when there is none.
    var first: ArraySlice<UInt8>? {
        var found: ArraySlice<UInt8>?
        try? read { (_, line) throws(EnrichmentError) in
            found = line
            throw EnrichmentError("")
        }
        return found
    }

    /// Fields between separators. With commas, a field in quotes may hold them, and two quotes are one (RFC 4180).
    static func fields(_ line: ArraySlice<UInt8>, _ separator: UInt8) throws(EnrichmentError) -> [ArraySlice<UInt8>] {
        guard separator == UInt8(ascii: ","), line.contains(quote) else {
            return line.split(separator: separator, omittingEmptySubsequences: false)
        }
        var fields: [ArraySlice<UInt8>] = []
        var field: [UInt8] = []
        var (isQuoted, index) = (false, line.startIndex)
        while index < line.endIndex {
            let byte = line[index]
            if byte == quote {
                if isQuoted, index + 1 < line.endIndex, line[index + 1] == quote {
                    field.append(quote)
                    index += 1
                } else {
                    isQuoted.toggle()
                }
            } else if byte == separator, !isQuoted {
                fields.append(field[...])
                field = []
            } else {
                field.append(byte)
            }
            index += 1
        }
        guard !isQuoted else { throw EnrichmentError("a quote is not closed") }
        return fields + [field[...]]
    }

    private static let quote = UInt8(ascii: "\"")
}
