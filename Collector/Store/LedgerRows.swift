import FlowModel
import WireFormat

/// The row of raw.batch for a batch.
enum BatchRow {
    static let copyCommand = """
        COPY raw.batch (sensor, stream, sequence, digest, kind, received_at, encoded_bytes, records, overflow_records,
            signatures, window_start, window_seconds, part, is_last_part, policy, family, capture, observed_from_ms,
            observed_to_ms, shift_seconds, link, kernel_received, kernel_dropped, interface_dropped, received,
            aggregated, filtered, non_ip, malformed, late, overflowed, clock, clock_offset_us, sensor_version,
            configuration_digest)
        FROM STDIN (FORMAT binary)
        """
    private static let fields = 35

    static func write(_ batch: PendingBatch, stream: Int64, to copy: inout CopyBuffer) {
        copy.beginRow(fields: fields)
        copy.number(batch.sensor)
        copy.number(stream)
        copy.number(Int64(clamping: batch.sequence))
        copy.number(Int64(bitPattern: batch.digest))
        switch batch.content {
        case .flows(let flows):
            copy.number(Int16(1))
            writeSizes(batch, flows.records.count, flows.overflow.count, flows.signatures.count, to: &copy)
            writeAccount(flows, to: &copy)
        case .gap(let report):
            copy.number(Int16(2))
            writeSizes(batch, report.entries.count, 0, 0, to: &copy)
            for _ in 10..<fields { copy.null() }
        }
    }

    private static func writeSizes(
        _ batch: PendingBatch, _ records: Int, _ overflow: Int, _ signatures: Int, to copy: inout CopyBuffer
    ) {
        copy.number(Timestamp.microseconds(unixMicroseconds: batch.receivedUnixMicroseconds))
        copy.number(Int32(clamping: batch.encoded.count))
        copy.number(Int32(clamping: records))
        copy.number(Int32(clamping: overflow))
        copy.number(Int32(clamping: signatures))
    }

    private static func writeAccount(_ batch: FlowBatch, to copy: inout CopyBuffer) {
        let account = batch.account
        copy.number(Timestamp.microseconds(unixSeconds: batch.window.start))
        copy.number(Int32(clamping: batch.window.length))
        copy.number(Int32(batch.part))
        copy.bool(batch.isLastPart)
        copy.number(Int16(batch.policy.rawValue))
        copy.number(Int16(batch.family.rawValue))
        copy.number(Int16(account.capture.rawValue))
        copy.number(Int64(account.observedFromMilliseconds))
        copy.number(Int64(account.observedToMilliseconds))
        copy.number(account.shiftSeconds)
        copy.number(Int16(account.link.rawValue))
        for counter in [
            account.kernelReceived, account.kernelDropped, account.interfaceDropped, account.received,
            account.aggregated, account.filtered, account.nonIP,
        ] {
            copy.number(Int64(clamping: counter))
        }
        copy.array(.int8, MalformedReason.allCases) { Int64(clamping: account.malformed[$0]) }
        copy.number(Int64(clamping: account.late))
        copy.number(Int64(clamping: account.overflowed))
        copy.number(Int16(account.clock.rawValue))
        copy.number(account.clockOffsetMicroseconds)
        copy.text(account.sensorVersion)
        copy.number(Int64(bitPattern: account.configurationDigest))
    }
}

/// Rows of raw.gap.
extension GapRow {
    static let copyCommand = """
        COPY raw.gap (sensor, stream, sequence, lost_from, lost_to, packets, bytes, reason, report_stream,
            report_sequence)
        FROM STDIN (FORMAT binary)
        """

    func write(to copy: inout CopyBuffer) {
        let isTimeKnown = entry.from != 0 || entry.to != 0
        copy.beginRow(fields: 10)
        copy.number(sensor)
        copy.number(stream)
        copy.number(entry.sequence == 0 ? nil : Int64(clamping: entry.sequence))
        copy.number(isTimeKnown ? Timestamp.microseconds(unixSeconds: entry.from) : nil)
        copy.number(isTimeKnown ? Timestamp.microseconds(unixSeconds: entry.to) : nil)
        copy.number(entry.packets.map { Int64(clamping: $0) })
        copy.number(entry.bytes.map { Int64(clamping: $0) })
        copy.number(Int16(reason.rawValue))
        copy.number(report.stream)
        copy.number(Int64(clamping: report.sequence))
    }
}

/// The row of raw.overflow that holds a batch's overflow records.
enum OverflowRow {
    static let copyCommand = """
        COPY raw.overflow (window_start, window_seconds, sensor, stream, sequence, family, protocol, class,
            service_port, packets, bytes, sources, sources_precision)
        FROM STDIN (FORMAT binary)
        """

    /// Writes the row; nothing when the batch has no overflow records.
    static func write(_ batch: FlowBatch, sensor: Int32, place: Place, to copy: inout CopyBuffer) {
        let records = batch.overflow
        guard !records.isEmpty else { return }
        copy.beginRow(fields: 13)
        copy.number(Timestamp.microseconds(unixSeconds: batch.window.start))
        copy.number(Int32(clamping: batch.window.length))
        copy.number(sensor)
        copy.number(place.stream)
        copy.number(Int64(clamping: place.sequence))
        copy.array(.int2, records) { Int16($0.family.rawValue) }
        copy.array(.int2, records) { Int16($0.ipProtocol) }
        copy.array(.int2, records) { Int16($0.trafficClass.rawValue) }
        copy.array(.int4, records) { Int32($0.servicePort) }
        copy.array(.int8, records) { Int64(clamping: $0.packets) }
        copy.array(.int8, records) { Int64(clamping: $0.bytes) }
        copy.array(.int8, records) { Int64($0.sources.value) }
        copy.array(.int2, records) { Int16($0.sources.precision.rawValue) }
    }
}
