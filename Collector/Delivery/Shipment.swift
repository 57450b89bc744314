package import Alerts

/// A notice made ready for one contact. It is the same in every attempt.
package struct Shipment: Sendable, Hashable {
    /// Idempotency key: a UUID in lower case, the same in every attempt.
    package var key: String
    /// Name of the notice to the outside.
    package var notice: String
    /// Unix milliseconds at which the notice was made.
    package var madeAt: Int64
    /// meta.contact.id
    package var contact: Int32
    /// As meta.contact has it for the channel.
    package var target: String
    /// Who reads it; may be empty, and hold anything.
    package var reader: String
    /// Subject of a mail; may hold anything.
    package var subject: String
    /// Text of a mail.
    package var text: String
    package var documents: [NoticeDocument]
    /// Messages for syslog, one CEF event each.
    package var lines: [String]

    package init(
        key: String, notice: String, madeAt: Int64, contact: Int32, target: String, reader: String,
        subject: String = "", text: String = "", documents: [NoticeDocument] = [], lines: [String] = []
    ) {
        self.key = key
        self.notice = notice
        self.madeAt = madeAt
        self.contact = contact
        self.target = target
        self.reader = reader
        self.subject = subject
        self.text = text
        self.documents = documents
        self.lines = lines
    }
}

/// Carries shipments over one channel. Any thread may use it, several at a time.
package protocol Courier: Sendable {
    /// Delivers, or says why not; blocks for ten minutes at most, and for about a second after `isStopped` says true.
    /// - Parameter isStopped: asked again and again, on the thread that calls.
    func deliver(_ shipment: Shipment, isStopped: @escaping @Sendable () -> Bool) -> DeliveryOutcome
}
