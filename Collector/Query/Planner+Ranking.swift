/// Ranks what rows of a record are grouped by.
struct Ranking {
    let record: Record
    let subject: Question.Subject
    let order: Question.Order
    let limit: Int
    /// The schema of the extension hll.
    let hll: String?

    /// Rows of which the sets of sources are united for the total, at most: with more, the total has at least the sources
    /// of its greatest row.
    static let mostUnited = 20_000

    /// Common table expressions: `chosen` with the record's rows, of which those that are not `is_sure` are undecided;
    /// `first` with the first of the subject, their `place` from 1; and `whole`, one row about all of it.
    func expressions(_ statement: inout Statement) -> String {
        let most = statement.bind("\(max(0, min(limit, 10_000)))", "int8")
        let records = record.expressions(&statement)
        let unsure = record.relation.unsure
        let lenient = Condition.lenient(record.filter, unsure: unsure, &statement)
        let isSure = record.filter?.fields.isDisjoint(with: unsure) ?? true
        var condition = isSure ? "true" : Condition.text(record.filter, &statement)
        // Of flows, most have no signature.
        if subject == .signatures, record.relation == .flows { condition = "(\(condition)) AND r.signature <> 0" }
        let chosen = """
            \(records), chosen AS MATERIALIZED (
                SELECT r.*, (\(condition)) AS is_sure FROM record r WHERE \(lenient)
            )
            """
        return "\(chosen), \(record.relation.hasSources ? bySource(most) : bySketch(most))"
    }

    private var undecided: String {
        "(SELECT coalesce(sum(r.packets), 0) FROM chosen r WHERE r.is_sure IS NULL) AS undecided"
    }

    /// Of rows that have a source each.
    private func bySource(_ most: String) -> String {
        let keys = subject.keys
        let union = Planner.Union(record, hll: nil)
        let times =
            subject == .sources
            ? "min(r.first_seen) AS first_seen, max(r.last_seen) AS last_seen" : "NULL AS first_seen, NULL AS last_seen"
        let rank =
            switch order {
            case .packets: "packets"
            case .sources: subject == .sources ? "packets" : "sources"
            case .sites: "sites"
            }
        return """
            grouped AS MATERIALIZED (
                SELECT grouping(\(keys)) > 0 AS is_total, \(subject.named("r.")), \(name) AS name,
                    sum(r.packets) AS packets, \(union.sources) AS sources, \(union.quality) AS quality,
                    count(DISTINCT r.site) AS sites, \(times)
                FROM chosen r WHERE r.is_sure GROUP BY GROUPING SETS ((\(keys)), ())
            ), first AS MATERIALIZED (
                SELECT g.*, row_number() OVER (ORDER BY g.\(rank) DESC, g.packets DESC, \(subject.named("g."))) AS place
                FROM grouped g WHERE NOT g.is_total AND \(subject.isTold)
                ORDER BY place LIMIT \(most)
            ), whole AS (SELECT g.packets, g.sources, g.quality, g.sites, \(undecided) FROM grouped g WHERE g.is_total)
            """
    }

    /// Of rows that have sets of sources. No union has more than its rows together: so those with the greatest sums are united
    /// first, and of the others only those whose sums reach the least of them.
    private func bySketch(_ most: String) -> String {
        let union = Planner.Union(record, hll: hll)
        let keys = subject.named("r.")
        func counted(_ of: String) -> String {
            """
            SELECT \(subject.named("g.")), \(union.sources) AS sources, \(union.quality) AS quality
                FROM \(of) g JOIN chosen r ON \(subject.matches("g", "r")) WHERE r.is_sure GROUP BY \(subject.named("g."))
            """
        }
        let sums = """
            summed AS MATERIALIZED (
                SELECT \(keys), \(name) AS name, sum(r.packets) AS packets, sum(r.sources) AS bound,
                    count(DISTINCT r.site) AS sites
                FROM chosen r WHERE r.is_sure GROUP BY \(keys)
            ), told AS (SELECT g.* FROM summed g WHERE \(subject.isTold))
            """
        let rank = order == .sites ? "sites" : "packets"
        let (picked, place) =
            order == .sources
            ? (
                """
                favourite AS MATERIALIZED (
                    SELECT g.* FROM told g ORDER BY g.bound DESC, g.packets DESC, \(subject.named("g.")) LIMIT \(most)
                ), surely AS MATERIALIZED (\(counted("favourite"))), picked AS MATERIALIZED (
                    SELECT g.* FROM told g
                    WHERE g.bound >= coalesce((SELECT min(s.sources) FROM surely s), 0)
                )
                """, "c.sources DESC, g.packets DESC"
            )
            : (
                """
                picked AS MATERIALIZED (
                    SELECT g.* FROM told g ORDER BY g.\(rank) DESC, g.packets DESC, \(subject.named("g.")) LIMIT \(most)
                )
                """, "g.\(rank) DESC, g.packets DESC"
            )
        return """
            \(sums), \(picked), counted AS MATERIALIZED (\(counted("picked"))), first AS MATERIALIZED (
                SELECT g.*, c.sources, c.quality, NULL AS first_seen, NULL AS last_seen,
                    row_number() OVER (ORDER BY \(place), \(subject.named("g."))) AS place
                FROM picked g JOIN counted c ON \(subject.matches("g", "c"))
                ORDER BY place LIMIT \(most)
            ), whole AS (
                SELECT t.packets, coalesce(u.sources, t.most) AS sources, coalesce(u.quality, 'at-least') AS quality, t.sites,
                    \(undecided)
                FROM (
                    SELECT sum(r.packets) AS packets, max(r.sources) AS most, count(DISTINCT r.site) AS sites, count(*) AS rows
                    FROM chosen r WHERE r.is_sure
                ) t LEFT JOIN LATERAL (
                    SELECT \(union.sources) AS sources, \(union.quality) AS quality FROM chosen r
                    WHERE r.is_sure AND t.rows <= \(Ranking.mostUnited)
                ) u ON t.rows <= \(Ranking.mostUnited)
            )
            """
    }

    private var name: String { subject == .networks ? "max(r.as_name)" : "NULL::text" }
}

extension Question.Subject {
    /// Whether two rows are of one; unknown is one, too.
    func matches(_ left: String, _ right: String) -> String {
        switch self {
        case .ports: "\(left).class = \(right).class AND \(left).port = \(right).port"
        case .sources: "\(left).source = \(right).source"
        case .countries: "\(left).country = \(right).country"
        case .networks: "coalesce(\(left).asn, -1) = coalesce(\(right).asn, -1)"
        case .sites: "\(left).site = \(right).site"
        case .signatures: "\(left).signature = \(right).signature"
        }
    }

    /// Whether a group `g` is one of the subject, not what is left over.
    var isTold: String {
        switch self {
        case .ports: "g.port IS NOT NULL"
        case .sources: "g.source IS NOT NULL"
        case .signatures: "g.signature <> 0"
        case .countries, .networks, .sites: "true"
        }
    }

    /// What tells a layer from the others, as columns of a row `f`.
    var layer: String {
        switch self {
        case .ports: "f.class, f.port, api.port_name(f.class, f.port)"
        case .sources: "host(f.source)"
        case .countries: "nullif(f.country, '')"
        case .networks: "CASE WHEN f.asn IS NULL THEN -1 ELSE nullif(f.asn, 0) END, f.name"
        case .sites: "f.site"
        case .signatures: "f.signature, (SELECT s.signature FROM api.signature s WHERE s.id = f.signature)"
        }
    }

    /// Names of those columns.
    package var layerColumns: [String] {
        switch self {
        case .ports: ["class", "service_port", "name"]
        case .sources: ["source"]
        case .countries: ["country"]
        case .networks: ["asn", "as_name"]
        case .sites: ["site"]
        case .signatures: ["signature_id", "signature"]
        }
    }
}
