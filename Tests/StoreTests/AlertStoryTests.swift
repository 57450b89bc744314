import Alerts
import MemoryFiles
import Support
import Testing

@testable import Store

/// Whatever arrives, whatever people decide, whenever it is looked at.
@Suite struct AlertStoryTests {
    private static let people = [
        "acknowledged_at = now()", "acknowledged_at = NULL", "is_false_positive = NOT is_false_positive",
        "suppressed_until = to_timestamp($1::int8 / 1000.0) + interval '5 hours'", "suppressed_until = NULL",
    ]

    private static func act(_ scene: AlertScene, _ random: inout Random) throws {
        switch random.below(10) {
        case 0...5:
            for _ in 0...random.below(6) {
                let isScan = random.below(3) > 0
                try scene.arrive(
                    "192.0.2.\(random.below(4))", organisation: 1 + random.below(2), prefix: 1 + random.below(2),
                    kind: isScan ? "external" : "backscatter", sensor: 1 + random.below(5),
                    packets: Int64(1 + random.below(20)), destinations: Int64(1 + random.below(4)),
                    destination: random.below(4) == 0 ? nil : "198.18.0.\(random.below(200))",
                    class: isScan ? [1, 5, 7][random.below(3)] : [2, 3, 9][random.below(3)], port: random.below(70),
                    ago: Int64([0, 0, 0, 3_600, 90_000, 200_000][random.below(6)]), ttl: 30 + random.below(20))
            }
            scene.pass(minutes: 1)
        case 6, 7: scene.pass(minutes: Int64(random.below(90)))
        case 8: scene.pass(hours: Int64(random.below(200)))
        default:
            let change = people[random.below(people.count)]
            try scene.connection.query(
                """
                UPDATE alert.alert SET \(change), due_at = to_timestamp($1::int8 / 1000.0)
                WHERE address = '192.0.2.\(random.below(4))'
                """, ["\(scene.now)"])
        }
    }

    /// Queries that find what breaks a rule.
    private static let rules = [
        "packets of an alert are those of its evidence": """
        SELECT a.id FROM alert.alert a WHERE (a.packets, a.flows) IS DISTINCT FROM
            (SELECT (sum(e.packets)::int8, count(*)) FROM alert.evidence e WHERE e.alert = a.id)
        """,
        "what was told and what is to be told is all there is": """
        SELECT a.id FROM alert.alert a WHERE a.told_packets <> coalesce(
            (SELECT sum(i.new_packets) FROM alert.notice_item i WHERE i.alert = a.id), 0)
        """,
        "the evidence of an item is that since the notice before": """
        SELECT i.notice FROM alert.notice_item i WHERE i.new_packets <> (SELECT coalesce(sum(e.packets), 0)
            FROM alert.notice_evidence e WHERE e.notice = i.notice AND e.number = i.number)
            AND (SELECT count(*) FROM alert.notice_evidence e WHERE e.notice = i.notice AND e.number = i.number) < 50
        """,
        "nothing of an alert is told twice, and growth is growth": """
        SELECT 1 FROM alert.notice_item i WHERE news = 'grew' AND new_packets = 0
        UNION ALL SELECT 1 FROM (
            SELECT news, lag(news) OVER w AS before, lag(episode) OVER w AS episode_before, episode
            FROM alert.notice_item WINDOW w AS (PARTITION BY alert ORDER BY notice)
        ) i WHERE (news IN ('opened', 'reopened') AND before IS NOT NULL AND episode = episode_before)
            OR (news = 'closed' AND before = 'closed' AND episode = episode_before)
            OR (before IS NULL AND news NOT IN ('opened', 'reopened'))
        """,
        "never more than the cap": """
        SELECT 1 FROM alert.notice n JOIN meta.organisation o ON o.id = n.organisation
        GROUP BY o.id, (n.made_at AT TIME ZONE o.zone)::date HAVING count(*) > o.daily_cap
        """,
        "never within ten minutes": """
        SELECT 1 FROM (SELECT made_at - lag(made_at) OVER (PARTITION BY organisation ORDER BY id) AS since
            FROM alert.notice) n WHERE since < interval '10 min'
        """,
        "never in quiet hours": """
        SELECT 1 FROM alert.notice n JOIN meta.organisation o ON o.id = n.organisation
        WHERE (n.made_at AT TIME ZONE o.zone)::time NOT BETWEEN o.quiet_until AND o.quiet_from
        """,
        "backscatter is no infection, and one site is not sure": """
        SELECT 1 FROM alert.notice_item WHERE (kind = 'backscatter') <> (finding = 'attack')
            OR confidence = 'high' AND sites < 2
        """,
        "a notice has a message for each contact and as many items as it says": """
        SELECT n.id FROM alert.notice n WHERE items = 0
            OR items <> (SELECT count(*) FROM alert.notice_item i WHERE i.notice = n.id)
            OR (SELECT count(*) FROM alert.outbox x WHERE x.notice = n.id) <> 1
        """,
        "what was opened and told to nobody is news": """
        SELECT id FROM alert.alert WHERE state IN ('open', 'ongoing', 'quiet') AND first_told_at IS NULL
            AND news IS NULL AND NOT is_false_positive
        """,
        "what lives is looked at again": """
        SELECT id FROM alert.alert WHERE state IN ('open', 'ongoing', 'quiet') AND due_at IS NULL
        """,
    ]

    @Test(arguments: 0..<4) func randomStoriesKeepTheRules(seed: Int) throws {
        var random = Random(seed: UInt64(seed))
        let scene = try AlertScene()
        try scene.organisation("isp", "192.0.0.0/16")
        try scene.connection.query(
            """
            UPDATE meta.organisation SET quiet_from = '21:00', quiet_until = '05:30', zone = 'America/New_York',
                digest = CASE id WHEN 1 THEN 'hourly' ELSE 'daily' END, daily_cap = 2 + id
            """)
        for _ in 0..<120 {
            try Self.act(scene, &random)
            try scene.judge()
            #expect(try scene.judge().notices == 0)
        }
        for (rule, query) in Self.rules { #expect(try scene.rows(query) == [], "\(rule)") }
        // Left alone, everything that may be told is told, and everything is closed.
        try scene.connection.query("UPDATE alert.alert SET is_false_positive = false, suppressed_until = NULL")
        for _ in 0..<60 {
            scene.pass(hours: 5)
            try scene.judge()
        }
        for (rule, query) in Self.rules { #expect(try scene.rows(query) == [], "\(rule)") }
        #expect(
            try scene.rows(
                "SELECT id, state, news FROM alert.alert WHERE state NOT IN ('watching', 'closed') OR news IS NOT NULL")
                == [])
        #expect(try scene.value("SELECT count(*) > 10 FROM alert.notice") == "t")
    }
}
