// Compiled as the module FoundationEssentials, in place of the 6 MiB that swift-argument-parser imports for two uses. It
// asks whether an error is a LocalizedError, to describe it: no error of a sensor is one, and without conformances the
// answer is no. It encodes its help as JSON for a hidden option: absent.c ends the program there.

/// An error with a description for people.
public protocol LocalizedError: Error {
    /// What happened.
    var errorDescription: String? { get }
}
