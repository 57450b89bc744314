/// Why a console cannot serve, for an operator: one line with the remedy.
package struct ConsoleError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        /// The configuration asks for what cannot be.
        case configuration
        /// The address is taken, or may not be listened on.
        case address
        /// A resource of the system is missing.
        case resources
    }

    package let kind: Kind
    package let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
