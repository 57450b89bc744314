import FlowModel

/// Versions of the message layer. A collector accepts the present one and the two before it.
public enum MessageCoding {
    public static let current: UInt8 = 1
    /// What this build reads and writes: N−2 … N, from 1.
    public static let supported: ClosedRange<UInt8> = 1...current

    /// The highest version that both sides speak; nil when there is none.
    public static func negotiate(_ offered: ClosedRange<UInt8>) -> UInt8? {
        let version = min(offered.upperBound, supported.upperBound)
        return offered.contains(version) && supported.contains(version) ? version : nil
    }

    /// `D`, `S`, version, kind, body length.
    static let preambleBytes = 8
}

extension Message {
    private enum Kind: UInt8 {
        case hello = 1
        case welcome = 2
        case batch = 3
        case ack = 4
        case nak = 5
        case bye = 6
    }

    /// The bytes of SPEC.md §3.
    public func encoded() -> [UInt8] {
        var body = ByteWriter()
        let kind: Kind
        switch self {
        case .hello(let hello):
            kind = .hello
            body.field(1, epoch: hello.epoch)
            body.field(2, number: hello.versions.lowerBound)
            body.field(3, number: hello.versions.upperBound)
            body.field(4, number: hello.isImport ? UInt8(1) : 0)
            body.field(5, number: hello.firstSequence)
            body.field(6, number: hello.nextSequence)
            body.field(7, Array(hello.sensorVersion.utf8.prefix(WireLimits.versionBytes)))
        case .welcome(let welcome):
            kind = .welcome
            body.field(1, epoch: welcome.epoch)
            body.field(2, number: welcome.version)
            body.field(3, signed: welcome.serverUnixMilliseconds)
            body.field(4, number: welcome.credit)
            body.field(5, Message.encode(welcome.committed))
        case .batch(let batch):
            kind = .batch
            body.field(1, epoch: batch.epoch)
            body.field(2, number: batch.sequence)
            body.field(3, batch.content)
        case .ack(let ack):
            kind = .ack
            body.field(1, epoch: ack.epoch)
            body.field(2, Message.encode(ack.sequences))
        case .nak(let nak):
            kind = .nak
            body.field(1, epoch: nak.epoch)
            body.field(2, number: nak.sequence)
            body.field(3, number: nak.reason.rawValue)
            body.field(4, number: nak.isRetryable ? UInt8(1) : 0)
            body.field(5, number: nak.retryAfterMilliseconds)
            body.field(6, Message.cut(nak.text))
        case .bye(let bye):
            kind = .bye
            body.field(1, epoch: bye.epoch)
        }
        var message = ByteWriter()
        message.append([0x44, 0x53, MessageCoding.current, kind.rawValue])
        message.fixed(UInt32(body.bytes.count))
        message.append(body.bytes)
        return message.bytes
    }

    /// Reads one message; refuses anything that is not exactly one.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        guard bytes.count <= WireLimits.messageBytes else { throw WireError(.overLimit, "message") }
        var reader = ByteReader(bytes[...])
        try reader.require(MessageCoding.preambleBytes, "preamble")
        guard try reader.slice(2, "magic").elementsEqual([0x44, 0x53]) else { throw WireError(.badMagic, "magic") }
        let version = try reader.u8("version")
        guard MessageCoding.supported.contains(version) else {
            throw WireError(.unsupportedVersion, offset: 2, "message version \(version)")
        }
        let kindValue = try reader.u8("kind")
        guard let kind = Kind(rawValue: kindValue) else { throw WireError(.outOfRange, offset: 3, "kind \(kindValue)") }
        let length = try reader.fixed(UInt32.self, "body length")
        try reader.require(Int(length), "body")
        if reader.left > Int(length) { throw WireError(.trailing, offset: reader.offset + Int(length), "message") }
        let fields = try FieldTable(&reader)
        switch kind {
        case .hello: self = .hello(try Hello(fields))
        case .welcome: self = .welcome(try Welcome(fields))
        case .batch:
            let content = try fields.bytes(3, "content", limit: WireLimits.batchBytes)
            self = .batch(
                BatchMessage(
                    epoch: try fields.epoch(1, "epoch"), sequence: try fields.number(2, "sequence", in: 1...UInt64.max),
                    content: Array(content)))
        case .ack:
            let sequences = try Message.ranges(fields, 2, "sequences")
            guard !sequences.isEmpty else { throw WireError(.missingField, offset: reader.offset, "sequences") }
            self = .ack(Ack(epoch: try fields.epoch(1, "epoch"), sequences: sequences))
        case .nak: self = .nak(try Nak(fields))
        case .bye: self = .bye(Bye(epoch: try fields.epoch(1, "epoch")))
        }
    }

    /// A count, then for each range its distance from the end of the one before and its length minus one.
    private static func encode(_ ranges: [ClosedRange<UInt64>]) -> [UInt8] {
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
    private static func cut(_ text: String) -> [UInt8] {
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
    fileprivate init(_ fields: FieldTable) throws(WireError) {
        let lower = try fields.number(2, "lowest version", as: UInt8.self, in: 1...255)
        let upper = try fields.number(3, "highest version", as: UInt8.self, in: lower...255)
        let next = try fields.number(6, "next sequence", in: 1...UInt64.max)
        let version = try fields.text(7, "sensor version", limit: WireLimits.versionBytes)
        guard version.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw WireError(.outOfRange, "sensor version")
        }
        self.init(
            versions: lower...upper, epoch: try fields.epoch(1, "epoch"), isImport: try fields.flag(4, "import"),
            firstSequence: try fields.number(5, "first sequence", in: 1...next), nextSequence: next,
            sensorVersion: version)
    }
}

extension Welcome {
    fileprivate init(_ fields: FieldTable) throws(WireError) {
        self.init(
            version: try fields.number(2, "version", as: UInt8.self, in: 1...255),
            serverUnixMilliseconds: try fields.signed(3, "server time"),
            credit: try fields.number(4, "credit", as: UInt16.self, in: 1...UInt16.max),
            epoch: try fields.epoch(1, "epoch"), committed: try Message.ranges(fields, 5, "committed"))
    }
}

extension Nak {
    fileprivate init(_ fields: FieldTable) throws(WireError) {
        let value = try fields.number(3, "reason", as: UInt8.self, in: 1...255)
        guard let reason = NakReason(rawValue: value) else { throw WireError(.outOfRange, "reason \(value)") }
        self.init(
            epoch: try fields.epoch(1, "epoch"), sequence: try fields.number(2, "sequence"), reason: reason,
            isRetryable: try fields.flag(4, "retryable"),
            retryAfterMilliseconds: try fields.number(5, "retry after", as: UInt32.self),
            text: try fields.text(6, "text", limit: WireLimits.textBytes))
    }
}
