/// The status with which a program ends: sysexits.h and the shell's 0 and 1.
package struct ExitCode: RawRepresentable, Hashable, Sendable {
    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    package static let ok = ExitCode(rawValue: 0)
    /// Failed while running, for no reason below.
    package static let failure = ExitCode(rawValue: 1)
    /// Wrong arguments.
    package static let usage = ExitCode(rawValue: 64)
    /// Input that is damaged or not what it should be.
    package static let data = ExitCode(rawValue: 65)
    /// An input file that is not there or cannot be read.
    package static let noInput = ExitCode(rawValue: 66)
    /// A service that is needed does not answer.
    package static let unavailable = ExitCode(rawValue: 69)
    /// A fault of the program itself.
    package static let software = ExitCode(rawValue: 70)
    /// An output file cannot be made.
    package static let cannotCreate = ExitCode(rawValue: 73)
    /// Reading or writing failed.
    package static let io = ExitCode(rawValue: 74)
    /// Worth another try later without a change.
    package static let temporary = ExitCode(rawValue: 75)
    package static let noPermission = ExitCode(rawValue: 77)
    package static let configuration = ExitCode(rawValue: 78)
}
