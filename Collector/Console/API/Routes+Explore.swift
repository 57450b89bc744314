extension Routes {
    /// What helps to ask, what was asked often, and years.
    static let explore: [Route] =
        [
            Route(
                api(.word("fields")), "fields",
                "The language of filters: its fields, what can stand after them, and the sites and sensors that there are.",
                members: [
                    "fields": "array", "words": "array", "sites": "array", "sensors": "array", "scanners": "object",
                ], by: .question(Questions.together(Questions.fields))),
            Route(
                api(.word("filter")), "filter",
                "Reads a filter: the same in its one form, or where and why it cannot be read.", [filter],
                members: [
                    "text": "string", "filter": "string or null", "fields": "array", "error": "object or null",
                ], by: .computed(Questions.filter)),
            Route(
                api(.word("years")), "years",
                "Packets, addresses and packets per address of each year (UTC), ours beside NICTER's published series.",
                members: ["at": "string", "years": "array", "notes": "array"],
                by: .question(Questions.together(Questions.years))),
            Route(
                api(.word("notes")), "notes", "Ready-made questions in SQL.", members: ["notes": "array"],
                by: .computed(Questions.notes)),
            Route(
                api(.word("note"), .parameter(noteName)), "note",
                "A ready-made question: what it asks, its variables, and its text.",
                members: [
                    "name": "string", "section": "string", "question": "string", "columns": "string", "hints": "string",
                    "cost": "string", "variables": "array", "text": "string",
                    "command": "string", "runs": "boolean",
                    "reason": "string or null",
                ], by: .computed(Questions.note)),
            Route(
                api(.word("note"), .parameter(noteName), .word("answer")), "note_answer",
                "The rows of a ready-made question: its text is run with bound parameters, in a transaction that only reads. "
                    + "Variables that a question does not have are refused.",
                span + NoteVariable.allCases.compactMap(\.parameter),
                members: [
                    "name": "string", "question": "string", "rows": "array", "columns": "array", "is_cut": "boolean",
                    "span": "object or null", "coverage": "array", "sql": "object", "variables": "object",
                ], by: .question(Questions.together(Questions.noteAnswer))),
        ]

    private static let noteName = Parameter(name: "name", kind: .code, note: "Name of a file of ops/sql, without .sql.")
}
