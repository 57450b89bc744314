import FlowModel
import Support
import Testing
import WireFormat

@testable import Store

/// What goes in through `store` comes out of the views.
@Suite struct RoundTripTests {
    private static let flowColumns = """
        source, protocol, class, is_backscatter, service_port, victim, victim_protocol, victim_port, packets, bytes,
        destinations, destinations_precision, round(1000 * extract(epoch FROM first_seen - window_start), 3)::float8 AS first,
        round(1000 * extract(epoch FROM last_seen - window_start), 3)::float8 AS last, source_port, destination_policy,
        destination, destination_offset, ttl, ip_length, tcp_flags, zmap, masscan, mirai, signature_id
        """

    @Test(arguments: [AddressFamily.ipv4, .ipv6], DestinationPolicy.allCases)
    func everyFieldOfEveryRecordReturns(family: AddressFamily, policy: DestinationPolicy) throws {
        let scene = try Scene()
        var random = SystemRandomNumberGenerator()
        let batch = Sample.batch(family: family, policy: policy, records: 500, using: &random)
        #expect(try scene.connection.store([scene.pending(.flows(batch), sequence: 1)]) == [.stored])
        let result = try scene.connection.query("SELECT \(Self.flowColumns) FROM api.flow")
        #expect(result.rowCount == batch.records.count)
        for (row, record) in batch.records.enumerated() {
            let returned = (0..<25).map { result.text(row, $0) }
            #expect(returned == expected(record, batch))
        }
        let fixed = try scene.rows(
            "SELECT DISTINCT site, sensor, sensor_id, window_start, window_seconds, family, stream_id, sequence FROM api.flow"
        )
        #expect(fixed == ["(alpha,edge,1,\"2025-10-09 08:54:00+00\",60,\(family.rawValue),1,1)"])
        let limits = try scene.rows("SELECT port_min, port_max, source_min, source_max, records FROM raw.flow")
        let ports = batch.records.map(\.key.servicePort)
        let sources = batch.records.map(\.key.source)
        let (low, high) = (try #require(sources.min()), try #require(sources.max()))
        #expect(limits == ["(\(try #require(ports.min())),\(try #require(ports.max())),\(low),\(high),500)"])
    }

    private func expected(_ record: FlowRecord, _ batch: FlowBatch) -> [String?] {
        let key = record.key
        let isFull = batch.policy == .full
        let destination = Address(bits: record.exemplar.destination, family: batch.family)
        let signature = record.signature == 0 ? nil : batch.signatures[Int(record.signature) - 1].identifier
        return [
            inet(key.source), "\(key.ipProtocol)", key.trafficClass.name, key.trafficClass.isBackscatter ? "t" : "f",
            "\(key.servicePort)", key.victim.map { inet($0.address) }, key.victim.map { "\($0.ipProtocol)" },
            key.victim.map { "\($0.port)" }, "\(record.packets)", "\(record.bytes)", "\(record.destinations.value)",
            ["exact", "estimate", "at-least"][Int(record.destinations.precision.rawValue)],
            "\(record.firstMilliseconds)", "\(record.lastMilliseconds)", "\(record.exemplar.sourcePort)",
            batch.policy.name, isFull ? inet(destination) : nil,
            batch.policy == .permuted ? "\(destination.bits)" : nil, "\(record.exemplar.ttl)",
            "\(record.exemplar.ipLength)", "\(record.exemplar.tcpFlags)", "\(record.tools.zmap)",
            "\(record.tools.masscan)", "\(record.tools.mirai)", signature.map { "\(Int64(bitPattern: $0))" },
        ]
    }

    /// PostgreSQL writes the last 32 bits of ::x.x.x.x and ::ffff:x.x.x.x in dotted form, RFC 5952 §5 allows both.
    private func inet(_ address: Address) -> String {
        guard address.family == .ipv6, address.bits > 0xFFFF, address.bits <= 0xFFFF_FFFF else { return "\(address)" }
        return "::\(Address(bits: address.bits, family: .ipv4))"
    }

    @Test func defaultsReturnFromColumnsThatAreNull() throws {
        let scene = try Scene()
        let record = FlowRecord(
            key: FlowKey(source: Address(ipv4: 1), ipProtocol: 17, trafficClass: .udpProbe, servicePort: 53),
            packets: 1,
            bytes: 28, destinations: DistinctCount(1), firstMilliseconds: 0, lastMilliseconds: 0,
            exemplar: Exemplar(sourcePort: 0, destination: 0, ttl: 1, ipLength: 28, tcpFlags: 0))
        var account = CaptureAccount()
        account.received = 1
        account.aggregated = 1
        let batch = FlowBatch(
            window: Window(containing: 0, length: 60), policy: .permuted, account: account, records: [record])
        #expect(try scene.connection.store([scene.pending(.flows(batch), sequence: 1)]) == [.stored])
        let row = try scene.rows(
            """
            SELECT source, victim, destinations_precision, source_port, destination, destination_offset, tcp_flags, zmap,
                masscan, mirai, signature_id FROM api.flow
            """)
        #expect(row == ["(0.0.0.1,,exact,0,,0,0,0,0,0,)"])
    }

    @Test func accountsAreSummedOverPartsWithEveryBin() throws {
        let scene = try Scene()
        let window = Window(containing: 1_760_000_040, length: 60)
        var first = CaptureAccount()
        first.observedFromMilliseconds = 1_500
        first.observedToMilliseconds = 60_000
        first.capture = .live
        first.shiftSeconds = -7
        first.link = .up
        (first.kernelReceived, first.kernelDropped, first.interfaceDropped) = (100, 2, 3)
        (first.received, first.aggregated, first.filtered, first.nonIP) = (48, 5, 7, 8)
        for reason in MalformedReason.allCases { first.malformed[reason] = UInt64(reason.rawValue) }
        (first.late, first.overflowed) = (4, 5)
        (first.clock, first.clockOffsetMicroseconds) = (.synchronised, -250)
        (first.sensorVersion, first.configurationDigest) = ("0.2.0", 0xF000_0000_0000_0001)
        var second = first
        second.malformed = MalformedCounts()
        (second.received, second.aggregated, second.filtered, second.nonIP) = (6, 6, 0, 0)
        (second.kernelReceived, second.kernelDropped, second.interfaceDropped) = (0, 0, 0)
        (second.late, second.overflowed) = (1, 0)
        let overflow = OverflowRecord(
            family: .ipv6, ipProtocol: 6, trafficClass: .tcpSyn, servicePort: 23, packets: 5, bytes: 300,
            sources: DistinctCount(4, .estimate))
        let parts = [
            FlowBatch(window: window, part: 0, isLastPart: false, account: first, overflow: [overflow]),
            FlowBatch(window: window, part: 1, isLastPart: true, account: second),
        ]
        #expect(try scene.connection.store([scene.pending(.flows(parts[1]), sequence: 2)]) == [.stored])
        #expect(try scene.rows("SELECT parts, is_complete, observed_from, clock FROM api.account") == ["(1,f,,)"])
        #expect(try scene.connection.store([scene.pending(.flows(parts[0]), sequence: 1)]) == [.stored])
        let account = try scene.rows(
            """
            SELECT site, sensor, window_seconds, parts, is_complete, capture,
                extract(epoch FROM observed_from - window_start) AS f, extract(epoch FROM observed_to - window_start) AS t,
                shift_seconds, link, kernel_received, kernel_dropped, interface_dropped, received, aggregated, filtered,
                non_ip, ip4_short, ip4_badversion, ip4_badihl, ip4_optcut, ip4_badlen, ip6_short, ip6_badversion, late,
                overflowed, clock, clock_offset_us, sensor_version, configuration, records, overflow_records,
                encoded_bytes, extract(epoch FROM received_at) AS r FROM api.account
            """)
        #expect(
            account == [
                "(alpha,edge,60,2,t,live,1.500000,60.000000,-7,up,100,2,3,54,11,7,8,1,2,3,4,5,6,7,5,5,synchronised,-250,"
                    + "0.2.0,f000000000000001,0,1,6,1760000000.123456)"
            ])
        let malformed = try scene.rows("SELECT reason, frames FROM api.malformed ORDER BY frames")
        #expect(malformed == MalformedReason.allCases.map { "(\($0.name),\($0.rawValue))" })
        let overflowRow = try scene.rows(
            "SELECT family, protocol, class, is_backscatter, service_port, packets, bytes, sources, sources_precision FROM api.overflow"
        )
        #expect(overflowRow == ["(6,6,tcp-syn,f,23,5,300,4,estimate)"])
    }

    @Test func signaturesAreStoredOnceWithTheirText() throws {
        let scene = try Scene()
        let group = [scene.flows(1), scene.flows(2)]
        _ = try scene.connection.store(group)
        _ = try scene.database.connect().store([scene.flows(3)])
        let texts = try scene.rows("SELECT kind, signature FROM api.signature WHERE kind = 'syn' ORDER BY 2")
        #expect(texts == ["(syn,syn:1024::*:*:-:255)", "(syn,\"syn:65535:2,4,8,1,3:1460:7:df:64\")"])
        #expect(try scene.value("SELECT count(*) FROM api.signature WHERE kind = 'udp'") == "3")
    }

    @Test func namesInSQLAreThoseOfTheModel() throws {
        let scene = try Scene()
        for value in TrafficClass.allCases {
            let row = try scene.rows(
                "SELECT api.class_name(\(value.rawValue)::int2), api.is_backscatter(\(value.rawValue)::int2)")
            #expect(row == ["(\(value.name),\(value.isBackscatter ? "t" : "f"))"])
        }
        for value in DestinationPolicy.allCases {
            #expect(try scene.value("SELECT api.policy_name(\(value.rawValue)::int2)") == value.name)
        }
        let entries = GapReason.allCases.map { reason in
            scene.pending(
                .gap(GapReport(reason: reason, epoch: scene.epoch, entries: [GapEntry(sequence: 0)])),
                sequence: UInt64(reason.rawValue))
        }
        _ = try scene.connection.store(entries)
        #expect(
            try scene.rows("SELECT reason FROM api.gap ORDER BY stream_id, reported_at, sequence")
                == GapReason.allCases.map { "(\($0.name))" })
    }
}
