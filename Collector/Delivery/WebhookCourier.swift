package import Alerts
import CLibcurl
import Synchronization
import SystemCalls

/// Posts documents to webhooks, signed.
///
/// `X-Darkscope-Signature` is `sha256=` and the HMAC-SHA256, in hexadecimal digits, of the time in
/// `X-Darkscope-Timestamp` (Unix seconds of this attempt), a full stop and the body, under the contact's secret as text.
/// `Idempotency-Key` is the same in every attempt. Of several documents the next attempt goes on with the one that failed.
package struct WebhookCourier: Courier {
    private static let connectMilliseconds = 5_000
    private static let totalMilliseconds = 15_000
    /// For the documents of an attempt: a slow receiver gets the rest in the next ones.
    private static let attemptNanoseconds: Int64 = 120_000_000_000

    private let received = Received()
    private let key: WebhookKey?
    private let addresses: AddressGuard
    private let authorities: String?
    private let agent: String

    /// - Parameters:
    ///   - key: nil leaves all shipments waiting.
    ///   - authorities: file with the certificates of authorities to trust, PEM; nil for those of the system.
    ///   - agent: of the header User-Agent.
    package init(key: WebhookKey?, addresses: AddressGuard, authorities: String? = nil, agent: String = "Darkscope") {
        self.key = key
        self.addresses = addresses
        self.authorities = authorities
        self.agent = agent
    }

    package func deliver(_ shipment: Shipment, isStopped: @escaping @Sendable () -> Bool) -> DeliveryOutcome {
        guard let key else { return .retry("webhooks are signed: set alerts.key_file (darkscope keys secret)") }
        guard WebhookCourier.isURL(shipment.target) else { return .dead("the target is no http or https URL") }
        guard !shipment.documents.isEmpty else { return .delivered("the format has nothing to say of it") }
        guard let transfer = Transfer(protocols: "http,https", isStopped: isStopped) else { return .retry("no memory") }
        transfer.addresses = addresses
        transfer.set(CURLOPT_URL, shipment.target)
        transfer.set(CURLOPT_CONNECTTIMEOUT_MS, WebhookCourier.connectMilliseconds)
        transfer.set(CURLOPT_TIMEOUT_MS, WebhookCourier.totalMilliseconds)
        transfer.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        transfer.set(CURLOPT_USERAGENT, agent)
        if let authorities { transfer.set(CURLOPT_CAINFO, authorities) }
        let end = Clock.monotonicNanoseconds() + WebhookCourier.attemptNanoseconds
        var outcome = DeliveryOutcome.retry("there was no time for it")
        for (index, document) in shipment.documents.enumerated().dropFirst(received.take(shipment.key)) {
            outcome = .retry(
                "the receiver is too slow for the documents: it has \(index) of \(shipment.documents.count)")
            if Clock.monotonicNanoseconds() < end {
                // With several documents each is a message of its own.
                let part = shipment.documents.count == 1 ? shipment.key : "\(shipment.key)-\(index + 1)"
                outcome = post(document, part, shipment, key, transfer)
            }
            guard case .delivered = outcome else {
                received.keep(shipment.key, index)
                return outcome
            }
        }
        return outcome
    }

    private func post(
        _ document: NoticeDocument, _ part: String, _ shipment: Shipment, _ key: WebhookKey, _ transfer: Transfer
    ) -> DeliveryOutcome {
        let time = Clock.wallNanoseconds() / 1_000_000_000
        let signature = key.signature(contact: shipment.contact, time: time, body: document.bytes)
        transfer.setPost(document.bytes)
        transfer.set(
            CURLOPT_HTTPHEADER,
            list: [
                "Content-Type: \(HeaderText.mediaType(document.mediaType))", "Expect:", "Accept:",
                "Idempotency-Key: \(HeaderText.token(part))",
                "X-Darkscope-Notice: \(HeaderText.token(shipment.notice))",
                "X-Darkscope-Document: \(HeaderText.fileName(document.name))", "X-Darkscope-Timestamp: \(time)",
                "X-Darkscope-Signature: sha256=\(signature)",
            ])
        let code = transfer.perform()
        return WebhookCourier.outcome(
            status: transfer.responseCode, problem: code == CURLE_OK ? nil : transfer.problem(code),
            isHopeless: code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL,
            answer: Detail.line(transfer.answer))
    }

    static func isURL(_ text: String) -> Bool {
        let start = text.prefix(8).lowercased()
        return (start.hasPrefix("http://") || start.hasPrefix("https://"))
            && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    }

    /// What an answer means.
    ///
    /// The status line decides, even when the rest of the answer is too long or never ends. Given up at once is only
    /// what the same bytes can never pass (400, 413, 415, 422) and what says that it is gone for good (410): a route or
    /// a secret that is not set up yet (401, 403, 404) comes right, and a notice that waits is not lost.
    /// - Parameters:
    ///   - status: 0 when none came.
    ///   - problem: why the transfer did not succeed; nil when it did.
    static func outcome(
        status: Int, problem: String?, isHopeless: Bool = false, answer: String
    ) -> DeliveryOutcome {
        if isHopeless { return .dead(problem ?? "the target cannot be used") }
        switch status {
        case 200...299: return .delivered("\(status) \(answer)")
        case 400, 410, 413, 415, 422: return .dead("\(status) \(answer)")
        case 300...399:
            return .retry("\(status): it redirects, and redirects are not followed. Register where it leads")
        case 400...599: return .retry("\(status) \(answer)")
        default: return .retry(problem ?? "status \(status)")
        }
    }
}

/// How many documents the receivers have of shipments that were broken off. A lock guards it; what it forgets is sent again.
private final class Received: Sendable {
    private static let limit = 1_000

    private let counts = Mutex<[String: Int]>([:])

    /// What is known of a shipment, which is forgotten by this.
    func take(_ key: String) -> Int { counts.withLock { $0.removeValue(forKey: key) ?? 0 } }

    func keep(_ key: String, _ count: Int) {
        guard count > 0 else { return }
        counts.withLock { counts in
            if counts.count >= Received.limit { counts.removeAll() }
            counts[key] = count
        }
    }
}
