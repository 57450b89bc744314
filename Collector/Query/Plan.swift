/// What is run to answer a question.
package struct Plan: Hashable, Sendable {
    /// The rows of the answer; of `top`, a first one with the totals.
    package let rows: Statement
    /// What was observed: run first, since it also tells how much there is to read. See `Coverage` of the store.
    package let coverage: Statement
    /// The views and functions of schema api that `rows` reads.
    package let views: [String]
    /// What is answered for: the span that was asked for, widened to what the views are made of.
    package let span: TimeSpan
    /// Seconds of what the views are made of.
    package let unit: Int64
    /// Which sources count.
    package let scanners: ScannerChoice
    /// Packets that the coverage may have at most for `rows` to be run; nil for no limit.
    package let mostPackets: Int64?
    /// What to ask instead when there are more, as the end of a sentence.
    package let instead: String
    /// What whoever reads the answer should know of it, in sentences.
    package let notes: [String]

    /// Names of the columns of `rows`, in their order: part of every answer that is written for programs.
    package let columns: [String]
}
