/// How sources of several rows `r` of a record are counted: a union is at least what its greatest part has; with the extension
/// hll it is counted.
struct Union {
    let sources: String
    let quality: String

    /// - Parameter hll: the schema of the extension, if it is there.
    init(_ record: Record, hll: String?) {
        if record.relation.hasSources {
            sources = "count(DISTINCT r.source)"
            // What has no source may be of any.
            quality = "CASE WHEN bool_or(r.source IS NULL) THEN 'at-least' ELSE 'exact' END"
            return
        }
        guard let hll, record.hasSketches else {
            sources = "max(r.sources)"
            quality = """
                CASE WHEN bool_or(r.quality = 'at-least') OR count(*) > 1 THEN 'at-least'
                    WHEN bool_or(r.quality = 'estimate') THEN 'estimate' ELSE 'exact' END
                """
            return
        }
        let all = "\(hll).hll_cardinality(\(hll).hll_union_agg(r.sketch::\(hll).hll))"
        // Scanners and the rest are disjoint.
        let counted =
            record.hasLabelled
            ? "\(all) - coalesce(\(hll).hll_cardinality(\(hll).hll_union_agg(r.labelled::\(hll).hll)), 0)" : all
        sources = "greatest(max(r.sources), round(\(counted))::int8)"
        quality = """
            CASE WHEN bool_or(r.quality = 'at-least') THEN 'at-least'
                WHEN bool_or(r.quality = 'estimate') OR count(*) > 1 AND \(all) > 256 THEN 'estimate' ELSE 'exact' END
            """
    }
}
