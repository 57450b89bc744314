import Alerts
import Delivery
import FlowModel
import Glibc
import Ingest
import Messaging
import Runtime
import SystemCalls

/// How notices leave: the part of section [alerts] that is about delivery.
struct DeliverySettings {
    private let smtp: String?
    private let security: MailSecurity
    private let user: String?
    private let passwordFile: String?
    private let authorities: String?
    private let sender: MailSender?
    private let reporter: Reporter
    private let keyFile: String?
    private let addresses: AddressGuard
    private let pickupDirectory: String?
    private let templates: String?

    init(_ reader: inout ConfigurationReader) throws(ProgramError) {
        smtp = try reader.optionalString(
            "alerts.smtp",
            note: "Mail server for notices, smtp://host:port or smtps://host:port; without it mail waits",
            example: "smtp://localhost:25")
        if let smtp, !MailServer.isURL(smtp) {
            throw reader.error("alerts.smtp", "\(smtp) is no mail server, such as smtp://mail.example.org:587")
        }
        user = try reader.optionalString(
            "alerts.smtp_user", note: "Name to log in with at the mail server", example: "darkscope")
        passwordFile = try reader.optionalString(
            "alerts.smtp_password_file", note: "File with its password in one line, mode 0600",
            example: "/etc/darkscope/smtp.password")
        guard (user == nil) == (passwordFile == nil) else {
            throw reader.error("alerts.smtp_user", "it goes together with alerts.smtp_password_file: set both or none")
        }
        security = try reader.choice(
            "alerts.smtp_security", default: user == nil ? .opportunistic : .required,
            note: "STARTTLS: opportunistic (if offered, any certificate), required (with a good one), none")
        if user != nil, security != .required {
            throw reader.error(
                "alerts.smtp_security",
                "with alerts.smtp_user it must be required: a password is for nobody else to see")
        }
        authorities = try reader.optionalString(
            "alerts.ca_file", note: "Certificates (PEM) of the authorities to trust instead of the system's",
            example: "/etc/darkscope/authorities.pem")
        let from = try DeliverySettings.address(
            "alerts.from", "Address that mail is from; bounces go there", "darkscope@example.org", &reader)
        let contact = try DeliverySettings.address(
            "alerts.contact", "Address for questions, told in every notice; alerts.from without it",
            "cert@example.org", &reader)
        let name = try reader.string(
            "alerts.reporter_name", default: "Darkscope", note: "Who tells: name in every notice")
        let domain = try reader.string(
            "alerts.reporter_domain", default: from?.domain ?? "localhost", note: "Domain of who tells")
        sender = from.map { MailSender(address: $0, name: name, replies: contact) }
        reporter = Reporter(name: name, contact: (contact ?? from)?.description ?? "", domain: domain)
        keyFile = try reader.optionalString(
            "alerts.key_file",
            note: "Key that webhooks are signed with, mode 0600: darkscope keys secret --key-file FILE",
            example: "/etc/darkscope/alerts.key")
        let allowed = try reader.strings(
            "alerts.webhook_allow", default: [],
            note: "Blocks beside the Internet where webhooks and syslog servers may be")
        let prefixes = allowed.compactMap { Prefix($0) }
        guard prefixes.count == allowed.count else {
            throw reader.error("alerts.webhook_allow", "expected blocks such as 192.0.2.0/24 or 2001:db8::/32")
        }
        addresses = AddressGuard(allowed: prefixes)
        pickupDirectory = try DeliverySettings.folder(
            "alerts.pickup_directory", "Folder with a folder for each contact of the channel file",
            "/var/lib/darkscope/pickup", &reader)
        templates = try DeliverySettings.folder(
            "alerts.templates", "Folder with texts of mails, such as th.txt, beside or instead of those built in",
            "/etc/darkscope/templates", &reader)
    }

    private static func address(
        _ key: String, _ note: String, _ example: String, _ reader: inout ConfigurationReader
    ) throws(ProgramError) -> MailAddress? {
        guard let text = try reader.optionalString(key, note: note, example: example) else { return nil }
        guard let address = MailAddress(text) else {
            throw reader.error(key, "\(text) is no mail address, such as \(example)")
        }
        return address
    }

    private static func folder(
        _ key: String, _ note: String, _ example: String, _ reader: inout ConfigurationReader
    ) throws(ProgramError) -> String? {
        guard let path = try reader.optionalString(key, note: note, example: example) else { return nil }
        guard path.hasPrefix("/") else { throw reader.error(key, "\(path) is no absolute path, such as \(example)") }
        return path
    }

    /// The couriers of all channels; reads the files with keys, passwords and authorities.
    func channels() throws -> [DeliveryChannel] {
        if let authorities { _ = try read(authorities, limit: 16 << 20) }
        let key = try keyFile.map { path throws(MessagingError) in try KeyFile.readSecret(path: path) }
        let password = try passwordFile.map { path throws(MessagingError) in try KeyFile.readPassword(path: path) }
        let server = smtp.map {
            MailServer(url: $0, security: security, user: user, password: password, authorities: authorities)
        }
        return [
            DeliveryChannel("mail", MailCourier(server: server, sender: sender), threads: 4),
            DeliveryChannel(
                "webhook",
                WebhookCourier(
                    key: key.flatMap { WebhookKey($0) }, addresses: addresses, authorities: authorities,
                    agent: "Darkscope/\(Version.text)"), threads: 8),
            DeliveryChannel(
                "syslog", SyslogCourier(addresses: addresses, authorities: authorities, hostname: hostName()),
                threads: 4),
            DeliveryChannel("file", FileCourier(directory: pickupDirectory), threads: 1),
        ]
    }

    /// What makes documents and mails; reads the texts of mails.
    func packer() throws(ProgramError) -> NoticePacker {
        var texts = NoticeTemplates.builtIn
        for name in try templateNames() {
            let path = "\(templates ?? "")/\(name)"
            let text = try read(path, limit: 1 << 20)
            do throws(TemplateError) {
                try texts.set(String(name.dropLast(4)), to: text)
            } catch {
                throw ProgramError(.configuration, "\(path):\(error.line): \(error.problem)")
            }
        }
        return NoticePacker(reporter: reporter, templates: texts, version: Version.text)
    }

    private func templateNames() throws(ProgramError) -> [String] {
        guard let templates else { return [] }
        do throws(SystemError) {
            return try RealFileSystem().list(templates).filter { $0.hasSuffix(".txt") }
        } catch {
            throw ProgramError(.configuration, "\(error). Make the folder, or correct alerts.templates")
        }
    }

    private func read(_ path: String, limit: Int) throws(ProgramError) -> [UInt8] {
        do throws(SystemError) {
            return try readFile(path, limit: limit)
        } catch {
            throw ProgramError(.configuration, "\(error). Correct the path in [alerts], or its permissions")
        }
    }

    private func hostName() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, 255) == 0 else { return "-" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
