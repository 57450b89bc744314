import Analysis
import FlowModel

/// What traffic is summed by beside ports, in tables of a form: `rollup.`, `world_` for all sensors together, `scanner_` for
/// labelled sources only, the name, and `_hour` or `_day`.
enum TrafficPart: CaseIterable {
    case country, network, total

    /// What tables are named after it.
    var name: String {
        switch self {
        case .country: "country"
        case .network: "as"
        case .total: "total"
        }
    }

    /// The column that tells its rows apart.
    var key: String? {
        switch self {
        case .country: "country"
        case .network: "asn"
        case .total: nil
        }
    }

    /// The part that a row is of.
    init(_ origin: OriginTraffic.Origin) {
        switch origin {
        case .country: self = .country
        case .network, .otherNetworks: self = .network
        case .everything: self = .total
        }
    }
}

/// Rows of the tables of parts.
struct PartRows {
    let part: TrafficPart
    /// Of labelled sources only.
    let isScanner: Bool
    /// Of all sensors together.
    let isWorld: Bool
    /// Seconds: 3,600 or 86,400.
    let span: Int64

    var table: String {
        "\(isWorld ? "world_" : "")\(isScanner ? "scanner_" : "")\(part.name)_\(span == 3_600 ? "hour" : "day")"
    }

    private var keyColumn: String { part.key.map { "\($0), " } ?? "" }
    private static let figures = "packets, flows, sources, sources_precision, sketch"

    /// The rows of a sensor's hours that are in a span, with no sites.
    static func hours(_ part: TrafficPart, isScanner: Bool, sensor: Int32, from: Int64, until: Int64) -> String {
        let rows = PartRows(part: part, isScanner: isScanner, isWorld: false, span: 3_600)
        return """
            COPY (SELECT extract(epoch FROM start)::int8, \(rows.keyColumn)is_backscatter, \(figures), NULL::int4[], NULL::int4[]
                FROM rollup.\(rows.table)
                WHERE start >= to_timestamp(\(from)) AND start < to_timestamp(\(until)) AND sensor = \(sensor))
            TO STDOUT (FORMAT binary)
            """
    }

    /// The sensors' rows of a span that the world's are made of. Networks beyond the first `WorldRollup.portLimit` by
    /// packets come as those without a row of their own, so that what a program keeps of them is bounded.
    func parts(start: Int64) -> String {
        let all = PartRows(part: part, isScanner: false, isWorld: false, span: span).table
        let only = PartRows(part: part, isScanner: true, isWorld: false, span: span).table
        let at = "to_timestamp(\(start))"
        let keys = (["start", "sensor", "is_backscatter"] + (part.key.map { [$0] } ?? []))
        let (key, ranked) =
            switch part {
            case .country: ("a.country, ", "")
            case .total: ("", "")
            case .network:
                (
                    "CASE WHEN a.asn = 0 OR k.asn IS NOT NULL THEN a.asn ELSE -1 END, ",
                    """
                    LEFT JOIN (
                        SELECT asn FROM rollup.\(all) WHERE start = \(at) AND asn > 0
                        GROUP BY asn ORDER BY sum(packets) DESC, asn LIMIT \(WorldRollup.portLimit)
                    ) k ON k.asn = a.asn
                    """
                )
            }
        guard isScanner else {
            return """
                COPY (SELECT 0::int8, \(key)a.is_backscatter, a.packets, a.flows, a.sources, a.sources_precision, a.sketch,
                    ARRAY[s.site], NULL::int4[]
                    FROM rollup.\(all) a JOIN meta.sensor s ON s.id = a.sensor \(ranked) WHERE a.start = \(at))
                TO STDOUT (FORMAT binary)
                """
        }
        return """
            COPY (SELECT 0::int8, \(key)a.is_backscatter, coalesce(o.packets, 0), coalesce(o.flows, 0), coalesce(o.sources, 0),
                coalesce(o.sources_precision, 0::int2), o.sketch, CASE WHEN o.packets > 0 THEN ARRAY[s.site] END,
                CASE WHEN a.packets > coalesce(o.packets, 0) THEN ARRAY[s.site] END
                FROM rollup.\(all) a LEFT JOIN rollup.\(only) o USING (\(keys.joined(separator: ", ")))
                JOIN meta.sensor s ON s.id = sensor \(ranked) WHERE start = \(at))
            TO STDOUT (FORMAT binary)
            """
    }

    /// A row of `hours` or `parts`, with the start of its span.
    static func read(
        _ bytes: UnsafeRawBufferPointer, _ part: TrafficPart
    ) throws(StoreError) -> (start: Int64, row: OriginUnion.Row) {
        var fields = try CopyRow(bytes, fields: part == .total ? 9 : 10)
        let start: Int64 = try fields.number() ?? 0
        let origin: OriginTraffic.Origin
        switch part {
        case .country:
            let text = try fields.raw().map { String(decoding: $0, as: UTF8.self) } ?? ""
            origin = .country(text.isEmpty ? nil : text)
        case .network:
            let number: Int64 = try fields.number() ?? 0
            origin = number < 0 ? .otherNetworks : .network(number == 0 ? nil : UInt32(clamping: number))
        case .total: origin = .everything
        }
        guard let side = try fields.raw(), let packets: Int64 = try fields.number(),
            let flows: Int64 = try fields.number(),
            let sources: Int64 = try fields.number(),
            let precision = try fields.number(as: Int16.self).flatMap({ Precision(rawValue: UInt8(clamping: $0)) })
        else { throw StoreError(.schema, "a row of a part of the traffic is not one that this program writes") }
        var traffic = OriginTraffic(origin: origin, isBackscatter: side == [1], packets: packets, flows: flows)
        (traffic.sources, traffic.precision) = (sources, precision)
        if let stored = try fields.raw() {
            guard let sketch = SourceSketch(stored: stored) else {
                throw StoreError(.schema, "a set of sources is not one that this program writes")
            }
            traffic.sketch = sketch
        }
        let sites = SiteSet(try fields.array(null: 0 as Int32))
        return (start, OriginUnion.Row(traffic, sites: sites, others: SiteSet(try fields.array(null: 0 as Int32))))
    }

    var copyCommand: String {
        let place = isWorld ? (isScanner ? "sites, other_sites, " : "sites, ") : "sensor, "
        return
            "COPY rollup.\(table) (start, \(place)\(keyColumn)is_backscatter, \(PartRows.figures)) FROM STDIN (FORMAT binary)"
    }

    /// - Parameter start: Unix seconds.
    func write(_ row: OriginUnion.Row, start: Int64, sensor: Int32, to copy: inout CopyBuffer) {
        var sketch = row.traffic.sketch
        copy.beginRow(fields: 8 + (part == .total ? 0 : 1) + (isWorld && isScanner ? 1 : 0))
        copy.number(Timestamp.microseconds(unixSeconds: start))
        if isWorld { copy.array(.int4, row.sites.sites) } else { copy.number(sensor) }
        if isWorld && isScanner { copy.array(.int4, row.others.sites) }
        switch row.traffic.origin {
        case .country(let country): copy.text(country ?? "")
        case .network(let network): copy.number(Int64(network ?? 0))
        case .otherNetworks: copy.number(Int64(-1))
        case .everything: break
        }
        copy.bool(row.traffic.isBackscatter)
        copy.number(row.traffic.packets)
        copy.number(row.traffic.flows)
        copy.number(row.traffic.sources)
        copy.number(Int16(row.traffic.precision.rawValue))
        copy.raw(sketch.storedBytes())
    }
}
