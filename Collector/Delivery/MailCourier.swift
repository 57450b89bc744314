import CLibcurl

/// How connections to the mail server are kept secret.
package enum MailSecurity: String, Sendable, CaseIterable {
    /// STARTTLS when the server offers it, whatever its certificate: keeps listeners out, but nobody in the middle.
    case opportunistic
    /// STARTTLS with a certificate that is checked, or nothing is sent.
    case required
    case none
}

/// Where mail is handed over.
package struct MailServer: Sendable, Hashable {
    /// `smtp://host:port` or `smtps://host:port`
    package var url: String
    package var security: MailSecurity
    /// Nil for a server that wants no authentication.
    package var user: String?
    package var password: String?
    /// File with the certificates of authorities to trust, PEM; nil for those of the system.
    package var authorities: String?

    package init(url: String, security: MailSecurity, user: String?, password: String?, authorities: String?) {
        self.url = url
        self.security = security
        self.user = user
        self.password = password
        self.authorities = authorities
    }

    /// Whether a text is such a URL, without a name, a password, a path or a query in it.
    package static func isURL(_ text: String) -> Bool {
        guard let scheme = ["smtp://", "smtps://"].first(where: text.hasPrefix) else { return false }
        let rest = text.dropFirst(scheme.count)
        return !rest.isEmpty
            && rest.utf8.allSatisfy { byte in
                HeaderText.isAlphanumeric(byte) || ".-:[]".utf8.contains(byte)
            }
    }
}

/// Hands notices over to a mail server by SMTP (RFC 5321).
package struct MailCourier: Courier {
    private let server: MailServer?
    private let sender: MailSender?

    /// - Parameters:
    ///   - server: nil, or no sender, leaves all shipments waiting.
    package init(server: MailServer?, sender: MailSender?) {
        self.server = server
        self.sender = sender
    }

    package func deliver(_ shipment: Shipment, isStopped: @escaping @Sendable () -> Bool) -> DeliveryOutcome {
        guard let server, let sender else { return .retry("there is no way for mail: set alerts.smtp and alerts.from") }
        guard let recipient = MailAddress(shipment.target) else { return .dead("the target is no mail address") }
        guard let transfer = Transfer(protocols: "smtp,smtps", isStopped: isStopped) else { return .retry("no memory") }
        transfer.set(CURLOPT_URL, server.url)
        transfer.set(CURLOPT_CONNECTTIMEOUT_MS, 10_000)
        // Servers that make strangers wait do so for half a minute.
        transfer.set(CURLOPT_TIMEOUT_MS, 120_000)
        switch server.security {
        case .none: transfer.set(CURLOPT_USE_SSL, Int(CURLUSESSL_NONE.rawValue))
        case .opportunistic where !server.url.hasPrefix("smtps"):
            transfer.set(CURLOPT_USE_SSL, Int(CURLUSESSL_TRY.rawValue))
            transfer.set(CURLOPT_SSL_VERIFYPEER, 0)
            transfer.set(CURLOPT_SSL_VERIFYHOST, 0)
        case .opportunistic, .required: transfer.set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue))
        }
        if let authorities = server.authorities { transfer.set(CURLOPT_CAINFO, authorities) }
        if let user = server.user {
            transfer.set(CURLOPT_USERNAME, user)
            transfer.set(CURLOPT_PASSWORD, server.password ?? "")
        }
        transfer.set(CURLOPT_MAIL_FROM, "<\(sender.address)>")
        transfer.set(CURLOPT_MAIL_RCPT, list: ["<\(recipient)>"])
        transfer.upload = MailMessage(shipment, to: recipient, from: sender).bytes
        transfer.set(CURLOPT_UPLOAD, 1)
        // The dialogue is followed by what libcurl tells a debugger.
        transfer.set(CURLOPT_VERBOSE, 1)
        let code = transfer.perform()
        return MailCourier.outcome(
            problem: code == CURLE_OK ? nil : transfer.problem(code), command: transfer.dialogue.command,
            reply: transfer.dialogue.reply)
    }

    /// What became of a mail.
    ///
    /// Given up at once is what the server refuses for good (5yz, RFC 5321 §4.2.1) about the recipient or the message.
    /// What it refuses about us, our rights or its policy (RFC 3463, class 5.7) may be put right by an operator.
    /// - Parameters:
    ///   - problem: why the transfer did not succeed; nil when it did.
    ///   - command: the last command of the dialogue.
    ///   - reply: the last line of its answer.
    static func outcome(problem: String?, command: String, reply: String) -> DeliveryOutcome {
        guard let problem else { return .delivered(reply) }
        let words = reply.split(separator: " ").map(String.init)
        let code = words.first.flatMap { Int($0.prefix(3)) } ?? 0
        guard (400...599).contains(code) else { return .retry(problem) }
        let detail = "\(command) \(reply)"
        let isAboutUs = (530...539).contains(code) || words.dropFirst().first?.hasPrefix("5.7.") ?? false
        return code >= 500 && ["RCPT", "DATA"].contains(command) && !isAboutUs ? .dead(detail) : .retry(detail)
    }
}
