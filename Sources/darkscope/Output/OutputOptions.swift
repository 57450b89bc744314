import ArgumentParser

/// `--json` of every query.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Answer with one JSON document instead of a table.")
    var json = false

    /// Prints the answer of a query.
    /// - Parameter none: what a person reads instead of a table without rows; it goes to standard error, so that a
    ///   program that counts lines counts none.
    func answer(_ json: @autoclosure () -> JSON, _ table: TextTable, none: String) {
        if self.json {
            print(json().document)
        } else if table.isEmpty {
            standardError(none)
        } else {
            for line in table.lines { print(line) }
        }
    }
}
