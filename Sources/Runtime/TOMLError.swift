/// Where a text is not TOML, and what was expected there.
package struct TOMLError: Error, Equatable, CustomStringConvertible {
    /// Counted from 1.
    package let line: Int
    /// Counted from 1, in Unicode scalars.
    package let column: Int
    /// What is wrong and what was expected, without the place.
    package let description: String
}
