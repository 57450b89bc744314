public import FlowModel

/// What no version of the message layer changes (SPEC.md §3.1): enough of a message to answer one that cannot be read.
public struct MessageEnvelope: Sendable, Hashable {
    /// From 1; perhaps none of `MessageCoding.supported`.
    public let version: UInt8
    /// The number of the kind; perhaps none that this build knows.
    public let kind: UInt8
    /// The stream that the message is about.
    public let epoch: Epoch

    /// Reads the preamble, the fields' boundaries and field 1 of a message of any version.
    public init(_ bytes: [UInt8]) throws(WireError) { self = try MessageEnvelope.read(bytes).envelope }

    static func read(_ bytes: [UInt8]) throws(WireError) -> (envelope: MessageEnvelope, fields: FieldTable) {
        guard bytes.count <= WireLimits.messageBytes else { throw WireError(.overLimit, "message") }
        var reader = ByteReader(bytes[...])
        try reader.require(MessageEnvelope.preambleBytes, "preamble")
        guard try reader.slice(2, "magic").elementsEqual([0x44, 0x53]) else { throw WireError(.badMagic, "magic") }
        let version = try reader.u8("version")
        guard version > 0 else { throw WireError(.unsupportedVersion, offset: 2, "message version 0") }
        let kind = try reader.u8("kind")
        let length = Int(try reader.fixed(UInt32.self, "body length"))
        try reader.require(length, "body")
        if reader.left > length { throw WireError(.trailing, offset: reader.offset + length, "message") }
        let fields = try FieldTable(&reader)
        return (MessageEnvelope(version: version, kind: kind, epoch: try fields.epoch(1, "epoch")), fields)
    }

    init(version: UInt8, kind: UInt8, epoch: Epoch) {
        self.version = version
        self.kind = kind
        self.epoch = epoch
    }

    /// The bytes of a message: `D`, `S`, version, kind, body length, then the fields, of which the epoch is the first.
    func message(_ fields: (inout ByteWriter) -> Void) -> [UInt8] {
        var body = ByteWriter()
        body.field(1, epoch: epoch)
        fields(&body)
        var message = ByteWriter()
        message.append([0x44, 0x53, version, kind])
        message.fixed(UInt32(body.bytes.count))
        message.append(body.bytes)
        return message.bytes
    }

    private static let preambleBytes = 8
}
