import Cryptography
package import FlowModel

extension StoreConnection {
    /// Seconds for which a token is awaited.
    package static let tokenSeconds = 14 * 86_400

    /// The blocks, of one organisation unless `organisation` is nil, ordered by organisation, prefix and time.
    package func organisationBlocks(of organisation: String? = nil) throws(StoreError) -> [OrganisationBlock] {
        try blocks("$1::text IS NULL OR o.code = $1", [organisation], order: "o.code, p.prefix, p.validity")
    }

    /// The blocks of organisations that are served which hold `block` now, the most specific first: who is told of it.
    package func organisationBlocks(holding block: Prefix) throws(StoreError) -> [OrganisationBlock] {
        try blocks(
            "p.prefix >>= $1::inet AND p.validity @> now() AND o.ended_at IS NULL", [block.description],
            order: "masklen(p.prefix) DESC, o.code")
    }

    private func blocks(
        _ condition: String, _ values: [String?], order: String
    ) throws(StoreError) -> [OrganisationBlock] {
        let time = StoreConnection.timeText
        let result = try query(
            """
            SELECT o.code, host(p.prefix) || '/' || masklen(p.prefix), \(time("lower(p.validity)")),
                \(time("upper(p.validity)")), p.validity @> now(), p.proof, p.proof_by, \(time("p.proof_at")),
                CASE WHEN p.token_until > now() THEN \(time("p.token_until")) END
            FROM meta.organisation_prefix p JOIN meta.organisation o ON o.id = p.organisation
            WHERE \(condition) ORDER BY \(order)
            """, values)
        return (0..<result.rowCount).compactMap { row in
            guard let prefix = result.text(row, 1).flatMap({ Prefix($0) }) else { return nil }
            return OrganisationBlock(
                organisation: result.text(row, 0) ?? "", prefix: prefix, from: result.text(row, 2),
                until: result.text(row, 3), isCurrent: result.text(row, 4) == "t", proof: result.text(row, 5) ?? "",
                proofBy: result.text(row, 6), proofAt: result.text(row, 7), tokenUntil: result.text(row, 8))
        }
    }

    /// Adds a block to an organisation.
    /// - Parameters:
    ///   - from: Unix seconds; now when nil.
    ///   - until: Unix seconds, after `from`; no end when nil.
    ///   - vouchedBy: who vouches for it; it is claimed when nil.
    package func addOrganisationBlock(
        _ organisation: String, _ prefix: Prefix, from: Int64?, until: Int64?, vouchedBy: String?
    ) throws(StoreError) -> OrganisationOutcome {
        try changing(organisation) { id throws(StoreError) in
            try insertBlock(of: id, prefix, from: from, until: until, vouchedBy: vouchedBy)
            return .done
        }
    }

    func insertBlock(
        of id: String, _ prefix: Prefix, from: Int64?, until: Int64?, vouchedBy: String?
    ) throws(StoreError) {
        try query(
            """
            INSERT INTO meta.organisation_prefix (organisation, prefix, validity, proof, proof_by, proof_at)
            VALUES ($1::int4, $2::cidr, tstzrange(coalesce(to_timestamp($3::int8), now()), to_timestamp($4::int8)),
                CASE WHEN $5::text IS NULL THEN 'claimed' ELSE 'vouched' END, $5, CASE WHEN $5 IS NOT NULL THEN now() END)
            """, [id, prefix.description, from.map { "\($0)" }, until.map { "\($0)" }, vouchedBy])
    }

    /// Says that a block is an organisation's no more, from now on; what was stays known. A block whose time has not come
    /// yet is taken back.
    package func endOrganisationBlock(
        _ organisation: String, _ prefix: Prefix
    ) throws(StoreError) -> OrganisationOutcome {
        try changing(organisation) { id throws(StoreError) in
            let ended = try query(
                """
                UPDATE meta.organisation_prefix SET validity = tstzrange(lower(validity), now()),
                    token_digest = NULL, token_until = NULL
                WHERE organisation = $1::int4 AND prefix = $2::cidr AND validity @> now() RETURNING 1
                """, [id, prefix.description])
            let removed = try query(
                """
                DELETE FROM meta.organisation_prefix
                WHERE organisation = $1::int4 AND prefix = $2::cidr AND lower(validity) > now() RETURNING 1
                """, [id, prefix.description])
            return ended.rowCount + removed.rowCount > 0 ? .done : .unknownBlock
        }
    }

    /// Awaits a token for a block, in the place of one that was awaited before.
    /// - Parameters:
    ///   - token: only its digest is stored.
    ///   - sentTo: where it goes, for people; told with the proof.
    package func awaitToken(
        _ organisation: String, _ prefix: Prefix, token: [UInt8], sentTo: String?
    ) throws(StoreError) -> OrganisationOutcome {
        try changing(organisation) { id throws(StoreError) in
            guard let block = try blockToProve(id, prefix) else { return .unknownBlock }
            guard block.proof != "proven" else { return .proven }
            try query(
                """
                UPDATE meta.organisation_prefix SET token_digest = $2::bytea, token_until = now() + $3::int8 * interval '1 second',
                    proof_by = CASE proof WHEN 'claimed' THEN $4 ELSE proof_by END
                WHERE id = $1::int4
                """,
                [
                    block.id, Literal.bytes(Digest.sha256(token)), "\(StoreConnection.tokenSeconds)", sentTo,
                ])
            return .done
        }
    }

    /// Proves a block by the token that is awaited, which is used up by it.
    /// - Parameter sentTo: where the token had been sent, unless that was told when it was made.
    package func proveBlock(
        _ organisation: String, _ prefix: Prefix, token: [UInt8], sentTo: String?
    ) throws(StoreError) -> OrganisationOutcome {
        try changing(organisation) { id throws(StoreError) in
            guard let block = try blockToProve(id, prefix) else { return .unknownBlock }
            guard let digest = block.tokenDigest else { return block.proof == "proven" ? .proven : .noToken }
            guard Digest.areEqual(digest, Digest.sha256(token)) else { return .wrongToken }
            guard block.isInTime else { return .expired }
            try query(
                """
                UPDATE meta.organisation_prefix SET proof = 'proven', proof_at = now(), token_digest = NULL,
                    token_until = NULL,
                    proof_by = coalesce($2, CASE proof WHEN 'claimed' THEN proof_by END, 'whoever had the token')
                WHERE id = $1::int4
                """, [block.id, sentTo])
            return .done
        }
    }

    /// Takes an operator's word for a block, or with nil takes its proof away.
    package func setProof(
        _ organisation: String, _ prefix: Prefix, vouchedBy: String?
    ) throws(StoreError) -> OrganisationOutcome {
        try changing(organisation) { id throws(StoreError) in
            guard let block = try blockToProve(id, prefix) else { return .unknownBlock }
            try query(
                """
                UPDATE meta.organisation_prefix SET proof = CASE WHEN $2::text IS NULL THEN 'claimed' ELSE 'vouched' END,
                    proof_by = $2, proof_at = CASE WHEN $2 IS NOT NULL THEN now() END, token_digest = NULL, token_until = NULL
                WHERE id = $1::int4
                """, [block.id, vouchedBy])
            return .done
        }
    }

    private struct BlockToProve {
        let id: String
        let proof: String
        let tokenDigest: [UInt8]?
        let isInTime: Bool
    }

    /// The block as it is now, or else the one that will be.
    private func blockToProve(_ organisation: String, _ prefix: Prefix) throws(StoreError) -> BlockToProve? {
        let found = try query(
            """
            SELECT id, proof, token_digest, coalesce(token_until > now(), false) FROM meta.organisation_prefix
            WHERE organisation = $1::int4 AND prefix = $2::cidr AND coalesce(upper(validity) > now(), true)
            ORDER BY validity LIMIT 1
            """, [organisation, prefix.description])
        guard found.rowCount == 1, let id = found.text(0, 0), let proof = found.text(0, 1) else { return nil }
        return BlockToProve(
            id: id, proof: proof, tokenDigest: found.bytes(0, 2), isInTime: found.text(0, 3) == "t")
    }
}
