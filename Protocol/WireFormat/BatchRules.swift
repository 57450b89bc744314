import FlowModel

/// What is true of every batch, checked by the encoder and by the decoder alike (SPEC.md §5.6).
enum BatchRules {
    static func check(_ batch: FlowBatch) throws(WireError) {
        func demand(_ holds: Bool, _ code: WireError.Code, _ what: String) throws(WireError) {
            if !holds { throw WireError(code, what) }
        }
        try demand(batch.window.start.magnitude < 1 << 53, .outOfRange, "window start")
        try demand(batch.records.count <= FlowBatch.maximumRecords, .overLimit, "records")
        try demand(batch.overflow.count <= FlowBatch.maximumOverflowRecords, .overLimit, "overflow records")
        try demand(batch.signatures.count <= FlowBatch.maximumSignatures, .overLimit, "signatures")
        for signature in batch.signatures {
            if case .syn(_, let optionKinds, _, _, _, _) = signature {
                try demand(optionKinds.count <= 40, .outOfRange, "option kinds of a signature")
            }
        }
        try check(batch.account, windowLength: batch.window.length)
        var packets: UInt64 = 0
        for record in batch.records { packets &+= UInt64(record.packets) }
        var overflowed: UInt64 = 0
        for record in batch.overflow {
            try demand(record.packets > 0, .outOfRange, "overflow packets")
            let (sum, isOver) = overflowed.addingReportingOverflow(record.packets)
            try demand(!isOver, .outOfRange, "overflow packets")
            overflowed = sum
        }
        let (all, isOver) = packets.addingReportingOverflow(overflowed)
        try demand(
            !isOver && all == batch.account.aggregated, .inconsistent, "aggregated is not the sum of the records")
        try demand(overflowed == batch.account.overflowed, .inconsistent, "overflowed is not the sum of its records")
        try checkRecords(batch)
    }

    static func check(_ report: GapReport) throws(WireError) {
        guard report.entries.count <= GapReport.maximumEntries else { throw WireError(.overLimit, "gap entries") }
        for (index, entry) in report.entries.enumerated() {
            guard entry.from <= entry.to, entry.from.magnitude < 1 << 53, entry.to.magnitude < 1 << 53 else {
                throw WireError(.outOfRange, "span of gap entry \(index)")
            }
        }
    }

    private static func check(_ account: CaptureAccount, windowLength: UInt32) throws(WireError) {
        guard account.isConserved else { throw WireError(.inconsistent, "received is not the sum of the bins") }
        guard account.observedFromMilliseconds <= account.observedToMilliseconds,
            account.observedToMilliseconds <= windowLength * 1_000
        else { throw WireError(.outOfRange, "observed span") }
        let version = account.sensorVersion.utf8
        guard version.count <= WireLimits.versionBytes, version.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw WireError(.outOfRange, "sensor version")
        }
    }

    private static func checkRecords(_ batch: FlowBatch) throws(WireError) {
        let lastMillisecond = batch.window.length * 1_000 - 1
        // What the site keeps to itself must not be told by mistake.
        let lastDestination: UInt128 =
            batch.policy == .none ? 0 : batch.family == .ipv4 ? UInt128(UInt32.max) : .max
        var previous: FlowKey?
        for (index, record) in batch.records.enumerated() {
            let key = record.key
            let isSound =
                key.source.family == batch.family && record.packets > 0
                && record.firstMilliseconds <= record.lastMilliseconds
                && (record.packets > 1 || record.firstMilliseconds == record.lastMilliseconds)
                && record.lastMilliseconds <= lastMillisecond && Int(record.signature) <= batch.signatures.count
                && record.exemplar.ipLength <= Exemplar.maximumIPLength && record.destinations.value > 0
                && record.bytes <= UInt64(Int64.max)
                && record.tools.zmap <= record.packets && record.tools.masscan <= record.packets
                && record.tools.mirai <= record.packets
            guard isSound else { throw WireError(.outOfRange, "record \(index)") }
            guard record.exemplar.destination <= lastDestination else {
                throw WireError(.outOfRange, "destination of record \(index)")
            }
            if let victim = key.victim {
                guard key.trafficClass == .icmpError, victim.address.family == batch.family else {
                    throw WireError(.outOfRange, "victim of record \(index)")
                }
            }
            if let before = previous, isBefore(key, before) {
                throw WireError(.inconsistent, "record \(index) is out of order")
            }
            previous = key
        }
    }

    /// Order by (class, service port, source).
    @inline(__always)
    static func isBefore(_ left: FlowKey, _ right: FlowKey) -> Bool {
        if left.trafficClass != right.trafficClass { return left.trafficClass.rawValue < right.trafficClass.rawValue }
        if left.servicePort != right.servicePort { return left.servicePort < right.servicePort }
        return left.source.bits < right.source.bits
    }
}
