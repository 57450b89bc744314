import FlowModel
import WireFormat

/// A key that speaks for a sensor.
struct KeyOfSensor: Hashable {
    let sensor: Int32
    let publicKey: [UInt8]

    init(sensor: Int32, publicKey: [UInt8]) {
        self.sensor = sensor
        self.publicKey = publicKey
    }

    init(_ batch: PendingBatch) { self.init(sensor: batch.sensor, publicKey: batch.publicKey) }
}

/// A stream as sensors name it.
struct StreamName: Hashable {
    let sensor: Int32
    let epoch: Epoch

    /// The stream that carries the batch.
    init(_ batch: PendingBatch) {
        sensor = batch.sensor
        epoch = batch.epoch
    }

    /// The stream that a gap report speaks of; nil for flows.
    init?(reportedBy batch: PendingBatch) {
        guard case .gap(let report) = batch.content else { return nil }
        sensor = batch.sensor
        epoch = report.epoch
    }
}

/// The steps of the transaction that stores a group; see `store`.
extension StoreConnection {
    /// The keys that are enrolled, each with its site. They are locked, so that a revocation waits for this transaction and
    /// nothing is stored after it.
    func lockKeys(_ batches: [PendingBatch]) throws(StoreError) -> [KeyOfSensor: Int32] {
        let keys = Set(batches.map(\.publicKey))
        let result = try query(
            """
            SELECT k.sensor, k.public_key, s.site FROM meta.sensor_key k JOIN meta.sensor s ON s.id = k.sensor
            WHERE k.public_key = ANY ($1::bytea[]) AND k.revoked_at IS NULL AND s.state = 'active'
            ORDER BY k.id FOR SHARE OF k
            """,
            [Literal.array(keys.map { Literal.bytes($0) })])
        var allowed: [KeyOfSensor: Int32] = [:]
        for row in 0..<result.rowCount {
            guard let sensor = result.number(row, 0, as: Int32.self), let key = result.bytes(row, 1),
                let site = result.number(row, 2, as: Int32.self)
            else { continue }
            allowed[KeyOfSensor(sensor: sensor, publicKey: key)] = site
        }
        return allowed
    }

    /// Locks the streams of the batches and of their gap reports, making those that are new. Everybody locks in the
    /// same order, so that two collectors that store batches of the same streams wait instead of deadlocking.
    func lockStreams(_ batches: [PendingBatch]) throws(StoreError) -> [StreamName: Int64] {
        var isImport: [StreamName: Bool] = [:]
        for batch in batches {
            isImport[StreamName(batch)] = batch.isImport
            if let reported = StreamName(reportedBy: batch), isImport[reported] == nil {
                isImport[reported] = batch.isImport
            }
        }
        let names = Array(isImport.keys)
        let parameters = [
            Literal.array(names.map(\.sensor)), Literal.array(names.map(\.epoch.description)),
            Literal.array(names.map { isImport[$0] == true ? "t" : "f" }),
        ]
        let known = try selectStreams(parameters)
        guard known.count < names.count else { return known }
        try query(
            """
            INSERT INTO raw.stream (sensor, epoch, is_import)
            SELECT * FROM unnest($1::int4[], $2::uuid[], $3::bool[]) n (sensor, epoch, is_import)
            ORDER BY sensor, epoch ON CONFLICT DO NOTHING
            """, parameters)
        return try selectStreams(parameters)
    }

    private func selectStreams(_ parameters: [String]) throws(StoreError) -> [StreamName: Int64] {
        let result = try query(
            """
            SELECT s.id, s.sensor, replace(s.epoch::text, '-', '') FROM raw.stream s
            WHERE (s.sensor, s.epoch) IN (SELECT * FROM unnest($1::int4[], $2::uuid[]))
            ORDER BY s.sensor, s.epoch FOR UPDATE OF s
            """, Array(parameters[..<2]))
        var streams: [StreamName: Int64] = [:]
        for row in 0..<result.rowCount {
            guard let id = result.number(row, 0, as: Int64.self), let sensor = result.number(row, 1, as: Int32.self),
                let epoch = result.text(row, 2).flatMap({ Epoch($0) })
            else { continue }
            streams[StreamName(sensor: sensor, epoch: epoch)] = id
        }
        return streams
    }

    /// Which of the batches' places, and of those that their gap reports declare lost, are taken.
    func takenPlaces(
        _ batches: [PendingBatch], _ streams: [StreamName: Int64]
    ) throws(StoreError) -> [Place: UInt64?] {
        var asked: Set<Place> = []
        for batch in batches {
            if let stream = streams[StreamName(batch)] { asked.insert(Place(stream: stream, sequence: batch.sequence)) }
            guard case .gap(let report) = batch.content, let reported = StreamName(reportedBy: batch),
                let stream = streams[reported]
            else { continue }
            for entry in report.entries where entry.sequence != 0 {
                asked.insert(Place(stream: stream, sequence: entry.sequence))
            }
        }
        let result = try query(
            """
            SELECT p.stream, p.sequence, b.digest
            FROM unnest($1::int8[], $2::int8[]) p (stream, sequence)
            JOIN raw.stream s ON s.id = p.stream AND p.sequence <@ s.committed
            LEFT JOIN raw.batch b ON b.sensor = s.sensor AND b.stream = s.id AND b.sequence = p.sequence
            """, [Literal.array(asked.map(\.stream)), Literal.array(asked.map(\.sequence))])
        var taken: [Place: UInt64?] = [:]
        for row in 0..<result.rowCount {
            guard let stream = result.number(row, 0, as: Int64.self),
                let sequence = result.number(row, 1, as: UInt64.self)
            else { continue }
            taken[Place(stream: stream, sequence: sequence)] =
                .some(result.number(row, 2, as: Int64.self).map { UInt64(bitPattern: $0) })
        }
        return taken
    }

    /// Stores the signatures that this connection has not stored before.
    /// - Returns: their identifiers.
    func insertSignatures(_ batches: [PendingBatch]) throws(StoreError) -> [UInt64] {
        var new: [UInt64: HeaderSignature] = [:]
        for batch in batches {
            guard case .flows(let flows) = batch.content else { continue }
            for signature in flows.signatures {
                let identifier = signature.identifier
                if !knownSignatures.contains(identifier) { new[identifier] = signature }
            }
        }
        guard !new.isEmpty else { return [] }
        // In order, so that two transactions with the same new signatures wait for each other one way only.
        let ordered = new.sorted { $0.key < $1.key }
        try query(
            """
            INSERT INTO raw.signature (id, signature, canonical)
            SELECT * FROM unnest($1::int8[], $2::text[], $3::bytea[]) ON CONFLICT DO NOTHING
            """,
            [
                Literal.array(ordered.map { Int64(bitPattern: $0.key) }), Literal.array(ordered.map(\.value.sqlText)),
                Literal.array(ordered.map { Literal.bytes($0.value.canonicalBytes) }),
            ])
        return ordered.map(\.key)
    }

    /// Adds what the plan accepted to the streams' sets and records conflicts.
    func updateStreams(
        _ plan: GroupPlan, _ accepted: [(batch: PendingBatch, stream: Int64)]
    ) throws(StoreError) {
        var newest: [Int64: Window] = [:]
        for case (let batch, let stream) in accepted {
            guard case .flows(let flows) = batch.content else { continue }
            if flows.window.end > newest[stream]?.end ?? .min { newest[stream] = flows.window }
        }
        let carriers = Set(accepted.map(\.stream))
        let touched = Set(plan.added.keys).union(plan.conflicts.keys).sorted()
        guard !touched.isEmpty else { return }
        try query(
            """
            UPDATE raw.stream s SET
                committed = s.committed + n.added,
                last_committed_at = CASE WHEN n.carries THEN clock_timestamp() ELSE s.last_committed_at END,
                last_window_end = greatest(s.last_window_end, to_timestamp(n.window_end)),
                last_window_seconds = CASE WHEN to_timestamp(n.window_end) >= coalesce(s.last_window_end, '-infinity')
                    THEN n.window_seconds ELSE s.last_window_seconds END,
                conflicts = s.conflicts + n.conflicts,
                last_conflict_at = CASE WHEN n.conflicts > 0 THEN clock_timestamp() ELSE s.last_conflict_at END,
                last_conflict_sequence = coalesce(n.last_conflict, s.last_conflict_sequence)
            FROM unnest($1::int8[], $2::int8multirange[], $3::bool[], $4::int8[], $5::int4[], $6::int8[], $7::int8[])
                n (stream, added, carries, window_end, window_seconds, conflicts, last_conflict)
            WHERE s.id = n.stream
            """,
            [
                Literal.array(touched), Literal.array(touched.map { GroupPlan.multirange(plan.added[$0] ?? []) }),
                Literal.array(touched.map { carriers.contains($0) ? "t" : "f" }),
                Literal.array(touched.map { newest[$0]?.end }), Literal.array(touched.map { newest[$0]?.length }),
                Literal.array(touched.map { plan.conflicts[$0]?.count ?? 0 }),
                Literal.array(touched.map { plan.conflicts[$0]?.last }),
            ])
    }
}

extension StreamName {
    fileprivate init(sensor: Int32, epoch: Epoch) {
        self.sensor = sensor
        self.epoch = epoch
    }
}

extension HeaderSignature {
    /// The parts as text; see the comment on raw.signature.signature.
    var sqlText: String {
        switch self {
        case .syn(let window, let kinds, let mss, let scale, let dontFragment, let ttl):
            let options = kinds.map { String($0) }.joined(separator: ",")
            return "syn:\(window):\(options):\(mss == 0 ? "*" : "\(mss)"):\(scale == 255 ? "*" : "\(scale)"):"
                + "\(dontFragment ? "df" : "-"):\(ttl)"
        case .udp(let lengthClass, let digest):
            let digits = String(digest, radix: 16)
            return "udp:\(lengthClass):" + String(repeating: "0", count: 16 - digits.count) + digits
        }
    }
}
