/// How an organisation is reached; the raw value is that of meta.contact.channel.
package enum ContactChannel: String, Sendable, Hashable, CaseIterable {
    case mail
    /// HTTP POST.
    case webhook
    /// RFC 5424.
    case syslog
    /// Files in a folder for pick-up.
    case file

    /// What can be sent there, as the table allows; the first is taken when nothing is said.
    package var formats: [NoticeFormat] {
        switch self {
        case .mail: [.shadowserver, .text, .intelmq, .xarf, .stix, .json]
        case .webhook: [.json, .intelmq, .xarf, .stix]
        case .syslog: [.cef]
        case .file: [.shadowserver, .intelmq, .xarf, .stix, .json]
        }
    }
}
