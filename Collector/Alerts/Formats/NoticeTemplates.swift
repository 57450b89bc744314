/// The texts of mails, by language.
///
/// A text is a template (see ops/notices.md for its names): the subject in the first line, an empty line, and the body.
/// English, Japanese and Indonesian are built in; others can be added and all can be replaced.
package struct NoticeTemplates: Sendable {
    struct Mail: Sendable {
        let subject: Template
        let body: Template
    }

    private var mails: [String: Mail]

    /// The built-in texts.
    package static let builtIn: NoticeTemplates = {
        do throws(TemplateError) {
            return NoticeTemplates(
                mails: [
                    "en": try NoticeTemplates.mail(PackageResources.en_txt),
                    "ja": try NoticeTemplates.mail(PackageResources.ja_txt),
                    "id": try NoticeTemplates.mail(PackageResources.id_txt),
                ])
        } catch { fatalError("a built-in template is wrong: \(error)") }
    }()

    private init(mails: [String: Mail]) { self.mails = mails }

    /// The built-in texts, with one more or one replaced. Cost: linear in the text.
    /// - Parameters:
    ///   - language: ISO 639-1 code: two small letters.
    ///   - text: the template in UTF-8, at most 256 KiB; what is no UTF-8 in it becomes U+FFFD.
    /// - Throws: at the first thing in it that cannot be, with its line.
    package mutating func set(_ language: String, to text: [UInt8]) throws(TemplateError) {
        guard language.utf8.count == 2, language.utf8.allSatisfy({ (0x61...0x7A).contains($0) }) else {
            let name = PlainText.cleaned(language)
            throw TemplateError(line: 1, problem: "\"\(name)\" is no language: use two small letters")
        }
        mails[language] = try NoticeTemplates.mail(text)
    }

    /// Codes of the languages there are, in order.
    package var languages: [String] { mails.keys.sorted() }

    /// The text in the language, or else in English; and its language.
    func template(for language: String) -> (language: String, mail: Mail) {
        if let mail = mails[language] { return (language, mail) }
        return ("en", mails["en"]!)
    }

    private static func mail(_ bytes: [UInt8]) throws(TemplateError) -> Mail {
        guard bytes.count <= Template.longest else {
            throw TemplateError(line: 1, problem: "the template is longer than \(Template.longest) bytes")
        }
        let lines = String(decoding: bytes, as: UTF8.self).unicodeScalars
            .split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 3, !lines[0].isEmpty, lines[1].allSatisfy({ $0 == "\r" }) else {
            throw TemplateError(line: 1, problem: "a template is a subject, an empty line, and a body")
        }
        let subject = try Template(String(lines[0]), known: names)
        // The lines of the body are counted from those of the text.
        let body: Template
        do throws(TemplateError) {
            body = try Template(lines[2...].map { String($0) }.joined(separator: "\n"), known: names)
        } catch { throw TemplateError(line: error.line + 2, problem: error.problem) }
        return Mail(subject: subject, body: body)
    }

    /// What a template may name.
    static let names: Set<String> = Reason.mailNames.union([
        // Of the notice.
        "organisation", "code", "reporter", "contact", "domain", "tlp", "key", "made", "test", "first", "digest",
        "count",
        "single", "hasInfection", "hasMisconfiguration", "hasAttack", "hasInternal", "hasLate", "allClosed",
        "attachment",
        "items", "more", "others",
        // Of an item.
        "number", "address", "prefix", "alert", "firstSeen", "lastSeen", "packets", "newPackets", "sites",
        "darkAddresses", "tool", "asn", "asName", "reasons", "late", "opened", "reopened", "changed", "grew", "closed",
        "internal", "external", "backscatter", "infection", "misconfiguration", "attack", "nothing", "severityLow",
        "severityMedium", "severityHigh", "confidenceLow", "confidenceMedium", "confidenceHigh", "services",
        "moreServices", "moreThanShown", "reasonList",
        // Of a service of an item.
        "service", "application", "servicePackets", "sourcePort", "icmpError", "serviceFirstSeen",
    ])
}
