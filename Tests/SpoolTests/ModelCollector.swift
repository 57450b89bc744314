import FlowModel
import WireFormat

@testable import Spool

/// A record's place in the world.
struct Place: Hashable {
    let epoch: Epoch
    let sequence: UInt64
}

/// What the collector does with batches and gap reports (Collector/Store/GroupPlan.swift): each place is taken once.
struct ModelCollector {
    private(set) var stored: [Place: [UInt8]] = [:]
    private(set) var lost: [Place: (entry: GapEntry, reason: GapReason)] = [:]
    /// Losses without a place.
    private(set) var spans: [GapEntry] = []
    /// Places that came again with other content.
    private(set) var conflicts = 0

    mutating func receive(_ epoch: Epoch, _ sequence: UInt64, _ content: [UInt8]) {
        let place = Place(epoch: epoch, sequence: sequence)
        if let known = stored[place] {
            if known != content { conflicts += 1 }
            return
        }
        guard lost[place] == nil else { return }
        stored[place] = content
        // The kind is the fifth byte (SPEC.md §4); most are not worth decoding.
        guard content.dropFirst(4).first == 2, case .gap(let report)? = try? BatchDecoder().decode(content) else {
            return
        }
        for entry in report.entries {
            let lostPlace = Place(epoch: report.epoch, sequence: entry.sequence)
            if entry.sequence == 0 {
                spans.append(entry)
            } else if stored[lostPlace] == nil && lost[lostPlace] == nil {
                lost[lostPlace] = (entry, report.reason)
            }
        }
    }

    func committed(_ epoch: Epoch) -> [ClosedRange<UInt64>] {
        var set = SequenceSet()
        for place in stored.keys where place.epoch == epoch { set.insert(place.sequence) }
        for place in lost.keys where place.epoch == epoch { set.insert(place.sequence) }
        return set.ranges
    }

    /// Packets in batches that are stored, and in losses whose packets are known.
    var packets: UInt64 {
        stored.values.reduce(0) { $0 + ((try? BatchSummary($1).packets) ?? 0) }
            + lost.values.reduce(0) { $0 + ($1.entry.packets ?? 0) } + spans.reduce(0) { $0 + ($1.packets ?? 0) }
    }
}

/// Batches as the sensor makes them, small, each with another window and another number of packets.
enum SampleBatch {
    static let packets: [UInt64] = (0..<200).map { UInt64($0) * 1_000 + 1 }
    private static let encoded: [[UInt8]] = packets.indices.map { encode($0) }
    private static let encodedImports: [[UInt8]] = (0..<40).map { encode($0, capture: .file) }

    /// Of window `index`, whose packets are `packets[index]`.
    static func live(_ index: Int) -> [UInt8] { encoded[index % packets.count] }

    static func imported(_ index: Int) -> [UInt8] { encodedImports[index % encodedImports.count] }

    static func window(_ index: Int) -> Window { Window(containing: 1_800_000_000 + Int64(index) * 60, length: 60) }

    static func encode(_ index: Int, capture: CaptureKind = .live) -> [UInt8] {
        var account = CaptureAccount()
        account.capture = capture
        account.observedToMilliseconds = 60_000
        account.overflowed = packets[index]
        account.aggregated = packets[index]
        account.received = packets[index]
        let overflow = OverflowRecord(
            family: .ipv4, ipProtocol: 6, trafficClass: .tcpSyn, servicePort: 23, packets: packets[index],
            bytes: packets[index] * 40, sources: DistinctCount(1, .exact))
        let batch = FlowBatch(window: window(index), account: account, overflow: [overflow])
        guard let bytes = try? BatchEncoder().encode(batch) else { preconditionFailure("sample batch") }
        return bytes
    }
}
