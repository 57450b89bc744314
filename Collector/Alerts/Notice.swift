/// What an organisation is told at one time: the content of every mail, document and message that says so.
///
/// It never changes once it is made, so every copy of it, in any format and at any attempt, says the same.
package struct Notice: Sendable, Hashable {
    package enum Reason: String, Sendable, CaseIterable {
        /// At once, because something was opened.
        case first
        /// What gathered since the notice before.
        case digest
        /// A marked test of the way to the organisation; nothing in it is real.
        case test
    }

    /// Name of the notice to the outside: a UUID in lower case.
    package var key: String
    package var reason: Reason
    /// Unix time in milliseconds.
    package var madeAt: Int64
    package var recipient: Recipient
    package var items: [NoticeItem]

    package init(key: String, reason: Reason, madeAt: Int64, recipient: Recipient, items: [NoticeItem]) {
        self.key = key
        self.reason = reason
        self.madeAt = madeAt
        self.recipient = recipient
        self.items = items
    }
}

/// The organisation that a notice is for. Its texts come from people: they may hold anything but control characters.
package struct Recipient: Sendable, Hashable {
    package var code: String
    package var name: String
    /// ISO 3166-1 alpha-2 code; nil when not told.
    package var country: String?
    /// ISO 639-1 code of the language of its mail.
    package var language: String
    /// Traffic Light Protocol 2.0: clear, green, amber, amber+strict or red.
    package var tlp: String
    /// IANA name of the zone in which its people read times.
    package var zone: String

    package init(code: String, name: String, country: String?, language: String, tlp: String, zone: String) {
        self.code = code
        self.name = name
        self.country = country
        self.language = language
        self.tlp = tlp
        self.zone = zone
    }
}

/// Who tells: what the configuration says of this Darkscope.
package struct Reporter: Sendable, Hashable {
    /// Name for people, such as "Darkscope of Example CERT".
    package var name: String
    /// Mail address for questions.
    package var contact: String
    /// Home page or domain.
    package var domain: String

    package init(name: String, contact: String, domain: String) {
        self.name = name
        self.contact = contact
        self.domain = domain
    }
}
