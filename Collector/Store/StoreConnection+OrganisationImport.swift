import Alerts
import FlowModel

extension StoreConnection {
    /// Imports what a file says, in one transaction: all of it, or nothing when there is a problem.
    /// - Parameter isTrial: only finds out what would be done.
    /// - Returns: the problems with what is registered already, and what was changed or, if nothing was, would be.
    package func importOrganisations(
        _ file: OrganisationImport, isTrial: Bool
    ) throws(StoreError) -> (problems: ImportProblems, counts: ImportCounts) {
        try allowLongStatements()
        return try transaction { () throws(StoreError) in
            if !isTrial {
                // Nothing changes between what is seen and what is made of it.
                try query(
                    """
                    LOCK TABLE meta.organisation, meta.organisation_prefix, meta.contact IN SHARE ROW EXCLUSIVE MODE
                    """)
            }
            let plan = OrganisationPlan(file, try organisationsThere(file))
            if !isTrial, plan.problems.count == 0 { try write(plan) }
            return (plan.problems, plan.counts)
        }
    }

    private func organisationsThere(_ file: OrganisationImport) throws(StoreError) -> OrganisationsThere {
        var there = OrganisationsThere()
        let codes = Literal.array(file.organisations.map(\.code))
        there.now = try query("SELECT \(StoreConnection.micros("now()"))").number(0, 0) ?? 0
        let zones = Set(file.organisations.compactMap { $0.settings[.zone] })
        if !zones.isEmpty {
            let found = try query(
                "SELECT name FROM pg_timezone_names WHERE name = ANY ($1::text[])", [Literal.array(zones)])
            there.zones = Set((0..<found.rowCount).compactMap { found.text($0, 0) })
        }
        let organisations = try query(
            """
            SELECT o.id, o.code, o.ended_at IS NOT NULL,
                \(OrganisationField.allCases.map(StoreConnection.expression).joined(separator: ", "))
            FROM meta.organisation o WHERE o.code = ANY ($1::text[])
            """, [codes])
        for row in 0..<organisations.rowCount {
            guard let id = organisations.number(row, 0, as: Int32.self), let code = organisations.text(row, 1) else {
                continue
            }
            there.organisations[code] = OrganisationsThere.Organisation(
                id: id, isEnded: organisations.text(row, 2) == "t",
                settings: StoreConnection.settings(organisations, row, from: 3))
        }
        try takePeriods(codes, &there)
        try takeContacts(codes, &there)
        return there
    }

    private func takePeriods(_ codes: String, _ there: inout OrganisationsThere) throws(StoreError) {
        let blocks = try query(
            """
            SELECT o.code, host(p.prefix) || '/' || masklen(p.prefix), p.id, \(StoreConnection.micros("lower(p.validity)")),
                \(StoreConnection.micros("upper(p.validity)")), p.proof
            FROM meta.organisation_prefix p JOIN meta.organisation o ON o.id = p.organisation
            WHERE o.code = ANY ($1::text[]) ORDER BY p.validity
            """, [codes])
        for row in 0..<blocks.rowCount {
            guard let code = blocks.text(row, 0), let prefix = blocks.text(row, 1).flatMap({ Prefix($0) }) else {
                continue
            }
            there.periods[OrganisationsThere.BlockKey(organisation: code, prefix: prefix), default: []].append(
                OrganisationsThere.Period(
                    id: blocks.number(row, 2), from: blocks.number(row, 3) ?? .min,
                    until: blocks.number(row, 4) ?? .max,
                    isClaimed: blocks.text(row, 5) == "claimed"))
        }
    }

    private func takeContacts(_ codes: String, _ there: inout OrganisationsThere) throws(StoreError) {
        // Of several of one target the one in use counts.
        let contacts = try query(
            """
            SELECT o.code, c.channel, c.target, c.id, c.ended_at IS NOT NULL, c.format
            FROM meta.contact c JOIN meta.organisation o ON o.id = c.organisation
            WHERE o.code = ANY ($1::text[]) ORDER BY c.ended_at IS NULL, c.id
            """, [codes])
        for row in 0..<contacts.rowCount {
            guard let code = contacts.text(row, 0), let channel = contacts.text(row, 1).flatMap(ContactChannel.init),
                let target = contacts.text(row, 2), let format = contacts.text(row, 5).flatMap(NoticeFormat.init)
            else { continue }
            there.contacts[OrganisationsThere.ContactKey(organisation: code, channel: channel, target: target)] =
                OrganisationsThere.Contact(
                    id: contacts.number(row, 3), isEnded: contacts.text(row, 4) == "t", format: format)
        }
    }

    private func write(_ plan: OrganisationPlan) throws(StoreError) {
        for organisation in plan.added {
            guard try insertOrganisation(organisation.code, organisation.settings) != nil else {
                throw StoreError(.unavailable, "organisation \(organisation.code) was added meanwhile")
            }
        }
        for change in plan.changed { try updateOrganisation("\(change.id)", change.settings) }
        let blocks = plan.periods.flatMap { key, periods in
            periods.filter { $0.line != nil && ($0.id == nil || $0.isChanged) }.map { (key, $0) }
        }.sorted { ($0.1.line ?? 0) < ($1.1.line ?? 0) }
        // Times of a block move one after the other as the lines do, so that they never overlap in between.
        for block in blocks where block.1.isMoved { try updatePeriods([block.1]) }
        try updatePeriods(blocks.map(\.1).filter { $0.id != nil && !$0.isMoved })
        try insertPeriods(blocks.filter { $0.1.id == nil })
        let contacts = plan.contacts.filter { $0.value.line != nil && !$0.value.isEnded }
            .sorted { ($0.value.line ?? 0) < ($1.value.line ?? 0) }
        let new = contacts.filter { $0.value.id == nil }
        try query(
            """
            INSERT INTO meta.contact (organisation, channel, target, format)
            SELECT o.id, r.channel, r.target, r.format
            FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY r (code, channel, target, format, place)
            JOIN meta.organisation o USING (code) ORDER BY r.place
            """,
            [
                Literal.array(new.map(\.key.organisation)), Literal.array(new.map(\.key.channel.rawValue)),
                Literal.array(new.map(\.key.target)), Literal.array(new.map(\.value.format.rawValue)),
            ])
        for (_, contact) in contacts where contact.isChanged {
            try query(
                "UPDATE meta.contact SET format = $2 WHERE id = $1::int4",
                [contact.id.map { "\($0)" }, contact.format.rawValue])
        }
    }

    private func insertPeriods(
        _ blocks: [(OrganisationsThere.BlockKey, OrganisationsThere.Period)]
    ) throws(StoreError) {
        try query(
            """
            INSERT INTO meta.organisation_prefix (organisation, prefix, validity, proof, proof_by, proof_at)
            SELECT o.id, r.prefix, tstzrange(\(StoreConnection.time("r.lo")), \(StoreConnection.time("r.hi"))),
                CASE WHEN r.vouched_by = '' THEN 'claimed' ELSE 'vouched' END, nullif(r.vouched_by, ''),
                CASE WHEN r.vouched_by <> '' THEN now() END
            FROM unnest($1::text[], $2::cidr[], $3::int8[], $4::int8[], $5::text[])
                WITH ORDINALITY r (code, prefix, lo, hi, vouched_by, place)
            JOIN meta.organisation o USING (code) ORDER BY r.place
            """,
            [
                Literal.array(blocks.map(\.0.organisation)), Literal.array(blocks.map(\.0.prefix.description)),
            ] + StoreConnection.ends(blocks.map(\.1)) + [Literal.array(blocks.map { $0.1.vouchedBy ?? "" })])
    }

    private func updatePeriods(_ periods: [OrganisationsThere.Period]) throws(StoreError) {
        try query(
            """
            UPDATE meta.organisation_prefix p
            SET validity = tstzrange(\(StoreConnection.time("r.lo")), \(StoreConnection.time("r.hi"))),
                proof = CASE WHEN r.vouched_by = '' THEN p.proof ELSE 'vouched' END,
                proof_by = CASE WHEN r.vouched_by = '' THEN p.proof_by ELSE r.vouched_by END,
                proof_at = CASE WHEN r.vouched_by = '' THEN p.proof_at ELSE now() END
            FROM unnest($1::int4[], $2::int8[], $3::int8[], $4::text[]) r (id, lo, hi, vouched_by)
            WHERE p.id = r.id
            """,
            [Literal.array(periods.map { $0.id ?? 0 })] + StoreConnection.ends(periods)
                + [Literal.array(periods.map { $0.vouchedBy ?? "" })])
    }

    /// Both ends of periods, as two arrays; NULL for none.
    private static func ends(_ periods: [OrganisationsThere.Period]) -> [String] {
        [
            Literal.array(periods.map { $0.from == .min ? nil : $0.from }),
            Literal.array(periods.map { $0.until == .max ? nil : $0.until }),
        ]
    }

    /// Unix microseconds of a time, all of them; NULL for NULL and for no end.
    private static func micros(_ time: String) -> String {
        "CASE WHEN isfinite(\(time)) THEN (extract(epoch FROM \(time)) * 1000000)::int8 END"
    }

    /// The time of Unix microseconds, all of them.
    private static func time(_ micros: String) -> String {
        "('epoch'::timestamptz + \(micros) * interval '1 microsecond')"
    }
}
