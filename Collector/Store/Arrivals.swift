import Analysis
import FlowModel

/// What batches of one transaction tell of organisations' addresses, as rows of alert.arrival.
struct Arrivals {
    /// Bytes of rows after which they are to be sent, so that organisations in each other cannot use up the memory: a batch
    /// adds some 110 MB at most.
    private static let fullBytes = 8 << 20

    private let organisations: OrganisationTable
    private let sites: [KeyOfSensor: Int32]
    private var rows = CopyBuffer(capacity: 0)

    /// - Parameter sites: meta.site.id of each key.
    init(_ organisations: OrganisationTable, sites: [KeyOfSensor: Int32]) {
        self.organisations = organisations
        self.sites = sites
    }

    var isFull: Bool { rows.bytes.count >= Arrivals.fullBytes }

    /// - Parameters:
    ///   - flows: the batch's content.
    ///   - arrays: those of the content.
    mutating func add(_ batch: PendingBatch, _ flows: FlowBatch, _ arrays: FlowArrays) {
        guard !organisations.isEmpty, let site = sites[KeyOfSensor(batch)] else { return }
        let candidates =
            flows.family == .ipv4 ? organisations.candidates(service: arrays.service, source: arrays.source) : nil
        for match in organisations.matches(in: flows, site: site, among: candidates) {
            ArrivalRow.write(match, of: flows, arrays.identifiers, in: batch, to: &rows)
        }
    }

    /// The rows since the last call.
    mutating func take() -> [UInt8] {
        defer { rows = CopyBuffer(capacity: 0) }
        return rows.bytes
    }
}
