package import FlowModel

extension StoreConnection {
    /// Says who makes the changes of this connection: `meta.audit.person` of each.
    package func actAs(person: String) throws(StoreError) {
        try query("SELECT set_config('darkscope.person', $1, false)", [person])
    }

    /// Registers an organisation with blocks that are its own from now on.
    /// - Parameters:
    ///   - settings: its name at least; what is not said has its standard.
    ///   - vouchedBy: who vouches for the blocks; they are claimed when nil.
    /// - Throws: `.refused` when a text does not have the form that the registry asks for.
    package func addOrganisation(
        _ code: String, _ settings: OrganisationSettings, prefixes: [Prefix], vouchedBy: String?
    ) throws(StoreError) -> OrganisationOutcome {
        guard try areZones(settings) else { return .unknownZone }
        return try transaction { () throws(StoreError) -> OrganisationOutcome in
            guard let id = try insertOrganisation(code, settings) else { return .exists }
            for prefix in prefixes {
                try insertBlock(of: id, prefix, from: nil, until: nil, vouchedBy: vouchedBy)
            }
            return .done
        }
    }

    /// Changes settings of an organisation.
    package func setOrganisation(
        _ code: String, _ settings: OrganisationSettings
    ) throws(StoreError) -> OrganisationOutcome {
        guard try areZones(settings) else { return .unknownZone }
        return try changing(code) { id throws(StoreError) in
            try updateOrganisation(id, settings)
            return .done
        }
    }

    /// Serves an organisation no more, from now on: it is matched and told nothing. Everything of it stays known.
    package func endOrganisation(_ code: String) throws(StoreError) -> OrganisationOutcome {
        try changing(code) { id throws(StoreError) in
            try query("UPDATE meta.organisation SET ended_at = now() WHERE id = $1::int4", [id])
            return .done
        }
    }

    /// Serves an organisation again that was ended; `.exists` when it was not.
    package func resumeOrganisation(_ code: String) throws(StoreError) -> OrganisationOutcome {
        let found = try query("SELECT ended_at IS NOT NULL FROM meta.organisation WHERE code = $1", [code])
        guard found.rowCount == 1 else { return .unknownOrganisation }
        guard found.text(0, 0) == "t" else { return .exists }
        try query("UPDATE meta.organisation SET ended_at = NULL WHERE code = $1", [code])
        return .done
    }

    /// The organisations, or the one of that code, ended ones too, ordered by code.
    package func organisations(code: String? = nil) throws(StoreError) -> [OrganisationRecord] {
        let fields = OrganisationField.allCases
        let result = try query(
            """
            SELECT o.code, \(StoreConnection.timeText("o.created_at")), \(StoreConnection.timeText("o.ended_at")),
                b.blocks, b.trusted,
                (SELECT count(*) FROM meta.contact c WHERE c.organisation = o.id AND c.ended_at IS NULL),
                \(fields.map(StoreConnection.expression).joined(separator: ", "))
            FROM meta.organisation o CROSS JOIN LATERAL (
                SELECT count(*) AS blocks, count(*) FILTER (WHERE proof <> 'claimed') AS trusted
                FROM meta.organisation_prefix p WHERE p.organisation = o.id AND p.validity @> now()) b
            WHERE $1::text IS NULL OR o.code = $1 ORDER BY o.code
            """, [code])
        return (0..<result.rowCount).map { row in
            OrganisationRecord(
                code: result.text(row, 0) ?? "", settings: StoreConnection.settings(result, row, from: 6),
                createdAt: result.text(row, 1) ?? "", endedAt: result.text(row, 2),
                blocks: result.number(row, 3) ?? 0, trustedBlocks: result.number(row, 4) ?? 0,
                contacts: result.number(row, 5) ?? 0)
        }
    }

    /// A field of meta.organisation `o` as text.
    static func expression(_ field: OrganisationField) -> String {
        switch field {
        case .quiet: "to_char(o.quiet_from, 'HH24:MI') || '-' || to_char(o.quiet_until, 'HH24:MI')"
        default: "o.\(field.columns[0].name)::text"
        }
    }

    /// All settings, from the columns of a row that `expression` made of all fields in their order.
    static func settings(_ result: QueryResult, _ row: Int, from column: Int) -> OrganisationSettings {
        var settings = OrganisationSettings()
        for (place, field) in OrganisationField.allCases.enumerated() {
            if let value = result.text(row, column + place) { settings.values[field] = value }
        }
        return settings
    }

    /// - Returns: its number; nil when the code is taken.
    func insertOrganisation(_ code: String, _ settings: OrganisationSettings) throws(StoreError) -> String? {
        let assigned = settings.assignments
        let names = assigned.map { ", \($0.name)" }.joined()
        let values = assigned.enumerated().map { ", $\($0.offset + 2)::\($0.element.type)" }.joined()
        let added = try query(
            "INSERT INTO meta.organisation (code\(names)) VALUES ($1\(values)) ON CONFLICT DO NOTHING RETURNING id",
            [code] + assigned.map(\.value))
        return added.rowCount == 1 ? added.text(0, 0) : nil
    }

    func updateOrganisation(_ id: String, _ settings: OrganisationSettings) throws(StoreError) {
        let assigned = settings.assignments
        guard !assigned.isEmpty else { return }
        let changes = assigned.enumerated().map { "\($0.element.name) = $\($0.offset + 2)::\($0.element.type)" }
        try query(
            "UPDATE meta.organisation SET \(changes.joined(separator: ", ")) WHERE id = $1::int4",
            [id] + assigned.map(\.value))
    }

    /// Whether the zone, if one is given, is there.
    private func areZones(_ settings: OrganisationSettings) throws(StoreError) -> Bool {
        guard let zone = settings[.zone] else { return true }
        return try hasZone(zone)
    }

    /// Runs `body` with the number of an organisation that is served, in a transaction in which it stays so.
    func changing(
        _ code: String, _ body: (String) throws(StoreError) -> OrganisationOutcome
    ) throws(StoreError) -> OrganisationOutcome {
        do throws(StoreError) {
            return try transaction { () throws(StoreError) -> OrganisationOutcome in
                let found = try query(
                    "SELECT id, ended_at IS NOT NULL FROM meta.organisation WHERE code = $1 FOR NO KEY UPDATE", [code])
                guard found.rowCount == 1, let id = found.text(0, 0) else { return .unknownOrganisation }
                return found.text(0, 1) == "t" ? .ended : try body(id)
            }
        } catch {
            // The same block twice at one time, or the same contact.
            switch error.kind {
            case .refused("23P01"): return .overlaps
            case .refused("23505"): return .exists
            default: throw error
            }
        }
    }
}
