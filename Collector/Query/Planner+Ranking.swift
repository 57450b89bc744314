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
        // Rows of the world are many and wide: each part of the answer reads the columns that it needs.
        let chosen = """
            \(records), chosen AS \(record.isWorld ? "NOT " : "")MATERIALIZED (
                SELECT r.*, (\(condition)) AS is_sure FROM record r WHERE \(lenient)
            )
            """
        if record.relation == .firstSources { return "\(chosen), \(firstSources(most, &statement))" }
        return "\(chosen), \(record.relation.hasSources ? bySource(most) : bySketch(most))"
    }

    private var undecided: String {
        if record.filter?.fields.isDisjoint(with: record.relation.unsure) ?? true { return "0 AS undecided" }
        return "(SELECT coalesce(sum(r.packets), 0) FROM chosen r WHERE r.is_sure IS NULL) AS undecided"
    }

    /// Of rows that have a source each.
    private func bySource(_ most: String) -> String {
        let keys = subject.keys
        let union = Union(record, hll: nil)
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

    /// Of rows of the sources with the most packets; the total is that of everything.
    private func firstSources(_ most: String, _ statement: inout Statement) -> String {
        let all = Record(
            relation: .totals, span: record.span, scanners: record.scanners, filter: nil, unit: 86_400,
            needsOrigin: false,
            isSeries: false, isWorld: true, hasParts: true)
        let union = Union(all, hll: hll)
        let days = all.expressions(&statement).replacing(
            "record AS NOT MATERIALIZED", with: "everything AS MATERIALIZED")
        return """
            first AS MATERIALIZED (
                SELECT r.source, sum(r.packets) AS packets, 1::int8 AS sources, 'exact' AS quality,
                    max(r.sites_seen)::int8 AS sites, min(r.first_seen) AS first_seen, max(r.last_seen) AS last_seen,
                    row_number() OVER (ORDER BY sum(r.packets) DESC, r.source) AS place
                FROM chosen r WHERE r.is_sure GROUP BY r.source ORDER BY place LIMIT \(most)
            ), \(days), whole AS (
                SELECT sum(r.packets) AS packets, \(union.sources) AS sources, \(union.quality) AS quality,
                    (SELECT count(DISTINCT s) FROM everything e, unnest(e.site_ids) s) AS sites, 0 AS undecided
                FROM everything r
            )
            """
    }

    /// Of rows that have sets of sources. No union has more than its rows together: so those with the greatest sums are united
    /// first, and of the others only those whose sums reach the least of them.
    private func bySketch(_ most: String) -> String {
        let union = Union(record, hll: hll)
        let keys = subject.named("r.")
        func counted(_ of: String) -> String {
            """
            SELECT \(subject.named("g.")), \(union.sources) AS sources, \(union.quality) AS quality
                FROM \(of) g JOIN chosen r ON \(subject.matches("g", "r")) WHERE r.is_sure\(found(of))
                GROUP BY \(subject.named("g."))
            """
        }
        let sums = """
            summed AS MATERIALIZED (
                SELECT \(keys), \(name) AS name, sum(r.packets) AS packets, sum(r.sources) AS bound,
                    \(sites), max(r.sources) AS most, count(*) AS rows
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
            : order == .sites && record.isWorld
                ? (
                    """
                    picked AS MATERIALIZED (
                        SELECT g.* FROM told g WHERE g.sites >= coalesce((
                            SELECT t.least_sites FROM told t ORDER BY t.least_sites DESC OFFSET greatest(\(most) - 1, 0) LIMIT 1), 0)
                    )
                    """, "s.sites DESC, g.packets DESC"
                )
                : (
                    """
                    picked AS MATERIALIZED (
                        SELECT g.* FROM told g ORDER BY g.\(rank) DESC, g.packets DESC, \(subject.named("g.")) LIMIT \(most)
                    )
                    """, "g.\(rank) DESC, g.packets DESC"
                )
        return """
            \(sums), \(picked), counted AS MATERIALIZED (\(counted("picked"))), reach AS MATERIALIZED (\(reach)),
            first AS MATERIALIZED (
                SELECT \(subject.named("g.")), g.name, g.packets, c.sources, c.quality, s.sites, NULL AS first_seen,
                    NULL AS last_seen, row_number() OVER (ORDER BY \(place), \(subject.named("g."))) AS place
                FROM picked g JOIN counted c ON \(subject.matches("g", "c")) JOIN reach s ON \(subject.matches("g", "s"))
                ORDER BY place LIMIT \(most)
            ), whole AS (
                SELECT t.packets, coalesce(u.sources, t.most) AS sources, coalesce(u.quality, 'at-least') AS quality,
                    \(sitesOfAll) AS sites,
                    \(undecided)
                FROM (
                    SELECT sum(g.packets) AS packets, max(g.most) AS most, sum(g.rows) AS rows FROM summed g
                ) t LEFT JOIN LATERAL (
                    SELECT \(union.sources) AS sources, \(union.quality) AS quality FROM chosen r
                    WHERE r.is_sure AND t.rows <= \(Ranking.mostUnited)
                ) u ON t.rows <= \(Ranking.mostUnited)
            )
            """
    }

    /// What `summed` tells of the sites of each.
    private var sites: String {
        guard record.isWorld else { return "count(DISTINCT r.site) AS sites, 0 AS least_sites" }
        guard order == .sites else { return "0 AS sites, 0 AS least_sites" }
        return "least(sum(cardinality(r.site_ids)), \(everySite)) AS sites, max(cardinality(r.site_ids)) AS least_sites"
    }

    /// What an index finds the rows of those in a table expression by.
    private func found(_ of: String) -> String {
        record.isWorld && subject == .ports ? " AND r.any_port = ANY (ARRAY(SELECT p.port FROM \(of) p))" : ""
    }

    /// How many sites there are.
    private let everySite = "(SELECT count(DISTINCT t.site) FROM api.sensor_status t)"

    /// The sites of each that was picked.
    private var reach: String {
        guard record.isWorld else { return "SELECT \(subject.named("g.")), g.sites FROM picked g" }
        return """
            SELECT \(subject.named("u.")), count(*) AS sites FROM (
                    SELECT DISTINCT \(subject.named("r.")), unnest(r.site_ids) AS seen_at
                    FROM chosen r JOIN picked g ON \(subject.matches("g", "r")) WHERE r.is_sure\(found("picked"))
                ) u GROUP BY \(subject.named("u."))
            """
    }

    private var sitesOfAll: String {
        record.isWorld
            ? """
            CASE WHEN t.rows <= \(Ranking.mostUnited) THEN (SELECT count(DISTINCT u.seen_at) FROM (
                        SELECT unnest(r.site_ids) AS seen_at FROM chosen r WHERE r.is_sure) u) END
            """ : "(SELECT count(DISTINCT r.site) FROM chosen r WHERE r.is_sure)"
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
