import Support
import Testing

@testable import Store

@Suite struct AlertActionTests {
    private static let actions: [AlertAction] = [
        .acknowledge, .suppress(until: 4_000_000_000), .falsePositive, .release, .close,
    ]

    @Test(arguments: ["watching", "open", "ongoing", "quiet", "closed"])
    func whatMayBeDoneFollowsFromTheState(state: String) {
        let untouched = AlertStanding(state: state)
        let isReported = state != "watching" && state != "closed"
        let refusal: AlertActionOutcome = state == "closed" ? .closed : .notReported
        #expect(AlertAction.acknowledge.outcome(for: untouched) == (isReported ? .done : refusal))
        #expect(AlertAction.close.outcome(for: untouched) == (isReported ? .done : refusal))
        #expect(AlertAction.suppress(until: 1).outcome(for: untouched) == .done)
        #expect(AlertAction.falsePositive.outcome(for: untouched) == .done)
        #expect(AlertAction.release.outcome(for: untouched) == .unchanged)
        for touched in [
            AlertStanding(state: state, isAcknowledged: true), AlertStanding(state: state, isSuppressed: true),
            AlertStanding(state: state, isFalsePositive: true),
        ] {
            #expect(AlertAction.release.outcome(for: touched) == .done)
        }
        let known = AlertStanding(state: state, isAcknowledged: true, isFalsePositive: true)
        #expect(AlertAction.acknowledge.outcome(for: known) == (isReported ? .unchanged : refusal))
        #expect(AlertAction.falsePositive.outcome(for: known) == .unchanged)
    }

    @Test func everyActionIsInTheHistoryOnceAndOnlyWhereItWasDone() throws {
        let scene = try alertScene(["ongoing", "watching"])
        let store = scene.connection
        for action in Self.actions {
            let outcomes = try store.act(action, on: [1, 7], by: "alice", note: "x")
            #expect(outcomes.map(\.alert) == [1, 7] && outcomes.map(\.outcome) == [.done, .unknownAlert])
        }
        #expect(
            try scene.rows("SELECT event, person, note FROM alert.history WHERE alert = 1 ORDER BY id") == [
                "(acknowledged,alice,x)", "(suppressed,alice,\"until 2096-10-02T07:06:40Z: x\")",
                "(false-positive,alice,x)", "(released,alice,x)", "(closed,alice,x)",
            ])
        #expect(
            try store.act(.close, on: [2, 1, 2], by: "bob").map(\.outcome) == [.notReported, .closed, .notReported])
        #expect(try scene.value("SELECT count(*) FROM alert.history") == "5")
        // A note that is too long changes nothing.
        let long = String(repeating: "n", count: 2_001)
        let error = #expect(throws: StoreError.self) {
            try store.act(.suppress(until: 4_000_000_000), on: [1], by: "bob", note: long)
        }
        #expect(error?.kind == .refused("23514"))
        #expect(try scene.value("SELECT suppressed_until FROM alert.alert WHERE id = 1") == nil)
        #expect(try scene.value("SELECT count(*) FROM alert.history") == "5")
    }

    /// What is news follows from the rules of who judges; that one only has to look.
    @Test func anActionHasTheAlertLookedAtAndLeavesItsNews() throws {
        for action in Self.actions.dropLast() {
            let scene = try alertScene(["ongoing"])
            try scene.connection.query("UPDATE alert.alert SET news = 'grew', news_at = now(), acknowledged_at = now()")
            let isDone = try scene.connection.act(action, on: [1], by: "alice").first?.outcome == .done
            #expect(isDone == (action != .acknowledge))
            #expect(try scene.value("SELECT news FROM alert.alert") == "grew")
            #expect(try scene.value("SELECT due_at IS NOT NULL FROM alert.alert") == (isDone ? "t" : "f"))
        }
    }

    @Test func anAnswerHasTheNamesAndKindsOfItsColumns() throws {
        let scene = try alertScene([])
        let answer = try scene.connection.answer(
            """
            SELECT 1::int8 AS n, 2.50::numeric AS d, true AS b, '2026-01-31 12:00:00.25Z'::timestamptz AS t,
                ARRAY['a', NULL, '', 'NULL', 'q"\\,{} ', 'é'] AS l, 'x' AS s, NULL::text AS z, '{}'::text[] AS e
            """)
        #expect(answer.columns.map(\.name) == ["n", "d", "b", "t", "l", "s", "z", "e"])
        #expect(
            answer.columns.map(\.kind) == [.number, .number, .boolean, .time, .list, .text, .text, .list])
        #expect(answer.text(0, "t") == "2026-01-31T12:00:00.25Z" && answer.text(0, "d") == "2.50")
        #expect(answer.list(0, "l") == ["a", "", "NULL", "q\"\\,{} ", "é"])
        #expect(answer.list(0, "e") == [] && answer.list(0, "z") == [])
        #expect(answer.text(0, "z") == nil && answer.text(1, "n") == nil && answer.text(0, "other") == nil)
        for odd in ["", "{", "}", "{{", "{\"", "{\\", "{\\}", "{,}", "x"] { _ = Answer.list(odd) }
        #expect(Answer.moment("infinity") == "infinity" && Answer.moment("2026+00") == "2026+00")
    }

    /// Alerts of one organisation in these states, numbered from 1.
    private func alertScene(_ states: [String]) throws -> Scene {
        let scene = try Scene()
        try scene.connection.query("INSERT INTO meta.organisation (code, name) VALUES ('org', 'Organisation')")
        for (index, state) in states.enumerated() {
            try scene.connection.query(
                """
                INSERT INTO alert.alert (organisation, address, kind, state, finding, severity, confidence, reasons, prefix,
                    episode, packets, flows, first_seen, last_seen)
                VALUES (1, $1::inet, 'external', $2, 'infection', 'low', 'low', '{}', 1, 1, 10, 1, now(), now())
                """, ["192.0.2.\(index)", state])
        }
        return scene
    }
}
