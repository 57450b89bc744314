import FlowModel
import Glibc

/// Packets that found the flow table full, summed per (family, protocol, class, service port), with a sketch of their
/// sources. Bounded: 3,000 keys; then all further ports of a (family, protocol, class) share port 0, of which there are
/// at most 1,044. Memory is taken only in a flood: 4 MiB at most.
///
/// The unsafe core: `sketches` has `capacity` sketches, indexed by positions in `records`.
struct OverflowTable {
    private static let capacity = FlowBatch.maximumOverflowRecords
    private static let specificKeys = 3_000
    private static let slotCount = 8_192

    private var records: [OverflowRecord] = []
    private var slots: [UInt16] = []
    private var sketches: UnsafeMutablePointer<UInt8>?
    private let hash: KeyedHash

    init(hash: KeyedHash) { self.hash = hash }

    func deallocate() { free(sketches) }

    var isEmpty: Bool { records.isEmpty }

    mutating func add<Word: AddressWord>(_ facts: PacketFacts<Word>) {
        guard let index = index(of: facts, port: UInt16(truncatingIfNeeded: facts.key)) ?? index(of: facts, port: 0)
        else {
            return
        }
        records[index].packets += 1
        records[index].bytes += UInt64(facts.ipLength)
        if let sketches {
            HyperLogLog.add(hash.hash(address: facts.source), to: sketches + index * HyperLogLog.bytes)
        }
    }

    /// The records with their distinct sources, in the order of their keys.
    func finished() -> [OverflowRecord] {
        var result = records
        for index in result.indices {
            let estimate = sketches.map { HyperLogLog.estimate($0 + index * HyperLogLog.bytes) }
            result[index].sources = estimate.map { DistinctCount(max(1, $0), .estimate) } ?? DistinctCount(1, .atLeast)
        }
        return result.sorted {
            ($0.family.rawValue, $0.ipProtocol, $0.trafficClass.rawValue, $0.servicePort)
                < ($1.family.rawValue, $1.ipProtocol, $1.trafficClass.rawValue, $1.servicePort)
        }
    }

    private mutating func index<Word: AddressWord>(of facts: PacketFacts<Word>, port: UInt16) -> Int? {
        if slots.isEmpty {
            slots = Array(repeating: 0, count: OverflowTable.slotCount)
            let memory = calloc(OverflowTable.capacity, HyperLogLog.bytes)
            sketches = memory?.assumingMemoryBound(to: UInt8.self)
        }
        let family: AddressFamily = Word.bitWidth == 32 ? .ipv4 : .ipv6
        let ipProtocol = UInt8(truncatingIfNeeded: facts.key >> 32)
        let key =
            UInt64(port) | UInt64(ipProtocol) << 16 | UInt64(facts.trafficClass) << 24 | UInt64(family.rawValue) << 32
        var at = Int(truncatingIfNeeded: hash.hash(key, 7)) & (OverflowTable.slotCount - 1)
        while slots[at] != 0 {
            let record = records[Int(slots[at]) - 1]
            if record.servicePort == port, record.ipProtocol == ipProtocol, record.family == family,
                record.trafficClass.rawValue == facts.trafficClass
            {
                return Int(slots[at]) - 1
            }
            at = (at + 1) & (OverflowTable.slotCount - 1)
        }
        let limit = port == 0 ? OverflowTable.capacity : OverflowTable.specificKeys
        guard records.count < limit, let trafficClass = TrafficClass(rawValue: facts.trafficClass) else { return nil }
        records.append(
            OverflowRecord(
                family: family, ipProtocol: ipProtocol, trafficClass: trafficClass, servicePort: port, packets: 0,
                bytes: 0, sources: DistinctCount(0)))
        slots[at] = UInt16(records.count)
        return records.count - 1
    }
}
