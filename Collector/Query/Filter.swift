package import FlowModel

/// A condition on traffic, as people write it: `proto = tcp and port in (23, 2323) and not scanner`.
///
/// Made by the parser or by `conjunction` and `disjunction`, it is in one form: no `and` stands directly in an `and`, no
/// `or` in an `or`, and either has two parts at least. Its `description` is read back as the same filter.
package indirect enum Filter: Hashable, Sendable {
    case all([Filter])
    case any([Filter])
    case not(Filter)
    case term(Term)

    /// One comparison.
    package struct Term: Hashable, Sendable {
        package let field: FilterField
        package let comparison: Comparison
        /// None for a field that holds by itself, one for an order or an equality, one or more for `in`.
        package let values: [FilterValue]

        package init(_ field: FilterField, _ comparison: Comparison, _ values: [FilterValue]) {
            self.field = field
            self.comparison = comparison
            self.values = values
        }
    }

    /// How a field is compared.
    package enum Comparison: String, Hashable, Sendable, CaseIterable {
        /// The field alone: `scanner`.
        case holds = ""
        case equals = "="
        case differs = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case isIn = "in"
    }

    /// All of these; one is itself.
    package static func conjunction(_ parts: [Filter]) -> Filter {
        let flat = parts.flatMap { part in if case .all(let inner) = part { inner } else { [part] } }
        return flat.count == 1 ? flat[0] : .all(flat)
    }

    /// Any of these; one is itself.
    package static func disjunction(_ parts: [Filter]) -> Filter {
        let flat = parts.flatMap { part in if case .any(let inner) = part { inner } else { [part] } }
        return flat.count == 1 ? flat[0] : .any(flat)
    }

    /// The parts that all must hold; one when it is no conjunction.
    package var conjuncts: [Filter] { if case .all(let parts) = self { parts } else { [self] } }

    /// The fields that are named.
    package var fields: Set<FilterField> {
        switch self {
        case .all(let parts), .any(let parts): parts.reduce(into: []) { $0.formUnion($1.fields) }
        case .not(let inner): inner.fields
        case .term(let term): [term.field]
        }
    }

    /// The values that a field must have one of, when the filter says so in one of its conjuncts; nil otherwise. Of
    /// several such conjuncts, the first.
    package func required(_ field: FilterField) -> [FilterValue]? {
        for case .term(let term) in conjuncts where term.field == field {
            if term.comparison == .equals || term.comparison == .isIn { return term.values }
        }
        return nil
    }
}

/// What a field is compared with.
package enum FilterValue: Hashable, Sendable, CustomStringConvertible {
    case word(String)
    case number(Int64)
    case block(Prefix)

    /// As it is written in a filter.
    package var description: String {
        switch self {
        case .word(let word): word
        case .number(let number): String(number)
        case .block(let block): block.length == block.family.bitWidth ? "\(block.network)" : "\(block)"
        }
    }
}

extension Filter: CustomStringConvertible {
    /// The filter as text, with no more parentheses than it needs.
    package var description: String {
        switch self {
        case .all(let parts): parts.map { $0.isAny ? "(\($0))" : "\($0)" }.joined(separator: " and ")
        case .any(let parts): parts.map(\.description).joined(separator: " or ")
        case .not(let inner): inner.isCompound ? "not (\(inner))" : "not \(inner)"
        case .term(let term): term.description
        }
    }

    private var isAny: Bool { if case .any = self { true } else { false } }

    private var isCompound: Bool {
        switch self {
        case .all, .any: true
        case .not, .term: false
        }
    }
}

extension Filter.Term: CustomStringConvertible {
    package var description: String {
        let list = values.map(\.description).joined(separator: ", ")
        return switch comparison {
        case .holds: field.rawValue
        case .isIn: "\(field.rawValue) in (\(list))"
        default: "\(field.rawValue) \(comparison.rawValue) \(list)"
        }
    }
}
