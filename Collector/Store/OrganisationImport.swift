package import Alerts
package import FlowModel

/// What a file says of organisations: an item for each thing that is said, with the line that says it.
package struct OrganisationImport: Sendable {
    package struct Organisation: Sendable {
        package let code: String
        package var settings = OrganisationSettings()
        /// Where each setting was said first.
        package var lineOfSetting: [OrganisationField: Int] = [:]
        /// All lines that name the organisation.
        package var lines: [Int]

        package init(code: String, line: Int) {
            self.code = code
            lines = [line]
        }
    }

    package struct Block: Sendable {
        package let line: Int
        package let organisation: String
        package let prefix: Prefix
        /// Unix seconds; nil when nothing is said.
        package let from: Int64?
        /// Unix seconds, exclusive; nil when nothing is said.
        package let until: Int64?
        package let vouchedBy: String?

        package init(
            line: Int, organisation: String, prefix: Prefix, from: Int64? = nil, until: Int64? = nil,
            vouchedBy: String? = nil
        ) {
            self.line = line
            self.organisation = organisation
            self.prefix = prefix
            self.from = from
            self.until = until
            self.vouchedBy = vouchedBy
        }
    }

    package struct Contact: Sendable {
        package let line: Int
        package let organisation: String
        package let target: ContactTarget
        /// The channel's first when nil.
        package let format: NoticeFormat?

        package init(line: Int, organisation: String, target: ContactTarget, format: NoticeFormat? = nil) {
            self.line = line
            self.organisation = organisation
            self.target = target
            self.format = format
        }
    }

    /// By their first line.
    package var organisations: [Organisation] = []
    package var blocks: [Block] = []
    package var contacts: [Contact] = []

    package init() {}
}

/// Why a line of a file cannot be imported.
package struct ImportProblem: Sendable, Hashable {
    /// From 1.
    package let line: Int
    /// Nil when it is about the line.
    package let column: String?
    /// What is wrong and what was expected: part of a sentence.
    package let cause: String

    package init(line: Int, column: String?, cause: String) {
        self.line = line
        self.column = column
        self.cause = cause
    }
}

/// The first problems of a file, by line, and how many there are.
package struct ImportProblems: Sendable {
    /// So many are kept.
    package static let limit = 100

    package private(set) var first: [ImportProblem] = []
    package private(set) var count = 0

    package init() {}

    package mutating func add(_ problem: ImportProblem) {
        count += 1
        // Nearly always they come in order, so that only what is over is dropped at once.
        if first.count == ImportProblems.limit, let last = first.last, last.line <= problem.line { return }
        let place = first.lastIndex { $0.line <= problem.line }.map { $0 + 1 } ?? 0
        first.insert(problem, at: place)
        if first.count > ImportProblems.limit { first.removeLast() }
    }

    package mutating func add(_ other: ImportProblems) {
        for problem in other.first { add(problem) }
        count += other.count - other.first.count
    }
}

/// What an import changes, or would.
package struct ImportCounts: Sendable, Hashable {
    package var organisationsAdded = 0
    package var organisationsChanged = 0
    package var organisationsSame = 0
    package var blocksAdded = 0
    package var blocksChanged = 0
    package var blocksSame = 0
    /// Blocks and contacts that a person ended, which a file does not bring back.
    package var blocksEnded = 0
    package var contactsAdded = 0
    package var contactsChanged = 0
    package var contactsSame = 0
    package var contactsEnded = 0

    package init() {}
}
