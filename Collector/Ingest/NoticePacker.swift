package import Alerts
import Delivery
import Store

/// Makes of a notice what a contact is sent. Any thread may use it.
package struct NoticePacker: Sendable {
    private let reporter: Reporter
    private let templates: NoticeTemplates
    private let version: String

    /// - Parameter version: of this program, as CEF tells it.
    package init(reporter: Reporter, templates: NoticeTemplates, version: String) {
        self.reporter = reporter
        self.templates = templates
        self.version = version
    }

    /// The same at every call for the same row and notice; nil when the contact's format is none.
    func shipment(_ row: OutboxRow, _ notice: Notice) -> Shipment? {
        guard let format = NoticeFormat(rawValue: row.format) else { return nil }
        var shipment = Shipment(
            key: row.key, notice: notice.key, madeAt: notice.madeAt, contact: row.contact, target: row.target,
            reader: row.reader)
        if format == .cef {
            shipment.lines = notice.cef(from: reporter, version: version)
            return shipment
        }
        if row.channel != "mail" || format != .text {
            shipment.documents = notice.documents(as: format, from: reporter)
        }
        // A program reads it: what is only for people would be refused.
        if row.channel == "webhook" { shipment.documents.removeAll { $0.mediaType.hasPrefix("text/") } }
        if row.channel == "mail" {
            let mail = notice.mail(
                from: reporter, templates: templates, isWithAttachment: !shipment.documents.isEmpty)
            (shipment.subject, shipment.text) = (mail.subject, mail.body)
        }
        return shipment
    }
}
