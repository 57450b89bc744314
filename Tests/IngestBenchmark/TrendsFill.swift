import Aggregation
import FlowModel
import Store
import SystemCalls
import TrafficModel
import WireFormat

/// A database of many sites with generated flows of whole days that are over, for ops/bench/trends: the same Internet at
/// every site, stored in windows of an hour and summed by what collectors have for it.
struct TrendsFill {
    private static let day: Int64 = 86_400
    /// Records of a window and class at ports that nobody else asks for: what fills every port of a darknet each day.
    private static let scattered = 10

    private let connection: StoreConnection
    private let sites: Int
    private let days: Int
    private let packetsADay: Int
    /// Unix seconds.
    private let start: Int64
    private var group: [PendingBatch] = []
    private var records = 0

    /// - Parameter packetsADay: of each site.
    init(conninfo: String, packetsADay: Int, days: Int, sites: Int) throws {
        connection = try StoreConnection(conninfo: conninfo, applicationName: "ingest-benchmark")
        (self.sites, self.days, self.packetsADay) = (sites, days, packetsADay)
        start = (Clock.wallNanoseconds() / 1_000_000_000 / Self.day - Int64(days)) * Self.day
        _ = try connection.migrate()
        try connection.allowLongStatements()
    }

    mutating func run() throws {
        let began = Clock.monotonicNanoseconds()
        for number in 0..<sites { try fill(number + 1) }
        let stored = Clock.monotonicNanoseconds()
        try sum()
        let summed = Clock.monotonicNanoseconds()
        print(
            "rows=\(records) start=\(start) stored=\(Double(stored - began) / 1e9) summed=\(Double(summed - stored) / 1e9)"
        )
    }

    private mutating func fill(_ number: Int) throws {
        // A /24 each in 198.18.0.0/15.
        guard let site = DarkSite("s\(number)=198.\(18 + number / 256).\(number % 256).0/24") else {
            throw BenchmarkError("no site")
        }
        let key = (0..<32).map { $0 < 4 ? UInt8(truncatingIfNeeded: number >> ($0 * 8)) : 7 }
        _ = try connection.addSite(
            code: site.code, name: site.code, country: nil, zone: "UTC", policy: .permuted, prefixes: [site.prefix])
        _ = try connection.addSensor(site: site.code, name: "edge", publicKey: key)
        guard let sensor = try connection.enrolledKeys().first(where: { $0.publicKey == key })?.sensor else {
            throw BenchmarkError("no sensor")
        }
        var sequence: UInt64 = 0
        let packets = UInt64(packetsADay * days)
        let plan = RadiationPlan(
            seed: 4, packets: packets, startMicroseconds: start * 1_000_000,
            spanMicroseconds: Int64(days) * Self.day * 1_000_000, sources: packetsADay * days)
        let destinations = DestinationEncoder(policy: .permuted, space: DarkSpace([site.prefix]), key: (1, 2))
        try forEachWindow(plan, site) { window in
            try window.forEachBatch(destinations: destinations, policy: .permuted) { (batch: FlowBatch) throws in
                var batch = batch
                scatter(&batch)
                sequence += 1
                group.append(
                    PendingBatch(
                        sensor: sensor, publicKey: key, epoch: Epoch(high: 1, low: 1), sequence: sequence,
                        digest: sequence, content: .flows(batch), encoded: [],
                        receivedUnixMicroseconds: Clock.wallNanoseconds() / 1_000, isImport: false))
                records += batch.records.count
            }
            if group.count >= 48 { try flush() }
        }
        try flush()
    }

    private func scatter(_ batch: inout FlowBatch) {
        let known = batch.records
        for trafficClass in [TrafficClass.tcpSyn, .tcpSynAck, .tcpRst, .tcpOther, .udpProbe] where !known.isEmpty {
            for _ in 0..<TrendsFill.scattered {
                var record = known[Int.random(in: known.indices)]
                record.key.trafficClass = trafficClass
                record.key.servicePort = .random(in: 0 ... .max)
                record.key.victim = nil
                batch.account.aggregated += UInt64(record.packets)
                batch.records.append(record)
            }
        }
        batch.account.received = batch.account.aggregated
        batch.records.sort {
            ($0.key.trafficClass.rawValue, $0.key.servicePort, $0.key.source)
                < ($1.key.trafficClass.rawValue, $1.key.servicePort, $1.key.source)
        }
    }

    private mutating func flush() throws {
        guard try connection.store(group).allSatisfy({ $0 == .stored }) else {
            throw BenchmarkError("a batch was not stored")
        }
        group.removeAll()
    }

    private func forEachWindow(_ plan: RadiationPlan, _ site: DarkSite, _ body: (ClosedWindow) throws -> Void) throws {
        var generator = RadiationGenerator(plan: plan, site: site)
        var settings = AggregationSettings()
        settings.windowLength = 3_600
        var aggregator = Aggregator(settings: settings, mode: .file)
        let frames = PacketBatch()
        let memory = UnsafeMutableRawPointer.allocate(byteCount: RadiationGenerator.frameCapacity, alignment: 16)
        defer { memory.deallocate() }
        while let frame = generator.next(into: memory) {
            if frames.isFull {
                aggregator.ingest(frames)
                frames.removeAll()
                for window in aggregator.takeClosedWindows() { try body(window) }
            }
            _ = frames.append(
                seconds: frame.microseconds / 1_000_000, nanoseconds: frame.microseconds % 1_000_000 * 1_000,
                originalLength: UInt32(frame.originalLength), linkType: .ethernet,
                bytes: UnsafeRawBufferPointer(start: memory, count: frame.capturedLength))
        }
        aggregator.ingest(frames)
        aggregator.finish()
        for window in aggregator.takeClosedWindows() { try body(window) }
    }

    /// Makes every rollup that is due, day by day as they would have come.
    private func sum() throws {
        let patience = RollupPatience(quietSeconds: 0, maximumSeconds: 0, sourceSeconds: 0)
        while case let tasks = try connection.dueRollups(patience, limit: .max >> 33), !tasks.isEmpty {
            for task in tasks.sorted(by: { ($0.start, $0.span, $0.sensor) < ($1.start, $1.span, $1.sensor) })
            where task.span == tasks[0].span && task.kind == tasks[0].kind {
                try connection.makeRollup(task)
            }
        }
        while case let tasks = try connection.dueWorld(patience, limit: .max >> 33), !tasks.isEmpty {
            for task in tasks.sorted(by: { ($0.start, $0.span.rawValue) < ($1.start, $1.span.rawValue) }) {
                try connection.makeWorld(task)
            }
        }
    }
}
