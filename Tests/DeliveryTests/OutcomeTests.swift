import Alerts
import Testing

@testable import Delivery

struct OutcomeTests {
    private func kind(_ outcome: DeliveryOutcome) -> String {
        switch outcome {
        case .delivered: "delivered"
        case .retry: "retry"
        case .dead: "dead"
        }
    }

    @Test(arguments: [
        ("RCPT", "550 5.1.1 no such user", "dead"), ("RCPT", "551 moved", "dead"), ("RCPT", "450 greylisted", "retry"),
        ("RCPT", "452 4.2.2 full", "retry"), ("RCPT", "530 5.7.0 log in first", "retry"),
        ("RCPT", "554 5.7.1 relay access denied", "retry"), ("DATA", "552 5.3.4 too large", "dead"),
        ("DATA", "554 5.7.1 spam", "retry"), ("DATA", "354 go on", "retry"), ("DATA", "451 later", "retry"),
        ("MAIL", "550 who are you", "retry"), ("EHLO", "554 no service", "retry"), ("AUTH", "535 5.7.8 wrong", "retry"),
        ("", "", "retry"), ("RCPT", "nonsense", "retry"), ("RCPT", "5", "retry"),
        ("RCPT", "99999999999999999999", "retry"),
    ])
    func aRefusalOfTheRecipientOrTheMessageIsForGood(command: String, reply: String, expected: String) {
        #expect(kind(MailCourier.outcome(problem: "it failed", command: command, reply: reply)) == expected)
        #expect(kind(MailCourier.outcome(problem: nil, command: command, reply: reply)) == "delivered")
    }

    @Test(arguments: [
        (200, "delivered"), (204, "delivered"), (299, "delivered"), (301, "retry"), (307, "retry"), (400, "dead"),
        (401, "retry"), (403, "retry"), (404, "retry"), (408, "retry"), (410, "dead"), (413, "dead"), (415, "dead"),
        (422, "dead"), (425, "retry"), (429, "retry"), (500, "retry"), (503, "retry"), (0, "retry"), (100, "retry"),
        (999, "retry"),
    ])
    func theStatusDecides(status: Int, expected: String) {
        #expect(kind(WebhookCourier.outcome(status: status, problem: nil, answer: "")) == expected)
        // The status came before what went wrong.
        #expect(kind(WebhookCourier.outcome(status: status, problem: "it timed out", answer: "")) == expected)
    }

    @Test func aTargetThatIsNoURLIsGivenUp() {
        let courier = WebhookCourier(key: WebhookKey([UInt8](repeating: 1, count: 32)), addresses: AddressGuard())
        for target in [
            "", "ftp://a/", "file:///etc/passwd", "gopher://a", "http", "https//a", "http://a b", "http://a\r\nX: y",
        ] {
            let shipment = Shipment(
                key: "k", notice: "n", madeAt: 0, contact: 1, target: target, reader: "",
                documents: [NoticeDocument(name: "a", mediaType: "application/json", bytes: [])])
            #expect(kind(courier.deliver(shipment) { false }) == "dead", "\(target)")
        }
    }

    @Test func whatOthersSayIsOneBoundedLine() {
        #expect(Detail.line("a\r\nb\u{1B}[31m\u{202E}c") == "a  b [31m c")
        #expect(Detail.line(String(repeating: "é", count: 100_000)).unicodeScalars.count == Detail.limit + 1)
        #expect(Detail.line([0xFF, 0xFE, 0x41]).hasSuffix("A"))
    }
}
