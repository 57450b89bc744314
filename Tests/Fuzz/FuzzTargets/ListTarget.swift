import Enrichment
import FlowModel

/// In every form that it may have it is refused, or gives ranges that ascend without an overlap.
func readList(_ input: [UInt8]) throws(BrokenRule) -> Bool {
    let found = try? OriginFormat(of: input)
    var isSound = (try? ScannerFile(input)) != nil
    for format in OriginFormat.allCases where format != .mmdb {
        guard let file = try? OriginFile(input, format: format) else { continue }
        var layers = OriginLayers()
        guard (try? layers.add(file)) != nil else { continue }
        if format == found { isSound = true }
        // A file on top of itself says nothing new.
        let once = layers.ranges
        try BrokenRule.unless(
            (try? layers.add(file)) != nil && layers.ranges == once, "the same file says something else")
        for (left, right) in zip(once, once.dropFirst()) {
            try BrokenRule.unless(
                (left.family.rawValue, left.high) < (right.family.rawValue, right.low), "ranges overlap")
        }
        for range in once {
            try BrokenRule.unless(
                range.low <= range.high && (range.country != nil || range.asn != nil), "a range that says nothing")
        }
    }
    return isSound
}
