import CLibzmq

/// A failure of the messaging environment: never a peer's doing (those are events and counters).
package struct MessagingError: Error, Equatable, CustomStringConvertible {
    /// What failed; two errors are equal when their codes are.
    package enum Code: Sendable, Equatable {
        /// libzmq has no socket, thread or memory left.
        case resources
        /// A socket option was not accepted: this libzmq was built without what Darkscope needs.
        case option
        /// The endpoint cannot be listened on.
        case bind
        /// The endpoint's text is not a numeric `tcp://` address.
        case connect
        /// The start-up self-test failed: the socket would have let strangers in, or nobody.
        case selfTest
        /// A key's text or bytes are not a CURVE key.
        case key
        /// A key file is missing, damaged, or not as private as it must be.
        case keyFile
    }

    package let code: Code
    /// One sentence for an operator: what, where, why, and what to do. Holds no key material.
    package let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// An error with the text of the thread's current ZeroMQ error number.
    static func current(_ code: Code, _ what: String) -> MessagingError {
        MessagingError(code, "\(what): \(String(cString: zmq_strerror(zmq_errno())))")
    }

    package static func == (left: MessagingError, right: MessagingError) -> Bool { left.code == right.code }
}
