import Alerts

/// A notice as a mail (RFC 5322, RFC 2045): the same bytes at every call.
struct MailMessage {
    /// Bytes of attachments as they are sent: most servers take messages of 25 MB and more.
    static let attachmentLimit = 18 << 20
    /// Attachments; more of them are put into one, where that can be done.
    static let attachmentCount = 50

    let bytes: [UInt8]

    init(_ shipment: Shipment, to recipient: MailAddress, from sender: MailSender) {
        let (documents, left) = MailMessage.fitting(shipment.documents)
        var text = shipment.text
        for name in left { text += "\n(\(HeaderText.fileName(name)) is too large for a mail. Ask for it.)\n" }
        let key = HeaderText.token(shipment.key)
        var header = MailMessage.header(shipment, key, recipient, sender)
        var body: [UInt8] = []
        if documents.isEmpty {
            let part = MailMessage.textPart(text)
            header += part.header
            body = part.body
        } else {
            // Base64 and lines of plain text hold no such line: nobody who writes texts knows the key.
            let boundary = "=_darkscope_\(key)"
            header += "Content-Type: multipart/mixed;\r\n boundary=\"\(boundary)\"\r\n"
            let part = MailMessage.textPart(text)
            body += Array("--\(boundary)\r\n\(part.header)\r\n".utf8) + part.body
            for document in documents {
                body += Array("\r\n--\(boundary)\r\n\(MailMessage.attachmentHeader(document))\r\n".utf8)
                body += Base64.lines(document.bytes)
            }
            body += Array("\r\n--\(boundary)--\r\n".utf8)
        }
        bytes = Array("\(header)\r\n".utf8) + body
    }

    private static func header(
        _ shipment: Shipment, _ key: String, _ recipient: MailAddress, _ sender: MailSender
    ) -> String {
        var fields = HeaderText.field("Date", [DateText.mail(shipment.madeAt)])
        fields += HeaderText.field("From", HeaderText.phrase(sender.name) + ["<\(sender.address)>"])
        if let replies = sender.replies, replies != sender.address {
            fields += HeaderText.field("Reply-To", ["<\(replies)>"])
        }
        fields += HeaderText.field("To", HeaderText.phrase(shipment.reader) + ["<\(recipient)>"])
        fields += HeaderText.field("Subject", HeaderText.text(shipment.subject))
        fields += HeaderText.field("Message-ID", ["<\(key)@\(sender.address.domain)>"])
        fields += HeaderText.field("X-Darkscope-Key", [key])
        fields += HeaderText.field("X-Darkscope-Notice", [HeaderText.token(shipment.notice)])
        // No answers of machines (RFC 3834 §5).
        fields += HeaderText.field("Auto-Submitted", ["auto-generated"])
        return fields + HeaderText.field("MIME-Version", ["1.0"])
    }

    /// Lines of ASCII go as they are; others in base64, which every transport leaves alone.
    private static func textPart(_ text: String) -> (header: String, body: [UInt8]) {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let joined = Array(lines.joined(separator: "\r\n").utf8) + [0x0D, 0x0A]
        let isPlain = lines.allSatisfy { line in
            line.utf8.count <= 900 && line.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x09 }
        }
        let header = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
        return isPlain ? (header + "7bit\r\n", joined) : (header + "base64\r\n", Base64.lines(joined))
    }

    private static func attachmentHeader(_ document: NoticeDocument) -> String {
        let name = HeaderText.fileName(document.name)
        return "Content-Type: \(HeaderText.mediaType(document.mediaType))\r\n"
            + "Content-Transfer-Encoding: base64\r\n"
            + "Content-Disposition: attachment;\r\n filename=\"\(name)\"\r\n"
    }

    /// The documents that fit into a mail, and the names of those that do not.
    static func fitting(_ documents: [NoticeDocument]) -> (documents: [NoticeDocument], left: [String]) {
        var fitting: [NoticeDocument] = []
        var left: [String] = []
        var size = 0
        for document in gathered(documents) {
            let encoded = document.bytes.count / 57 * 78 + 1_024
            if size + encoded > attachmentLimit || fitting.count == attachmentCount {
                left.append(document.name)
            } else {
                size += encoded
                fitting.append(document)
            }
        }
        return (fitting, left)
    }

    /// Many documents of JSON as one with an array of them.
    private static func gathered(_ documents: [NoticeDocument]) -> [NoticeDocument] {
        let (many, others) = (
            documents.filter { $0.mediaType.hasPrefix("application/json") },
            documents.filter { !$0.mediaType.hasPrefix("application/json") }
        )
        guard documents.count > attachmentCount, let first = many.first else { return documents }
        var bytes = Array("[\n".utf8)
        for (index, document) in many.enumerated() {
            if index > 0 { bytes += Array(",\n".utf8) }
            bytes += document.bytes
        }
        return [NoticeDocument(name: first.name, mediaType: first.mediaType, bytes: bytes + Array("\n]\n".utf8))]
            + others
    }
}

/// Who a mail is from.
package struct MailSender: Sendable, Hashable {
    package var address: MailAddress
    /// May be empty, and hold anything.
    package var name: String
    /// Where answers of people go; nil for the address.
    package var replies: MailAddress?

    package init(address: MailAddress, name: String, replies: MailAddress?) {
        self.address = address
        self.name = name
        self.replies = replies
    }
}
