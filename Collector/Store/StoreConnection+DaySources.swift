import Analysis

extension StoreConnection {
    /// Makes the sources and signatures of a sensor's day again from its flows; in the transaction of `makeRollup`.
    func makeSources(_ task: RollupTask) throws(StoreError) {
        // As for an hour: what a day had whose flows were removed stays.
        let ledger = try query(
            """
            SELECT coalesce(sum(records), 0) FROM raw.batch WHERE kind = 1 AND sensor = $1::int4
                AND window_start >= to_timestamp($2::int8) AND window_start < to_timestamp($2::int8 + 86400)
            """, ["\(task.sensor)", "\(task.start)"])
        var sources = DaySources()
        var records: Int64 = 0
        try copyOut(DaySourceRows.flows(sensor: task.sensor, day: task.start)) { row throws(StoreError) in
            records += try DaySourceRows.add(row, to: &sources)
        }
        guard records >= ledger.number(0, 0, as: Int64.self) ?? 0 else { return }
        for table in ["source_day", "signature_day"] {
            try query(
                "DELETE FROM rollup.\(table) WHERE sensor = $1::int4 AND start = to_timestamp($2::int8)",
                ["\(task.sensor)", "\(task.start)"])
        }
        guard records > 0 else { return }
        var rows = CopyBuffer(capacity: 1 << 16)
        DaySourceRows.write(sources, task, to: &rows)
        try copy(DaySourceRows.sourceCopy, [CopyBuffer.header, rows.bytes, CopyBuffer.trailer])
        let signatures = sources.signatureRows()
        guard !signatures.isEmpty else { return }
        rows = CopyBuffer(capacity: signatures.count * 512)
        for signature in signatures { DaySourceRows.write(signature, task, to: &rows) }
        try copy(DaySourceRows.signatureCopy, [CopyBuffer.header, rows.bytes, CopyBuffer.trailer])
    }
}
