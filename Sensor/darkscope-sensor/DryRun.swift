import Aggregation
import Capture
import FlowModel
import Runtime

/// `run --read … --dry-run`: what the files hold, as JSON, without a collector, a spool or a database.
struct DryRun {
    let settings: SensorSettings

    func run(_ paths: [String]) throws {
        var totals = Totals()
        var failure: ProgramError?
        for path in paths {
            let reading = FileReading(
                path: path, pacing: .asCaptured,
                aggregation: settings.aggregation(hashSeed: (1, 2)), conditions: settings.fileConditions(shift: 0))
            let nothing = DestinationEncoder(policy: .none, space: DarkSpace([]), key: (0, 0))
            do throws(CaptureError) {
                let end = try reading.run(
                    { _ in false },
                    { window in
                        totals.windows += 1
                        window.forEachBatch(destinations: nothing, policy: .none) { (batch: FlowBatch) throws(Never) in
                            totals.add(batch)
                        }
                    })
                if case .damaged(let error) = end { failure = error.programError }
            } catch {
                throw error.programError
            }
        }
        print(totals.json)
        if let failure { throw failure }
    }
}

/// Sums over batches; the names in JSON are those of `darkscope generate`'s expected totals.
private struct Totals {
    var windows = 0
    private var records = 0
    private var account = CaptureAccount()
    private var packets: [AddressFamily: UInt64] = [:]
    private var bytes: UInt64 = 0
    private var classes: [TrafficClass: UInt64] = [:]
    private var protocols: [UInt8: UInt64] = [:]
    private var tools: (zmap: UInt64, masscan: UInt64, mirai: UInt64) = (0, 0, 0)
    private var sources: [AddressFamily: Set<UInt128>] = [:]

    mutating func add(_ batch: FlowBatch) {
        account.received += batch.account.received
        account.aggregated += batch.account.aggregated
        account.filtered += batch.account.filtered
        account.nonIP += batch.account.nonIP
        account.late += batch.account.late
        account.overflowed += batch.account.overflowed
        for reason in MalformedReason.allCases { account.malformed[reason] += batch.account.malformed[reason] }
        records += batch.records.count
        for record in batch.records {
            count(batch.family, record.key.trafficClass, record.key.ipProtocol, UInt64(record.packets), record.bytes)
            tools.zmap += UInt64(record.tools.zmap)
            tools.masscan += UInt64(record.tools.masscan)
            tools.mirai += UInt64(record.tools.mirai)
            sources[batch.family, default: []].insert(record.key.source.bits)
        }
        for record in batch.overflow {
            count(record.family, record.trafficClass, record.ipProtocol, record.packets, record.bytes)
        }
    }

    private mutating func count(
        _ family: AddressFamily, _ trafficClass: TrafficClass, _ ipProtocol: UInt8, _ packets: UInt64, _ bytes: UInt64
    ) {
        self.packets[family, default: 0] += packets
        classes[trafficClass, default: 0] += packets
        protocols[ipProtocol, default: 0] += packets
        self.bytes += bytes
    }

    var json: String {
        func map(_ pairs: [(String, UInt64)]) -> String {
            "{" + pairs.filter { $0.1 > 0 }.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ") + "}"
        }
        let fields: [(String, String)] = [
            ("windows", "\(windows)"), ("records", "\(records)"), ("received", "\(account.received)"),
            ("aggregated", "\(account.aggregated)"), ("filtered", "\(account.filtered)"),
            ("non_ip", "\(account.nonIP)"),
            ("malformed", map(MalformedReason.allCases.map { ($0.name, account.malformed[$0]) })),
            ("late", "\(account.late)"), ("overflowed", "\(account.overflowed)"),
            ("ipv4", "\(packets[.ipv4] ?? 0)"), ("ipv6", "\(packets[.ipv6] ?? 0)"), ("bytes", "\(bytes)"),
            ("classes", map(TrafficClass.allCases.map { ($0.name, classes[$0] ?? 0) })),
            ("protocols", map(protocols.sorted { $0.key < $1.key }.map { ("\($0.key)", $0.value) })),
            ("tools", map([("zmap", tools.zmap), ("masscan", tools.masscan), ("mirai", tools.mirai)])),
            ("sources_ipv4", "\(sources[.ipv4]?.count ?? 0)"), ("sources_ipv6", "\(sources[.ipv6]?.count ?? 0)"),
        ]
        return "{\n" + fields.map { "  \"\($0.0)\": \($0.1)" }.joined(separator: ",\n") + "\n}"
    }
}
