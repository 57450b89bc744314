/// A document of a notice: what is attached to a mail, posted, or put into a folder.
package struct NoticeDocument: Sendable, Hashable {
    /// Without a folder; of letters, digits, `-`, `_` and `.` only.
    package var name: String
    /// Media type, such as `text/csv; charset=utf-8`.
    package var mediaType: String
    package var bytes: [UInt8]

    package init(name: String, mediaType: String, bytes: [UInt8]) {
        self.name = name
        self.mediaType = mediaType
        self.bytes = bytes
    }
}

/// What a contact is sent; the raw value is that of meta.contact.format.
package enum NoticeFormat: String, Sendable, Hashable, CaseIterable {
    /// A mail without an attachment.
    case text
    /// Shadowserver's event4_honeypot_darknet CSV.
    case shadowserver
    /// IntelMQ events as JSON lines.
    case intelmq
    /// XARF v4 reports of type connection/port_scan.
    case xarf
    /// A STIX 2.1 bundle.
    case stix
    /// Our own JSON.
    case json
    /// ArcSight CEF for syslog.
    case cef
}
