import Analysis

extension StoreConnection {
    /// Makes the sources and signatures of a sensor's day again from its flows; in the transaction of `makeRollup`.
    func makeSources(_ task: RollupTask) throws(StoreError) {
        // As for an hour: what a day had whose flows were removed stays.
        let ledger = try ledgerRecords(task)
        var sources = DaySources()
        var records: Int64 = 0
        try copyOut(DaySourceRows.flows(sensor: task.sensor, day: task.start)) { row throws(StoreError) in
            records += try DaySourceRows.add(row, to: &sources)
        }
        guard records >= ledger else { return }
        for table in ["source_day", "signature_day"] {
            try query(
                "DELETE FROM rollup.\(table) WHERE sensor = $1::int4 AND start = to_timestamp($2::int8)",
                ["\(task.sensor)", "\(task.start)"])
        }
        var rows = CopyBuffer(capacity: 1 << 16)
        DaySourceRows.write(sources, task, to: &rows)
        try copyIn(DaySourceRows.sourceCopy, [rows.bytes])
        let signatures = sources.signatureRows()
        rows = CopyBuffer(capacity: signatures.count * 512)
        for signature in signatures { DaySourceRows.write(signature, task, to: &rows) }
        try copyIn(DaySourceRows.signatureCopy, [rows.bytes])
        try query(
            "SELECT enrichment.make_behaviour($1::int4, to_timestamp($2::int8))", ["\(task.sensor)", "\(task.start)"])
        try markWorld(.day, task.start, .sources)
    }
}
