import WireFormat

/// Any bytes as a message: refused, or a value that is encoded and decoded to itself.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMessage(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let envelope = try? MessageEnvelope(bytes), let message = try? Message(decoding: bytes) else { return 0 }
    let again = message.encoded(version: envelope.version)
    precondition((try? Message(decoding: again)) == message, "a message that is not encoded to itself")
    return 0
}
