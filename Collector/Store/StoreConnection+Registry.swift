package import FlowModel

/// A key under which batches are accepted.
package struct EnrolledKey: Sendable, Hashable {
    /// 32 bytes.
    package let publicKey: [UInt8]
    package let sensor: Int32
    package let site: Int32
    package let siteCode: String
    package let sensorName: String
}

extension StoreConnection {
    /// The keys that may send: not revoked, of sensors that are not retired.
    package func enrolledKeys() throws(StoreError) -> [EnrolledKey] {
        let result = try query(
            """
            SELECT k.public_key, s.id, t.id, t.code, s.name
            FROM meta.sensor_key k JOIN meta.sensor s ON s.id = k.sensor JOIN meta.site t ON t.id = s.site
            WHERE k.revoked_at IS NULL AND s.state = 'active' ORDER BY k.id
            """)
        return (0..<result.rowCount).compactMap { row in
            guard let key = result.bytes(row, 0), let sensor = result.number(row, 1, as: Int32.self),
                let site = result.number(row, 2, as: Int32.self), let code = result.text(row, 3),
                let name = result.text(row, 4)
            else { return nil }
            return EnrolledKey(publicKey: key, sensor: sensor, site: site, siteCode: code, sensorName: name)
        }
    }

    /// Asks for a notification of every change to sites, sensors, keys and prefixes; see `waitForNotification`.
    package func listen() throws(StoreError) {
        try query("LISTEN darkscope_registry")
    }

    /// The sequence numbers of a stream that are stored or declared lost, ascending; empty for an unknown stream.
    package func committed(sensor: Int32, epoch: Epoch) throws(StoreError) -> [ClosedRange<UInt64>] {
        let result = try query(
            """
            SELECT lower(r), upper(r) - 1 FROM raw.stream, unnest(committed) r
            WHERE sensor = $1::int4 AND epoch = $2::uuid ORDER BY 1
            """,
            ["\(sensor)", epoch.description])
        return (0..<result.rowCount).compactMap { row in
            guard let first = result.number(row, 0, as: UInt64.self), let last = result.number(row, 1, as: UInt64.self),
                first <= last
            else { return nil }
            return first...last
        }
    }
}
