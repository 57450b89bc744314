import Alerts
import Analysis
import FlowModel
import WireFormat

/// The row of alert.arrival of a record that is evidence about an organisation's address.
enum ArrivalRow {
    /// The condition is always true. It is volatile, which makes COPY insert row by row (copyfrom.c, CopyFrom): otherwise it
    /// makes up to 1,000 slots for what is a few hundred rows here, and finds each in a list of all to release it, which
    /// costs up to twice the rows themselves in PostgreSQL 15. To be removed when `ops/bench/matching` says so.
    static let copyCommand = """
        COPY alert.arrival (organisation, prefix, address, kind, sensor, window_start, window_seconds, received_at, class,
            protocol, service_port, packets, destinations, first_seen, last_seen, source_port, destination, ttl,
            ip_length, tcp_flags, zmap, masscan, mirai, signature, reporter)
        FROM STDIN (FORMAT binary) WHERE random() >= 0
        """
    private static let fields = 25

    /// - Parameters:
    ///   - batch: one that `BatchCheck` does not object to; its content is `flows`.
    ///   - identifiers: of the batch's signatures.
    static func write(
        _ match: OrganisationMatch, of flows: FlowBatch, _ identifiers: [Int64], in batch: PendingBatch,
        to copy: inout CopyBuffer
    ) {
        let record = flows.records[match.record]
        let (key, exemplar) = (record.key, record.exemplar)
        let start = Timestamp.microseconds(unixSeconds: flows.window.start)
        copy.beginRow(fields: fields)
        copy.number(match.organisation)
        copy.number(match.prefix)
        copy.address(match.address)
        copy.text(kind(key.trafficClass, match).rawValue)
        copy.number(batch.sensor)
        copy.number(start)
        copy.number(Int32(clamping: flows.window.length))
        copy.number(Timestamp.microseconds(unixMicroseconds: batch.receivedUnixMicroseconds))
        copy.number(Int16(key.trafficClass.rawValue))
        copy.number(Int16(key.ipProtocol))
        copy.number(Int32(key.servicePort))
        copy.number(Int64(record.packets))
        copy.number(Int64(record.destinations.value))
        copy.number(start + Int64(record.firstMilliseconds) * 1_000)
        copy.number(start + Int64(record.lastMilliseconds) * 1_000)
        copy.number(Int32(exemplar.sourcePort))
        switch flows.policy {
        case .full, .permuted: copy.address(Address(bits: exemplar.destination, family: flows.family))
        case .none: copy.null()
        }
        copy.number(Int16(exemplar.ttl))
        copy.number(Int32(clamping: exemplar.ipLength))
        copy.number(Int16(exemplar.tcpFlags))
        copy.number(Int64(record.tools.zmap))
        copy.number(Int64(record.tools.masscan))
        copy.number(Int64(record.tools.mirai))
        copy.number(record.signature == 0 ? nil : identifiers[Int(record.signature) - 1])
        if key.trafficClass == .icmpError { copy.address(key.source) } else { copy.null() }
    }

    private static func kind(_ trafficClass: TrafficClass, _ match: OrganisationMatch) -> AlertKind {
        trafficClass.isBackscatter ? .backscatter : match.isAtHome ? .internal : .external
    }
}
