/// What is read of bytes that others shape. The fuzzer (`ops/fuzz`) and the replay of the corpus (FuzzTargetsTests) both
/// run these, so that they cannot drift apart.
package enum FuzzTarget: String, CaseIterable, Sendable {
    /// An encoded batch.
    case batch
    /// A message.
    case message
    /// Captured frames, each behind a byte for its link type and one for its length.
    case frames
    /// A capture file: pcap or pcapng, perhaps behind gzip.
    case pcap
    /// A spool's directory; see `SpoolImage`.
    case spool
    /// A file of origins or of scanners, as text.
    case list

    /// Reads `input` in every way in which the programs read it.
    /// - Returns: whether it is sound: of the target's form, and undamaged.
    /// - Throws: `BrokenRule` when something does not hold that must hold for any bytes.
    package func run(_ input: [UInt8]) throws(BrokenRule) -> Bool {
        switch self {
        case .batch: try readBatch(input)
        case .message: try readMessage(input)
        case .frames: try readFrames(input)
        case .pcap: try readCapture(input)
        case .spool: try readSpool(input)
        case .list: try readList(input)
        }
    }
}

/// A rule that must hold for any input, and does not.
package struct BrokenRule: Error, CustomStringConvertible {
    package let description: String

    /// Throws unless `holds`.
    static func unless(_ holds: Bool, _ rule: @autoclosure () -> String) throws(BrokenRule) {
        if !holds { throw BrokenRule(description: rule()) }
    }
}
