import WireFormat

/// Refused, or a value that is encoded and decoded to itself.
func readMessage(_ input: [UInt8]) throws(BrokenRule) -> Bool {
    guard let message = try? Message(decoding: input) else { return false }
    guard let envelope = try? MessageEnvelope(input) else { throw BrokenRule(description: "a message has no envelope") }
    let again = message.encoded(version: envelope.version)
    try BrokenRule.unless((try? Message(decoding: again)) == message, "a message that is not encoded to itself")
    return true
}
