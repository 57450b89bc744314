/// Why bytes are not a message or a batch.
public struct WireError: Error, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable, Hashable {
        /// The bytes end before what they announce.
        case truncated
        /// Bytes are left after the end.
        case trailing
        case badMagic
        case unsupportedVersion
        case missingField
        case repeatedField
        /// A size or a count is over a limit of `WireLimits`.
        case overLimit
        /// A value that its field can't have.
        case outOfRange
        /// Values that contradict each other.
        case inconsistent
        /// zstd refused the body.
        case compression
    }

    public let code: Code
    /// Where in the bytes it was noticed.
    public let offset: Int
    /// Which element.
    public let what: String

    public init(_ code: Code, offset: Int = 0, _ what: String) {
        self.code = code
        self.offset = offset
        self.what = what
    }

    public var description: String { "\(code.rawValue) at byte \(offset): \(what)" }
}
