import ConsoleSite

/// The questions of ops/sql, which are part of the program: these texts alone are ever run, never one that came in.
enum Notes {
    /// In the order of README.md.
    static let all: [Note] = {
        var texts: [String: String] = [:]
        for place in 0..<darkscope_note_count() {
            let file = darkscope_note_at(place)
            texts[String(cString: file.path)] = String(
                decoding: UnsafeBufferPointer(start: file.bytes, count: file.length), as: UTF8.self)
        }
        var notes: [Note] = []
        var section = ""
        for line in (texts["README.md"] ?? "").split(separator: "\n") {
            if line.hasPrefix("## ") { section = String(line.dropFirst(3)) }
            guard line.hasPrefix("| `"), let file = line.dropFirst(3).split(separator: "`").first,
                let text = texts[String(file)]
            else { continue }
            notes.append(Note(name: String(file.dropLast(4)), section: section, text: text))
        }
        return notes
    }()

    static func find(_ name: String) -> Note? { all.first { $0.name == name } }
}
