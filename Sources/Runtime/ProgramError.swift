import Glibc

/// An error that ends a program: one line for the operator with cause and remedy, and the exit code.
package struct ProgramError: Error, Equatable, CustomStringConvertible {
    package let code: ExitCode
    /// One line: what would end it or steer a terminal is shown as an escape.
    package let message: String

    package init(_ code: ExitCode, _ message: String) {
        self.code = code
        self.message = message.unicodeScalars.reduce(into: "") { text, scalar in
            if scalar.isInvisible {
                text += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
    }

    package var description: String { message }

    /// Ends the process: `program: message` on standard error, and the code as its exit status.
    package func end(program: String) -> Never {
        let line = Array("\(program): \(message)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
        exit(code.rawValue)
    }
}

extension Unicode.Scalar {
    /// Whether it is shown by no glyph of its own: controls, line ends, marks that change the direction of text.
    var isInvisible: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: true
        default: false
        }
    }
}
