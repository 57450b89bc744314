/// Where and why a filter cannot be read, in words for whoever wrote it.
package struct FilterError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Place of the word in the text, from 1, in Unicode scalars.
    package let column: Int
    /// The word, at most `longestWord` characters of it; empty at the end of the text.
    package let word: String
    /// What is wrong with it.
    package let problem: String
    /// What could stand there.
    package let expected: String
    /// The word that was probably meant.
    package let nearest: String?

    static let longestWord = 40

    init(column: Int, word: String, problem: String, expected: String, nearest: String? = nil) {
        self.column = column
        self.word = word.count > FilterError.longestWord ? word.prefix(FilterError.longestWord - 1) + "…" : word
        self.problem = problem
        self.expected = expected
        self.nearest = nearest
    }

    /// One sentence or two: `column 5, "prot": not a name that filters know; expected proto, …. Did you mean proto?`
    package var description: String {
        let place = word.isEmpty ? "column \(column), at the end" : "column \(column), \"\(word)\""
        let hint = nearest.map { ". Did you mean \($0)?" } ?? ""
        return "\(place): \(problem); expected \(expected)\(hint)"
    }
}

/// The word that was probably meant by one that is not known.
enum NearestWord {
    /// Nil when none is near: more than two letters, or a third of them, would have to change.
    static func find(_ word: String, among known: [String]) -> String? {
        let letters = Array(word.lowercased().utf8)
        guard letters.count <= 40 else { return nil }
        let near = known.map { (word: $0, changes: changes(letters, Array($0.lowercased().utf8))) }
            .min { $0.changes < $1.changes }
        guard let near, near.changes <= 2, near.changes * 3 <= max(3, letters.count) else { return nil }
        return near.word
    }

    /// Letters to insert, to remove, to replace or to swap with their neighbours (optimal string alignment).
    static func changes(_ from: [UInt8], _ to: [UInt8]) -> Int {
        var table = [Array(0...to.count)]
        for i in from.indices {
            var row = [i + 1]
            for j in to.indices {
                var least = min(table[i][j + 1], row[j]) + 1
                least = min(least, table[i][j] + (from[i] == to[j] ? 0 : 1))
                if i > 0, j > 0, from[i] == to[j - 1], from[i - 1] == to[j] {
                    least = min(least, table[i - 1][j - 1] + 1)
                }
                row.append(least)
            }
            table.append(row)
        }
        return table[from.count][to.count]
    }
}
