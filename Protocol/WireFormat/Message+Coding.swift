import FlowModel

extension Message {
    /// Kinds on the wire. HELLO and NAK are the same in every version: without them two sides that have no version in
    /// common could not tell each other so.
    private enum Kind: UInt8 {
        case hello = 1
        case welcome = 2
        case batch = 3
        case ack = 4
        case nak = 5
        case bye = 6

        var isFrozen: Bool { self == .hello || self == .nak }
    }

    /// The bytes of SPEC.md §3 in a version of `MessageCoding.supported`: the one that WELCOME named, or for a HELLO the
    /// highest offered. A WELCOME is written in the version that it names, whatever `version` says.
    public func encoded(version: UInt8 = MessageCoding.current) -> [UInt8] {
        switch self {
        case .hello(let hello): Message.bytes(.hello, hello.epoch, version) { hello.encode(into: &$0) }
        case .welcome(let welcome):
            Message.bytes(.welcome, welcome.epoch, welcome.version) { welcome.encode(into: &$0) }
        case .batch(let batch):
            Message.bytes(.batch, batch.epoch, version) { body in
                body.field(2, number: batch.sequence)
                body.field(3, batch.content)
            }
        case .ack(let ack):
            Message.bytes(.ack, ack.epoch, version) { $0.field(2, Message.encode(ack.sequences)) }
        case .nak(let nak): Message.bytes(.nak, nak.epoch, version) { nak.encode(into: &$0) }
        case .bye(let bye): Message.bytes(.bye, bye.epoch, version) { _ in }
        }
    }

    private static func bytes(
        _ kind: Kind, _ epoch: Epoch, _ version: UInt8, _ fields: (inout ByteWriter) -> Void
    ) -> [UInt8] {
        MessageEnvelope(version: version, kind: kind.rawValue, epoch: epoch).message(fields)
    }

    /// Reads one message; refuses anything that is not exactly one. HELLO and NAK are read in any version, others in
    /// those of `MessageCoding.supported`; `MessageEnvelope` tells to whom `unsupportedVersion` can be said.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        let (envelope, fields) = try MessageEnvelope.read(bytes)
        let kind = Kind(rawValue: envelope.kind)
        guard MessageCoding.supported.contains(envelope.version) || kind?.isFrozen == true else {
            throw WireError(.unsupportedVersion, offset: 2, "message version \(envelope.version)")
        }
        let epoch = envelope.epoch
        switch kind {
        case .hello: self = .hello(try Hello(epoch, fields))
        case .welcome: self = .welcome(try Welcome(epoch, fields, version: envelope.version))
        case .batch:
            let content = try fields.bytes(3, "content", limit: WireLimits.batchBytes)
            let sequence = try fields.number(2, "sequence", in: 1...UInt64.max)
            self = .batch(BatchMessage(epoch: epoch, sequence: sequence, content: Array(content)))
        case .ack:
            let sequences = try Message.ranges(fields, 2, "sequences")
            guard !sequences.isEmpty else { throw WireError(.missingField, offset: bytes.count, "sequences") }
            self = .ack(Ack(epoch: epoch, sequences: sequences))
        case .nak: self = .nak(try Nak(epoch, fields))
        case .bye: self = .bye(Bye(epoch: epoch))
        case nil: throw WireError(.outOfRange, offset: 3, "kind \(envelope.kind)")
        }
    }

    /// A count, then for each range its distance from the end of the one before and its length minus one.
    fileprivate static func encode(_ ranges: [ClosedRange<UInt64>]) -> [UInt8] {
        var writer = ByteWriter()
        let kept = ranges.prefix(WireLimits.ranges)
        writer.varint(UInt64(kept.count))
        var end: UInt64 = 0
        for range in kept {
            writer.varint(range.lowerBound &- end)
            writer.varint(range.upperBound &- range.lowerBound)
            end = range.upperBound
        }
        return writer.bytes
    }

    fileprivate static func ranges(
        _ fields: FieldTable, _ tag: UInt64, _ what: String
    ) throws(WireError) -> [ClosedRange<UInt64>] {
        var end: UInt64 = 0
        return try fields.list(tag, what, limit: WireLimits.ranges) { reader throws(WireError) in
            let start = reader.offset
            let distance = try reader.varint(UInt64.self, what)
            let extent = try reader.varint(UInt64.self, what)
            let (lower, overflow) = end.addingReportingOverflow(distance)
            let (upper, overflowToo) = lower.addingReportingOverflow(extent)
            // Adjacent ranges would be one; the first starts at 1 or later.
            guard !overflow, !overflowToo, distance >= (end == 0 ? 1 : 2) else {
                throw WireError(.outOfRange, offset: start, what)
            }
            end = upper
            return lower...upper
        }
    }

    /// At most `WireLimits.textBytes` of UTF-8, cut between characters.
    fileprivate static func cut(_ text: String) -> [UInt8] {
        var kept: [UInt8] = []
        for character in text.unicodeScalars where character != "\0" {
            let bytes = Array(String(character).utf8)
            if kept.count + bytes.count > WireLimits.textBytes { break }
            kept += bytes
        }
        return kept
    }
}

extension Hello {
    fileprivate func encode(into body: inout ByteWriter) {
        body.field(2, number: versions.lowerBound)
        body.field(3, number: versions.upperBound)
        body.field(4, number: isImport ? UInt8(1) : 0)
        body.field(5, number: firstSequence)
        body.field(6, number: nextSequence)
        body.field(7, Array(sensorVersion.utf8.prefix(WireLimits.versionBytes)))
    }

    fileprivate init(_ epoch: Epoch, _ fields: FieldTable) throws(WireError) {
        let lower = try fields.number(2, "lowest version", as: UInt8.self, in: 1...255)
        let upper = try fields.number(3, "highest version", as: UInt8.self, in: lower...255)
        let next = try fields.number(6, "next sequence", in: 1...UInt64.max)
        let version = try fields.text(7, "sensor version", limit: WireLimits.versionBytes)
        guard version.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw WireError(.outOfRange, "sensor version")
        }
        self.init(
            versions: lower...upper, epoch: epoch, isImport: try fields.flag(4, "import"),
            firstSequence: try fields.number(5, "first sequence", in: 1...next), nextSequence: next,
            sensorVersion: version)
    }
}

extension Welcome {
    fileprivate func encode(into body: inout ByteWriter) {
        body.field(2, number: version)
        body.field(3, signed: serverUnixMilliseconds)
        body.field(4, number: credit)
        body.field(5, Message.encode(committed))
    }

    fileprivate init(_ epoch: Epoch, _ fields: FieldTable, version: UInt8) throws(WireError) {
        guard try fields.number(2, "version", as: UInt8.self) == version else {
            throw WireError(.inconsistent, "a WELCOME is written in the version that it names")
        }
        self.init(
            version: version, serverUnixMilliseconds: try fields.signed(3, "server time"),
            credit: try fields.number(4, "credit", as: UInt16.self, in: 1...UInt16.max), epoch: epoch,
            committed: try Message.ranges(fields, 5, "committed"))
    }
}

extension Nak {
    fileprivate func encode(into body: inout ByteWriter) {
        body.field(2, number: sequence)
        body.field(3, number: reason.rawValue)
        body.field(4, number: isRetryable ? UInt8(1) : 0)
        body.field(5, number: retryAfterMilliseconds)
        body.field(6, Message.cut(text))
    }

    fileprivate init(_ epoch: Epoch, _ fields: FieldTable) throws(WireError) {
        let value = try fields.number(3, "reason", as: UInt8.self)
        guard let reason = NakReason(rawValue: value) else { throw WireError(.outOfRange, "reason \(value)") }
        self.init(
            epoch: epoch, sequence: try fields.number(2, "sequence"), reason: reason,
            isRetryable: try fields.flag(4, "retryable"),
            retryAfterMilliseconds: try fields.number(5, "retry after", as: UInt32.self),
            text: try fields.text(6, "text", limit: WireLimits.textBytes))
    }
}
