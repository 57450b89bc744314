import Alerts
import Support
import Testing

@testable import Store

/// Evidence to alerts, and alerts to notices, as the database keeps them.
@Suite struct AlertTests {
    @Test func evidenceBecomesAnAlertANoticeAndAMessageInOneStep() throws {
        let scene = try AlertScene()
        try scene.arrive(packets: 12, ttl: 52, mirai: 12)
        try scene.arrive(sensor: 2, packets: 3, destinations: 2, port: 2_323, ttl: 47, mirai: 3)
        let outcome = try scene.judge()
        #expect(outcome == JudgeOutcome(arrivals: 2, alerts: 1, notices: 1, hasMore: false))
        #expect(
            try scene.rows(
                """
                SELECT organisation, address, kind, state, finding, severity, confidence, episode, packets, flows, news,
                    told_packets, first_told_at = opened_at FROM alert.alert
                """) == ["(1,192.0.2.7,external,open,infection,medium,high,1,15,2,,15,t)"])
        #expect(try scene.value("SELECT count(*) FROM alert.arrival") == "0")
        #expect(
            try scene.rows(
                """
                SELECT number, news, kind, finding, packets, new_packets, sites, addresses, tool, prefix, is_late
                FROM alert.notice_item
                """) == ["(1,opened,external,infection,15,15,2,14,mirai,192.0.2.0/24,f)"])
        #expect(
            try scene.rows(
                "SELECT place, class, protocol, service_port, packets, source_port, ttl FROM alert.notice_evidence ORDER BY 1"
            ) == ["(1,1,6,23,12,40000,52)", "(2,1,6,2323,3,40000,47)"])
        #expect(
            try scene.rows(
                "SELECT notice, contact, state, due_at = made_at FROM alert.outbox JOIN alert.notice n ON n.id = notice")
                == ["(1,1,due,t)"])
        #expect(try scene.rows("SELECT event FROM alert.history ORDER BY id") == ["(opened)", "(told)"])
        #expect(try scene.judge() == JudgeOutcome())
    }
}
