import FlowModel
import Query
import Testing
import WireFormat

@testable import Store

/// Two sites, three days of random flows and overflow, summed; and every record of them beside the database.
struct QuestionScene {
    /// A flow, or packets of many sources that found a flow table full.
    struct Row {
        let start: Int64
        let site: String
        let family: AddressFamily
        let source: Address?
        let trafficClass: TrafficClass
        let port: UInt16
        let packets: Int64
        let signature: Int64

        var country: String { source.flatMap { QuestionScene.origin($0)?.country } ?? "" }
        var network: Int64 { source.flatMap { QuestionScene.origin($0)?.asn } ?? 0 }
        var isScanner: Bool { source.map { QuestionScene.isScanner($0) } ?? false }
    }

    /// 2024-02-28T00:00Z: a leap day and a month's end come after it.
    static let midnight: Int64 = 1_709_078_400
    static let scanners = ["0.0.0.0/26", "0.0.0.200/32", "::8/125"]
    static let origins: [(String, String, String?, UInt32?)] = [
        ("0.0.0.0", "0.0.0.63", "TH", 64_496), ("0.0.0.64", "0.0.0.127", nil, 64_497),
        ("0.0.0.128", "0.0.0.180", "JP", nil),
        ("::", "::20", "TH", 64_498),
    ]

    let scene: Scene
    private(set) var rows: [Row] = []

    /// - Parameter ports: of how many ports records are; with more than a thousand of one class.
    init(ports: UInt16 = 90, records: Int = 120) throws {
        scene = try Scene()
        try OriginTests.load(scene.connection, Self.origins)
        try ScannerTests.load(scene.connection, Self.scanners)
        try scene.connection.query("INSERT INTO meta.site (code, name) VALUES ('beta', 'Beta')")
        let added = try scene.connection.query("INSERT INTO meta.sensor (site, name) VALUES (2, 'roof') RETURNING id")
        let second = try #require(added.number(0, 0, as: Int32.self))
        let key = (0..<32).map { _ in UInt8.random(in: 0...255) }
        try scene.connection.query(
            "INSERT INTO meta.sensor_key (sensor, public_key) VALUES ($1::int4, $2::bytea)",
            ["\(second)", Literal.bytes(key)])
        var random = SystemRandomNumberGenerator()
        for sequence in 1...24 {
            let isSecond = sequence.isMultiple(of: 3)
            let batch = Self.batch(sequence, ports: ports, records: records, using: &random)
            let own = scene.pending(.flows(batch), sequence: UInt64(sequence))
            let pending = PendingBatch(
                sensor: isSecond ? second : own.sensor, publicKey: isSecond ? key : own.publicKey,
                epoch: isSecond ? Epoch(high: 7, low: 7) : own.epoch, sequence: own.sequence, digest: own.digest,
                content: own.content, encoded: own.encoded,
                receivedUnixMicroseconds: own.receivedUnixMicroseconds, isImport: true)
            #expect(try scene.connection.store([pending]) == [.stored])
            remember(batch, isSecond ? "beta" : "alpha")
        }
        try RollupTests.drain(scene.connection)
    }

    private static func batch(
        _ sequence: Int, ports: UInt16, records: Int, using random: inout some RandomNumberGenerator
    ) -> FlowBatch {
        let family: AddressFamily = sequence.isMultiple(of: 4) ? .ipv6 : .ipv4
        var batch = Sample.batch(
            family: family, records: records, start: midnight + Int64(sequence) * 10_000, using: &random)
        for index in batch.records.indices {
            let old = batch.records[index].key
            batch.records[index].key = FlowKey(
                source: Address(bits: UInt128(UInt8.random(in: 0...220, using: &random)), family: family),
                ipProtocol: old.ipProtocol, trafficClass: ports > 1_000 ? .tcpSyn : old.trafficClass,
                servicePort: .random(in: 0..<ports, using: &random), victim: old.victim)
            batch.records[index].packets = .random(in: 1...50, using: &random)
        }
        batch.records.sort {
            ($0.key.trafficClass.rawValue, $0.key.servicePort, $0.key.source)
                < ($1.key.trafficClass.rawValue, $1.key.servicePort, $1.key.source)
        }
        batch.overflow = [
            OverflowRecord(
                family: family, ipProtocol: 6, trafficClass: .tcpSyn,
                servicePort: .random(in: 1..<ports, using: &random),
                packets: .random(in: 1...90, using: &random), bytes: 4_000, sources: DistinctCount(1, .exact))
        ]
        batch.account.aggregated =
            batch.records.reduce(0) { $0 + UInt64($1.packets) } + batch.overflow.reduce(0) { $0 + $1.packets }
        batch.account.received = batch.account.aggregated
        batch.account.overflowed = batch.overflow.reduce(0) { $0 + $1.packets }
        return batch
    }

    private mutating func remember(_ batch: FlowBatch, _ site: String) {
        let start = batch.window.start
        for record in batch.records {
            let place = Int(record.signature)
            rows.append(
                Row(
                    start: start, site: site, family: batch.family, source: record.key.source,
                    trafficClass: record.key.trafficClass, port: record.key.servicePort, packets: Int64(record.packets),
                    signature: place == 0 ? 0 : Int64(bitPattern: batch.signatures[place - 1].identifier)))
        }
        for record in batch.overflow {
            rows.append(
                Row(
                    start: start, site: site, family: record.family, source: nil, trafficClass: record.trafficClass,
                    port: record.servicePort, packets: Int64(record.packets), signature: 0))
        }
    }

    private static func origin(_ address: Address) -> (country: String?, asn: Int64?)? {
        origins.first { low, high, _, _ in
            guard let low = Address(low), let high = Address(high) else { return false }
            return low.family == address.family && low <= address && address <= high
        }.map { ($0.2, $0.3.map { Int64($0) }) }
    }

    private static func isScanner(_ address: Address) -> Bool {
        scanners.contains { Prefix($0)?.contains(address) == true }
    }
}

extension Filter {
    /// Whether a record meets it; nil when that is not known.
    func holds(_ row: QuestionScene.Row) -> Bool? {
        switch self {
        case .all(let parts):
            let found = parts.map { $0.holds(row) }
            return found.contains(false) ? false : found.contains(nil) ? nil : true
        case .any(let parts):
            let found = parts.map { $0.holds(row) }
            return found.contains(true) ? true : found.contains(nil) ? nil : false
        case .not(let inner): return inner.holds(row).map { !$0 }
        case .term(let term): return term.holds(row)
        }
    }
}

extension Filter.Term {
    func holds(_ row: QuestionScene.Row) -> Bool? {
        func number(_ value: FilterValue) -> Int64 { if case .number(let number) = value { number } else { 0 } }
        let port = Int64(row.port)
        switch comparison {
        case .holds: return field == .scanner ? row.isScanner : row.trafficClass.isBackscatter
        case .equals, .isIn: return isOne(of: values, row)
        case .differs: return isOne(of: values, row).map { !$0 }
        case .less: return port < number(values[0])
        case .lessOrEqual: return port <= number(values[0])
        case .greater: return port > number(values[0])
        case .greaterOrEqual: return port >= number(values[0])
        }
    }

    private func isOne(of values: [FilterValue], _ row: QuestionScene.Row) -> Bool? {
        func has(_ word: String) -> Bool { values.contains(.word(word)) }
        switch field {
        case .proto:
            let name = row.trafficClass.name
            let proto = ["tcp", "udp", "icmp"].first { name.hasPrefix($0) }
            return has(proto ?? "other")
        case .class: return has(row.trafficClass.name)
        case .port: return values.contains(.number(Int64(row.port)))
        case .country: return has(row.country.isEmpty ? "unknown" : row.country)
        case .asn: return row.network == 0 ? has("unknown") : values.contains(.number(row.network))
        case .site: return has(row.site)
        case .sensor: return has(row.site == "alpha" ? "edge" : "roof")
        case .source:
            guard let source = row.source else { return nil }
            return values.contains { if case .block(let block) = $0 { block.contains(source) } else { false } }
        case .family: return values.contains(.number(Int64(row.family.rawValue)))
        case .signature: return values.contains(.number(row.signature))
        case .tool, .scanner, .backscatter: return nil
        }
    }
}
