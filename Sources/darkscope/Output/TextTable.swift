/// Rows of text under titles, in columns as wide as their longest cell, two spaces apart.
///
/// Width is counted in characters, so free text, whose characters may be wide or have none, belongs into the last column.
struct TextTable {
    /// How the cells of a column stand.
    enum Alignment {
        case left
        case right
    }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    /// - Parameter titles: the titles of columns that are given by name.
    init(_ columns: KeyValuePairs<String, Alignment>, titles: (String) -> String = { $0 }) {
        self.init(columns.map { (titles($0.key), $0.value) })
    }

    init(_ columns: [(title: String, alignment: Alignment)]) { self.columns = columns }

    /// Adds a row; nil is shown as `-`.
    /// - Precondition: as many cells as columns.
    mutating func add(_ cells: [String?]) {
        precondition(cells.count == columns.count, "a row of another table")
        rows.append(cells.map { $0?.safe ?? "-" })
    }

    var isEmpty: Bool { rows.isEmpty }

    /// The lines, the titles first, without spaces at their ends.
    var lines: [String] {
        let all = [columns.map(\.title)] + rows
        let widths = columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                line += columns[column].alignment == .left ? cell + padding + "  " : padding + cell + "  "
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
