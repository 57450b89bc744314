/// Bytes of a segment that are not as they were written, or numbers of which there is nothing.
package struct SpoolDamage: Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        /// Numbers before the segment's first are neither there nor settled.
        case missing(ClosedRange<UInt64>)
        /// The header is damaged; the records were found without it.
        case header
        /// No record can be looked for.
        case unreadable
        /// The file is of a format that this program does not know.
        case newer(version: UInt16)
        /// Bytes between records.
        case records
        case payload(sequence: UInt64)
        /// Bytes behind the last record.
        case end
    }

    /// Where in the file, and how many.
    package let offset: Int
    package let bytes: Int
    package let kind: Kind

    /// What it means, in one line without its place.
    package var description: String {
        switch kind {
        case .missing(let range) where range.count == 1: "record \(range.lowerBound) is missing"
        case .missing(let range): "records \(range.lowerBound) to \(range.upperBound) are missing"
        case .header: "the segment's header is damaged; nothing is lost by it"
        case .unreadable: "no record can be found: the next start declares them lost and moves the file to quarantine/"
        case .newer(let version): "written by a newer program (format \(version)); left alone"
        case .records: "no records; the numbers missing here are lost"
        case .payload(let sequence): "the content of record \(sequence) is damaged and lost"
        case .end: "torn, never written or damaged; a record that began here is lost"
        }
    }
}
