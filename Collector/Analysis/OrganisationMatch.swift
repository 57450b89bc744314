package import FlowModel

/// A record of a batch that is evidence about an address of an organisation.
package struct OrganisationMatch: Sendable, Hashable {
    /// Its place among the batch's records.
    package let record: Int
    /// The organisation's address: the record's source, or the host that an ICMP error is about.
    package let address: Address
    /// meta.organisation.id.
    package let organisation: Int32
    /// meta.organisation_prefix.id of the organisation's most specific block.
    package let prefix: Int32
    /// Whether the site's dark space is the organisation's own.
    package let isAtHome: Bool
}

extension OrganisationTable {
    /// What a batch tells of organisations that hold the addresses at its window's start, in the order of records; of one
    /// record the most specific block first.
    ///
    /// Evidence are the classes of scans and of backscatter. Who sends an ICMP error is a router on the way as a rule: it
    /// is about the host that the error quotes, and about the sender only when it quotes none. Other classes say nothing
    /// of what the source is: they are easily forged or come from faults.
    /// - Parameters:
    ///   - site: meta.site.id of the sensor.
    ///   - candidates: places of the records to look at, ascending; nil for all.
    package func matches(in batch: FlowBatch, site: Int32, among candidates: [Int32]? = nil) -> [OrganisationMatch] {
        guard !isEmpty else { return [] }
        var found: [OrganisationMatch] = []
        var holders: [Holder] = []
        let start = batch.window.start
        for index in candidates.map({ $0.map { Int($0) } }) ?? Array(batch.records.indices) {
            guard let subject = Self.subject(of: batch.records[index].key) else { continue }
            let place =
                batch.family == .ipv4
                ? place(ipv4: UInt32(truncatingIfNeeded: subject.bits)) : place(ipv6: subject.bits)
            guard let place else { continue }
            findHolders(at: place, on: start, into: &holders)
            for holder in holders {
                found.append(
                    OrganisationMatch(
                        record: index, address: subject, organisation: holder.organisation, prefix: holder.prefix,
                        isAtHome: isHome(holder.organisation, site, on: start)))
            }
        }
        return found
    }

    /// The records of an IPv4 batch that `matches` has to look at: a fast pass over two columns, since few sources are an
    /// organisation's. All ICMP errors are among them.
    /// - Parameters:
    ///   - service: class · 2^24 and what else, of each record.
    ///   - source: minus 2^31.
    package func candidates(service: [Int32], source: [Int32]) -> [Int32] {
        guard !isEmpty else { return [] }
        var found: [Int32] = []
        service.withUnsafeBufferPointer { service in
            source.withUnsafeBufferPointer { source in
                for index in 0..<min(service.count, source.count) {
                    let bit = UInt32(1) << UInt32(truncatingIfNeeded: service[index] >> 24 & 31)
                    let isHeld =
                        bit & Self.aboutSource != 0
                        && place(ipv4: UInt32(bitPattern: source[index]) ^ 0x8000_0000) != nil
                    if isHeld || bit & Self.aboutVictim != 0 { found.append(Int32(truncatingIfNeeded: index)) }
                }
            }
        }
        return found
    }

    /// Whom a record is evidence about; nil when it is none.
    private static func subject(of key: FlowKey) -> Address? {
        let bit = UInt32(1) << UInt32(key.trafficClass.rawValue)
        if bit & aboutSource != 0 { return key.source }
        return bit & aboutVictim != 0 ? key.victim?.address ?? key.source : nil
    }

    private static func bits(_ classes: [TrafficClass]) -> UInt32 {
        classes.reduce(0) { $0 | 1 << UInt32($1.rawValue) }
    }

    private static let aboutSource = bits([
        .tcpSyn, .udpProbe, .icmpRequest, .tcpSynAck, .tcpRst, .udpResponse, .icmpReply,
    ])
    private static let aboutVictim = bits([.icmpError])
}
