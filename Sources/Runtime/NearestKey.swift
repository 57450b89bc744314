/// The key that was probably meant by one that nobody knows.
enum NearestKey {
    /// Nil when none is near. A key with the same name in another section is near.
    static func find(_ key: String, among known: [String]) -> String? {
        // Beyond this length nothing is near, and the work would grow with what a file holds.
        guard key.utf8.count <= 200 else { return nil }
        let ranked = known.map { candidate in
            (candidate, name(candidate) == name(key) ? 1 : editDistance(Array(key.utf8), Array(candidate.utf8)))
        }
        guard let best = ranked.min(by: { $0.1 < $1.1 }), best.1 <= max(2, key.utf8.count / 4) else { return nil }
        return best.0
    }

    private static func name(_ key: String) -> Substring {
        key.lastIndex(of: ".").map { key[key.index(after: $0)...] } ?? key[...]
    }

    /// Insertions, deletions and replacements that make one of the other (Levenshtein).
    static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (i, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let replaced = diagonal + (byte == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }
}
