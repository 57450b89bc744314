/// Why the database did not do what it was asked.
package struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What the caller can do about it.
    package enum Kind: Sendable, Equatable {
        /// No connection, or none that can write now: the same call may succeed later.
        case unavailable
        /// The database refused the data, with this SQLSTATE (PostgreSQL manual, appendix A): never succeeds.
        case refused(String)
        /// The database's schema or privileges do not fit this program: an operator must act.
        case schema
    }

    package let kind: Kind
    /// One line for an operator; holds no password.
    package let message: String

    /// Whether the role that asked may not (insufficient_privilege).
    package let isDenied: Bool

    package init(_ kind: Kind, _ message: String) { self.init(kind, message, isDenied: false) }

    private init(_ kind: Kind, _ message: String, isDenied: Bool) {
        self.kind = kind
        self.message = message
        self.isDenied = isDenied
    }

    package var description: String { message }
}

extension StoreError {
    /// Classifies a server's error. What is not surely the fault of the data is not blamed on it: a wrong guess
    /// towards `.refused` would throw a batch away, a wrong guess towards `.unavailable` only delays it.
    static func server(sqlState: String, message: String) -> StoreError {
        switch sqlState.prefix(2) {
        case "22", "23", "54", "0A", "P0": StoreError(.refused(sqlState), message)
        case "3D", "3F", "42", "28": StoreError(.schema, message, isDenied: sqlState == "42501")
        default: StoreError(.unavailable, message)
        }
    }

    /// Whether another transaction was in the way, so that the same statements may succeed at once
    /// (serialization_failure, deadlock_detected, lock_not_available).
    static func isContention(sqlState: String) -> Bool { ["40001", "40P01", "55P03"].contains(sqlState) }
}
