package import Alerts
package import FlowModel

/// Where an organisation's notices go.
package struct ContactRecord: Sendable, Hashable {
    package let id: Int32
    package let organisation: String
    package let channel: ContactChannel
    package let target: String
    package let format: NoticeFormat
    /// Who reads it, for people; may be empty.
    package let name: String
    /// RFC 3339 in UTC.
    package let createdAt: String
    /// RFC 3339 in UTC; nil while notices go there.
    package let endedAt: String?
}

extension StoreConnection {
    /// The contacts, of one organisation unless `organisation` is nil, ended ones too, by their number.
    package func contacts(of organisation: String? = nil) throws(StoreError) -> [ContactRecord] {
        let result = try query(
            """
            SELECT c.id, o.code, c.channel, c.target, c.format, c.name, \(StoreConnection.timeText("c.created_at")),
                \(StoreConnection.timeText("c.ended_at"))
            FROM meta.contact c JOIN meta.organisation o ON o.id = c.organisation
            WHERE $1::text IS NULL OR o.code = $1 ORDER BY c.id
            """, [organisation])
        return (0..<result.rowCount).compactMap { row in
            guard let id = result.number(row, 0, as: Int32.self),
                let channel = result.text(row, 2).flatMap(ContactChannel.init),
                let format = result.text(row, 4).flatMap(NoticeFormat.init)
            else { return nil }
            return ContactRecord(
                id: id, organisation: result.text(row, 1) ?? "", channel: channel, target: result.text(row, 3) ?? "",
                format: format, name: result.text(row, 5) ?? "", createdAt: result.text(row, 6) ?? "",
                endedAt: result.text(row, 7))
        }
    }

    /// Sends an organisation's notices to a contact from now on. `.exists` when they go there already.
    /// - Parameter added: is told the number of the contact.
    /// - Throws: `.refused` when the channel does not carry the format.
    package func addContact(
        _ organisation: String, _ target: ContactTarget, format: NoticeFormat, name: String,
        added: (Int32) -> Void
    ) throws(StoreError) -> OrganisationOutcome {
        try changing(organisation) { id throws(StoreError) in
            let row = try query(
                """
                INSERT INTO meta.contact (organisation, channel, target, format, name) VALUES ($1::int4, $2, $3, $4, $5)
                RETURNING id
                """, [id, target.channel.rawValue, target.text, format.rawValue, name])
            if let number = row.number(0, 0, as: Int32.self) { added(number) }
            return .done
        }
    }

    /// Sends nothing to a contact any more.
    package func endContact(_ id: Int32) throws(StoreError) -> OrganisationOutcome {
        let ended = try query(
            "UPDATE meta.contact SET ended_at = now() WHERE id = $1::int4 AND ended_at IS NULL RETURNING 1", ["\(id)"])
        return ended.rowCount == 1 ? .done : .unknownContact
    }

    /// Addresses from which an organisation itself scans, by block.
    package func allowedBlocks(of organisation: String) throws(StoreError) -> [AllowedBlock] {
        let result = try query(
            """
            SELECT host(a.prefix) || '/' || masklen(a.prefix), a.note, \(StoreConnection.timeText("a.created_at"))
            FROM meta.organisation_allowed a JOIN meta.organisation o ON o.id = a.organisation
            WHERE o.code = $1 ORDER BY a.prefix
            """, [organisation])
        return (0..<result.rowCount).compactMap { row in
            result.text(row, 0).flatMap { Prefix($0) }.map {
                AllowedBlock(prefix: $0, note: result.text(row, 1) ?? "", createdAt: result.text(row, 2) ?? "")
            }
        }
    }

    /// Labels what comes from a block as an organisation's own scans, which are not reported to it.
    package func allow(_ organisation: String, _ prefix: Prefix, note: String) throws(StoreError) -> OrganisationOutcome
    {
        try changing(organisation) { id throws(StoreError) in
            try query(
                "INSERT INTO meta.organisation_allowed (organisation, prefix, note) VALUES ($1::int4, $2::cidr, $3)",
                [id, prefix.description, note])
            return .done
        }
    }

    /// Labels it so no more.
    package func endAllowed(_ organisation: String, _ prefix: Prefix) throws(StoreError) -> OrganisationOutcome {
        try changing(organisation) { id throws(StoreError) in
            let removed = try query(
                "DELETE FROM meta.organisation_allowed WHERE organisation = $1::int4 AND prefix = $2::cidr RETURNING 1",
                [id, prefix.description])
            return removed.rowCount == 1 ? .done : .unknownBlock
        }
    }
}
