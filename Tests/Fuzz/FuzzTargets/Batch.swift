import FlowModel
import WireFormat

/// Refused, or a value that is encoded and decoded to itself, and whose bytes can be explained to the last one.
func readBatch(_ input: [UInt8]) throws(BrokenRule) -> Bool {
    let decoder = BatchDecoder()
    let summary = try? BatchSummary(input)
    let explanation = try? decoder.explain(input)
    guard let content = try? decoder.decode(input) else {
        try BrokenRule.unless(explanation == nil, "what cannot be decoded is explained")
        return false
    }
    try BrokenRule.unless(summary != nil, "what can be decoded has no summary")
    let again: [UInt8]?
    switch content {
    case .flows(let batch):
        again = try? BatchEncoder().encode(batch)
        try BrokenRule.unless(summary?.records == batch.records.count, "the summary counts other records")
    case .gap(let report):
        again = try? BatchEncoder().encode(report)
        try BrokenRule.unless(summary?.records == report.entries.count, "the summary counts other entries")
    }
    try BrokenRule.unless(
        again.map { (try? decoder.decode($0)) == content } ?? false, "a batch that is not encoded to itself")
    return true
}
