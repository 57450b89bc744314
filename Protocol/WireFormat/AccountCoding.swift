import FlowModel

extension CaptureAccount {
    func encode(into header: inout ByteWriter) {
        header.field(HeaderTag.observedFrom, number: observedFromMilliseconds)
        header.field(HeaderTag.observedTo, number: observedToMilliseconds)
        header.field(HeaderTag.capture, number: capture.rawValue)
        header.field(HeaderTag.shift, signed: shiftSeconds)
        header.field(HeaderTag.link, number: link.rawValue)
        header.field(HeaderTag.kernelReceived, number: kernelReceived)
        header.field(HeaderTag.kernelDropped, number: kernelDropped)
        header.field(HeaderTag.interfaceDropped, number: interfaceDropped)
        header.field(HeaderTag.received, number: received)
        header.field(HeaderTag.aggregated, number: aggregated)
        header.field(HeaderTag.filtered, number: filtered)
        header.field(HeaderTag.nonIP, number: nonIP)
        let reasons = MalformedReason.allCases.filter { malformed[$0] > 0 }
        if !reasons.isEmpty {
            var list = ByteWriter()
            list.varint(UInt64(reasons.count))
            for reason in reasons {
                list.u8(reason.rawValue)
                list.varint(malformed[reason])
            }
            header.field(HeaderTag.malformed, list.bytes)
        }
        header.field(HeaderTag.late, number: late)
        header.field(HeaderTag.overflowed, number: overflowed)
        header.field(HeaderTag.clock, number: clock.rawValue)
        header.field(HeaderTag.clockOffset, signed: clockOffsetMicroseconds)
        if !sensorVersion.isEmpty { header.field(HeaderTag.sensorVersion, Array(sensorVersion.utf8)) }
        header.field(HeaderTag.configurationDigest, number: configurationDigest)
    }

    init(_ fields: FieldTable) throws(WireError) {
        self.init()
        observedFromMilliseconds = try fields.number(HeaderTag.observedFrom, "observed from", as: UInt32.self)
        observedToMilliseconds = try fields.number(HeaderTag.observedTo, "observed to", as: UInt32.self)
        capture = try fields.choice(HeaderTag.capture, "capture kind")
        shiftSeconds = try fields.signed(HeaderTag.shift, "shift")
        link = try fields.choice(HeaderTag.link, "link state")
        kernelReceived = try fields.number(HeaderTag.kernelReceived, "kernel received")
        kernelDropped = try fields.number(HeaderTag.kernelDropped, "kernel dropped")
        interfaceDropped = try fields.number(HeaderTag.interfaceDropped, "interface dropped")
        received = try fields.number(HeaderTag.received, "received")
        aggregated = try fields.number(HeaderTag.aggregated, "aggregated")
        filtered = try fields.number(HeaderTag.filtered, "filtered")
        nonIP = try fields.number(HeaderTag.nonIP, "non-IP")
        let pairs = try fields.list(HeaderTag.malformed, "malformed", limit: MalformedReason.allCases.count) {
            reader throws(WireError) in
            let start = reader.offset
            guard let reason = MalformedReason(rawValue: try reader.u8("malformed reason")) else {
                throw WireError(.outOfRange, offset: start, "malformed reason")
            }
            return (reason, try reader.varint(UInt64.self, "malformed frames"))
        }
        for (reason, count) in pairs {
            guard malformed[reason] == 0, count > 0 else { throw WireError(.repeatedField, "malformed \(reason.name)") }
            malformed[reason] = count
        }
        late = try fields.number(HeaderTag.late, "late")
        overflowed = try fields.number(HeaderTag.overflowed, "overflowed")
        clock = try fields.choice(HeaderTag.clock, "clock state")
        clockOffsetMicroseconds = try fields.signed(HeaderTag.clockOffset, "clock offset")
        sensorVersion = try fields.text(HeaderTag.sensorVersion, "sensor version", limit: WireLimits.versionBytes)
        configurationDigest = try fields.number(HeaderTag.configurationDigest, "configuration digest")
    }
}

extension FieldTable {
    /// A number that names one of the type's values.
    func choice<Value: RawRepresentable<UInt8>>(_ tag: UInt64, _ what: String) throws(WireError) -> Value {
        let number = try number(tag, what, as: UInt8.self)
        guard let value = Value(rawValue: number) else { throw WireError(.outOfRange, "\(what) \(number)") }
        return value
    }
}
