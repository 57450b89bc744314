package import Analysis
import FlowModel
import WireFormat

extension StoreConnection {
    /// Stores a group of batches exactly once each, in one transaction.
    ///
    /// The set of each stream's committed sequence numbers changes in the transaction that writes the rows, so a batch
    /// that comes again, whatever happened in between, is known. A batch whose data the database refuses is found by
    /// halving the group, put into raw.dead_letter and rejected; the others are stored. What the stored ones tell of
    /// addresses of `organisations` is appended to alert.arrival in the same transaction.
    ///
    /// - Returns: an outcome for each batch, in the order of `group`.
    /// - Throws: `.unavailable` or `.schema`. Part of the group may have been stored even then: send it again.
    package func store(
        _ group: [PendingBatch], matching organisations: OrganisationTable = OrganisationTable()
    ) throws(StoreError) -> [StoreOutcome] {
        var outcomes: [Int: StoreOutcome] = [:]
        var sound: [Int] = []
        for (index, batch) in group.enumerated() {
            if let objection = BatchCheck.objection(to: batch) {
                outcomes[index] = try bury(batch, sqlState: "", reason: objection)
            } else {
                sound.append(index)
            }
        }
        try store(group, sound[...], organisations, into: &outcomes)
        return group.indices.map { outcomes[$0] ?? .rejected("not decided") }
    }

    private func store(
        _ group: [PendingBatch], _ indices: ArraySlice<Int>, _ organisations: OrganisationTable,
        into outcomes: inout [Int: StoreOutcome]
    ) throws(StoreError) {
        guard let first = indices.first else { return }
        do throws(StoreError) {
            let decided = try storeOrFindPartitionGone(indices.map { group[$0] }, organisations)
            for (index, outcome) in zip(indices, decided) { outcomes[index] = outcome }
        } catch {
            guard case .refused(let state) = error.kind else { throw error }
            if indices.count == 1 {
                outcomes[first] = try bury(group[first], sqlState: state, reason: error.message)
            } else {
                let middle = indices.startIndex + indices.count / 2
                try store(group, indices[..<middle], organisations, into: &outcomes)
                try store(group, indices[middle...], organisations, into: &outcomes)
            }
        }
    }

    /// A partition that this connection knew can have been removed since: the database then says check_violation.
    private func storeOrFindPartitionGone(
        _ batches: [PendingBatch], _ organisations: OrganisationTable
    ) throws(StoreError) -> [StoreOutcome] {
        do throws(StoreError) {
            return try storeTogether(batches, organisations)
        } catch {
            guard error.kind == .refused("23514") else { throw error }
            knownDays.removeAll()
            return try storeTogether(batches, organisations)
        }
    }

    private func storeTogether(
        _ batches: [PendingBatch], _ organisations: OrganisationTable
    ) throws(StoreError) -> [StoreOutcome] {
        var days: Set<Int64> = []
        for batch in batches {
            guard case .flows(let flows) = batch.content, !flows.records.isEmpty else { continue }
            days.insert(Day(unixSeconds: flows.window.start).number)
        }
        try ensurePartitions(days)
        let (outcomes, signatures) = try retryingContention { () throws(StoreError) in
            try transaction { () throws(StoreError) in try write(batches, organisations) }
        }
        // Only now is it sure that they are stored.
        if knownSignatures.count + signatures.count > StoreConnection.maximumKnownSignatures {
            knownSignatures.removeAll()
        }
        knownSignatures.formUnion(signatures)
        return outcomes
    }

    private func write(
        _ batches: [PendingBatch], _ organisations: OrganisationTable
    ) throws(StoreError) -> ([StoreOutcome], [UInt64]) {
        let allowed = try lockKeys(batches)
        let admitted = batches.filter { allowed[KeyOfSensor($0)] != nil }
        guard !admitted.isEmpty else { return (batches.map { _ in .revoked }, []) }
        let streams = try lockStreams(admitted)
        var plan = GroupPlan(taken: try takenPlaces(admitted, streams))
        var accepted: [(batch: PendingBatch, stream: Int64)] = []
        var outcomes: [StoreOutcome] = []
        for batch in batches {
            guard allowed[KeyOfSensor(batch)] != nil, let stream = streams[StreamName(batch)] else {
                outcomes.append(.revoked)
                continue
            }
            let reported = StreamName(reportedBy: batch).flatMap { streams[$0] }
            let outcome = plan.offer(batch, stream: stream, reported: reported)
            if outcome == .stored { accepted.append((batch, stream)) }
            outcomes.append(outcome)
        }
        let signatures = try insertSignatures(accepted.map(\.batch))
        try copyRows(accepted, plan.gaps, Arrivals(organisations, sites: allowed))
        try markRollups(accepted.map(\.batch), plan.gaps)
        try updateStreams(plan, accepted)
        return (outcomes, signatures)
    }

    private func copyRows(
        _ accepted: [(batch: PendingBatch, stream: Int64)], _ gaps: [GapRow], _ arrivals: Arrivals
    ) throws(StoreError) {
        guard !accepted.isEmpty else { return }
        var ledger = CopyBuffer(capacity: accepted.count * 512)
        var overflow = CopyBuffer(capacity: 0)
        var flows: [[UInt8]] = []
        var arrivals = arrivals
        for (batch, stream) in accepted {
            BatchRow.write(batch, stream: stream, to: &ledger)
            guard case .flows(let content) = batch.content else { continue }
            let place = Place(stream: stream, sequence: batch.sequence)
            OverflowRow.write(content, sensor: batch.sensor, place: place, to: &overflow)
            guard let arrays = FlowArrays(content) else { continue }
            var row = CopyBuffer(capacity: 512 + content.records.count * 160)
            FlowRow.write(content, arrays, sensor: batch.sensor, place: place, to: &row)
            flows.append(row.bytes)
            arrivals.add(batch, content, arrays)
            if arrivals.isFull { try copyIn(ArrivalRow.copyCommand, [arrivals.take()]) }
        }
        var lost = CopyBuffer(capacity: gaps.count * 96)
        for gap in gaps { gap.write(to: &lost) }
        try copyIn(BatchRow.copyCommand, [ledger.bytes])
        try copyIn(FlowRow.copyCommand, flows)
        try copyIn(OverflowRow.copyCommand, [overflow.bytes])
        try copyIn(GapRow.copyCommand, [lost.bytes])
        try copyIn(ArrivalRow.copyCommand, [arrivals.take()])
    }

    /// Sends rows, each in the format of COPY, with what stands around them; nothing when there are none.
    func copyIn(_ command: String, _ rows: [[UInt8]]) throws(StoreError) {
        guard rows.contains(where: { !$0.isEmpty }) else { return }
        try copy(command, [CopyBuffer.header] + rows + [CopyBuffer.trailer])
    }

    /// Dead letters of one sensor that are kept at most.
    private static let maximumLetters = 1_000

    private func bury(_ batch: PendingBatch, sqlState: String, reason: String) throws(StoreError) -> StoreOutcome {
        try query(
            """
            INSERT INTO raw.dead_letter (sensor, epoch, sequence, digest, received_at, sqlstate, reason, encoded)
            SELECT $1::int4, $2::uuid, $3::numeric, $4::int8, to_timestamp($5::int8 / 1000000.0), $6, $7, $8::bytea
            WHERE (SELECT count(*) FROM raw.dead_letter WHERE sensor = $1::int4) < \(StoreConnection.maximumLetters)
            ON CONFLICT DO NOTHING
            """,
            [
                "\(batch.sensor)", batch.epoch.description, "\(batch.sequence)", "\(Int64(bitPattern: batch.digest))",
                "\(Timestamp.microseconds(unixMicroseconds: batch.receivedUnixMicroseconds) + 946_684_800_000_000)",
                sqlState, reason, Literal.bytes(batch.encoded),
            ])
        return .rejected(reason)
    }
}
