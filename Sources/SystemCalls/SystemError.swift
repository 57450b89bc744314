import CSupport
import Glibc

/// A system call that failed: which, on what, and why. Text: `open /x: Permission denied`.
package struct SystemError: Error, Equatable, CustomStringConvertible {
    /// The call's name, as in section 2 of the manual.
    package let call: String
    /// The path or address it was given; nil when there is none.
    package let path: String?
    /// errno(3).
    package let code: Int32

    package init(_ call: String, path: String? = nil, code: Int32) {
        self.call = call
        self.path = path
        self.code = code
    }

    package var description: String {
        let target = path.map { " \($0)" } ?? ""
        return "\(call)\(target): \(SystemError.text(of: code))"
    }

    /// strerror_r(3): safe on every thread.
    package static func text(of code: Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let base = buffer.baseAddress, darkscope_error_text(code, base, buffer.count) == 0 else {
                return "error \(code)"
            }
            return String(cString: base)
        }
    }
}

/// Calls `body` again while it fails with EINTR; throws when it returns a negative number otherwise.
@discardableResult
package func retrying<Value: SignedInteger>(
    _ call: String, path: String? = nil, _ body: () -> Value
) throws(SystemError) -> Value {
    while true {
        let result = body()
        if result >= 0 { return result }
        let code = errno
        if code != EINTR { throw SystemError(call, path: path, code: code) }
    }
}
