/// A sensor of the registry with its keys.
package struct RegisteredSensor: Sendable, Hashable {
    /// A key and its time.
    package struct Key: Sendable, Hashable {
        /// 32 bytes.
        package let publicKey: [UInt8]
        /// RFC 3339 in UTC.
        package let enrolledAt: String
        /// RFC 3339 in UTC; nil while the key is good.
        package let revokedAt: String?
    }

    package let site: String
    package let name: String
    package let isActive: Bool
    /// Oldest first.
    package let keys: [Key]
}

/// How a sensor is now.
package struct SensorStatus: Sendable, Hashable {
    /// What an operator has to know first.
    package enum State: String, Sendable {
        case ok, late, silent
    }

    package let site: String
    package let sensor: String
    package let state: State
    /// RFC 3339 in UTC; nil when nothing was ever stored.
    package let lastCommit: String?
    /// Seconds since the end of the newest live window; nil when there is none.
    package let lagSeconds: Int64?
    /// Frames dropped by kernel and interface in windows of the last 24 hours, in decimal.
    package let dropped: String
    /// Gaps reported in the last 24 hours.
    package let gaps: Int64
    /// Packets known to be lost in them, in decimal; nil when no gap tells.
    package let gapPackets: String?
    /// Batches refused as a cloned sensor's, ever.
    package let conflicts: Int64
    /// Keys under which it may send.
    package let keys: Int64
}

extension StoreConnection {
    /// Registers a sensor and the key by which it will be known.
    /// - Parameter publicKey: 32 bytes.
    /// - Throws: `.refused` when the name does not have the form that the registry asks for.
    package func addSensor(site: String, name: String, publicKey: [UInt8]) throws(StoreError) -> RegistryOutcome {
        try registering(publicKey) { () throws(StoreError) in
            guard try query("SELECT 1 FROM meta.site WHERE code = $1", [site]).rowCount == 1 else { return nil }
            return try query(
                """
                INSERT INTO meta.sensor (site, name) SELECT id, $2 FROM meta.site WHERE code = $1
                ON CONFLICT DO NOTHING RETURNING id
                """, [site, name])
        } ifAbsent: {
            $0 == nil ? .unknownSite : .exists
        }
    }

    /// Registers a further key of a sensor, which becomes active if it was retired.
    /// - Parameter publicKey: 32 bytes.
    package func addKey(site: String, name: String, publicKey: [UInt8]) throws(StoreError) -> RegistryOutcome {
        try registering(publicKey) { () throws(StoreError) in
            try query(
                """
                UPDATE meta.sensor s SET state = 'active' FROM meta.site t
                WHERE t.id = s.site AND t.code = $1 AND s.name = $2 RETURNING s.id
                """, [site, name])
        } ifAbsent: { _ in
            .unknownSensor
        }
    }

    private func registering(
        _ publicKey: [UInt8], sensor: () throws(StoreError) -> QueryResult?,
        ifAbsent: (QueryResult?) -> RegistryOutcome
    ) throws(StoreError) -> RegistryOutcome {
        try transaction { () throws(StoreError) -> RegistryOutcome in
            let key = Literal.bytes(publicKey)
            let found = try query(
                """
                SELECT t.code || '/' || s.name FROM meta.sensor_key k JOIN meta.sensor s ON s.id = k.sensor
                JOIN meta.site t ON t.id = s.site WHERE k.public_key = $1::bytea
                """, [key])
            if found.rowCount > 0 { return .keyInUse(by: found.text(0, 0) ?? "") }
            let result = try sensor()
            guard let result, result.rowCount == 1 else { return ifAbsent(result) }
            try query(
                "INSERT INTO meta.sensor_key (sensor, public_key) VALUES ($1::int4, $2::bytea)",
                [result.text(0, 0), key])
            return .done
        }
    }

    /// Revokes a sensor's keys. When this returns nothing more is stored under them.
    /// - Parameter publicKey: the one key to revoke; nil revokes all and retires the sensor.
    package func revoke(site: String, name: String, publicKey: [UInt8]?) throws(StoreError) -> RegistryOutcome {
        try transaction { () throws(StoreError) -> RegistryOutcome in
            let found = try query(
                """
                SELECT s.id FROM meta.sensor s JOIN meta.site t ON t.id = s.site WHERE t.code = $1 AND s.name = $2
                """, [site, name])
            guard let sensor = found.rowCount == 1 ? found.text(0, 0) : nil else { return .unknownSensor }
            let revoked = try query(
                """
                UPDATE meta.sensor_key SET revoked_at = clock_timestamp()
                WHERE sensor = $1::int4 AND revoked_at IS NULL AND ($2::bytea IS NULL OR public_key = $2::bytea)
                RETURNING 1
                """, [sensor, publicKey.map { Literal.bytes($0) }])
            if publicKey != nil { return revoked.rowCount == 1 ? .done : .unknownKey }
            try query("UPDATE meta.sensor SET state = 'retired' WHERE id = $1::int4", [sensor])
            return .done
        }
    }

    /// The sensors with their keys, ordered by site and name.
    /// - Parameter site: only those of this site.
    package func sensors(site: String? = nil) throws(StoreError) -> [RegisteredSensor] {
        let result = try query(
            """
            SELECT t.code, s.name, s.state, k.public_key, \(StoreConnection.timeText("k.enrolled_at")),
                \(StoreConnection.timeText("k.revoked_at"))
            FROM meta.sensor s JOIN meta.site t ON t.id = s.site LEFT JOIN meta.sensor_key k ON k.sensor = s.id
            WHERE $1::text IS NULL OR t.code = $1 ORDER BY t.code, s.name, k.id
            """, [site])
        var sensors: [RegisteredSensor] = []
        for row in 0..<result.rowCount {
            guard let site = result.text(row, 0), let name = result.text(row, 1) else { continue }
            var keys: [RegisteredSensor.Key] = []
            if let last = sensors.last, last.site == site, last.name == name {
                keys = last.keys
                sensors.removeLast()
            }
            if let key = result.bytes(row, 3), let enrolled = result.text(row, 4) {
                keys.append(.init(publicKey: key, enrolledAt: enrolled, revokedAt: result.text(row, 5)))
            }
            sensors.append(.init(site: site, name: name, isActive: result.text(row, 2) == "active", keys: keys))
        }
        return sensors
    }

    /// How the sensors are that are not retired, ordered by site and name.
    package func sensorStatus() throws(StoreError) -> [SensorStatus] {
        let result = try query(
            """
            SELECT site, sensor, state, \(StoreConnection.timeText("last_commit")), lag_seconds, dropped_24h, gaps_24h,
                gap_packets_24h, conflicts, keys
            FROM api.sensor_status WHERE registration = 'active' ORDER BY site, sensor
            """)
        return (0..<result.rowCount).compactMap { row in
            guard let site = result.text(row, 0), let sensor = result.text(row, 1),
                let state = result.text(row, 2).flatMap({ SensorStatus.State(rawValue: $0) })
            else { return nil }
            return SensorStatus(
                site: site, sensor: sensor, state: state, lastCommit: result.text(row, 3),
                lagSeconds: result.number(row, 4), dropped: result.text(row, 5) ?? "0",
                gaps: result.number(row, 6) ?? 0, gapPackets: result.text(row, 7),
                conflicts: result.number(row, 8) ?? 0, keys: result.number(row, 9) ?? 0)
        }
    }
}
