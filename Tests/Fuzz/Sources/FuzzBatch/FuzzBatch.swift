import WireFormat

/// Any bytes as an encoded batch: refused, or a value that is encoded and decoded to itself.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzBatch(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    _ = try? BatchSummary(bytes)
    let decoder = BatchDecoder()
    guard let content = try? decoder.decode(bytes) else { return 0 }
    let again: [UInt8]?
    switch content {
    case .flows(let batch): again = try? BatchEncoder().encode(batch)
    case .gap(let report): again = try? BatchEncoder().encode(report)
    }
    precondition(again.map { (try? decoder.decode($0)) == content } ?? false, "a batch that is not encoded to itself")
    return 0
}
