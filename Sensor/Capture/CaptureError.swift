/// Why packets can't be had.
package struct CaptureError: Error, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        /// The file is not there or not readable.
        case unreadable
        /// The file is no capture file, or breaks off; what came before was delivered.
        case damaged
        /// No such interface.
        case noInterface
        case noPrivilege
        /// The interface is down or went away; it may come back.
        case interfaceDown
        /// libpcap or the kernel refused something else.
        case refused
    }

    package let kind: Kind
    /// File or interface.
    package let source: String
    /// What is wrong, and where in the file if that is known.
    package let cause: String
    /// What a person can do.
    package let remedy: String

    package init(_ kind: Kind, source: String, cause: String, remedy: String) {
        self.kind = kind
        self.source = source
        self.cause = cause
        self.remedy = remedy
    }

    package var description: String { "\(source): \(cause). \(remedy)" }
}
