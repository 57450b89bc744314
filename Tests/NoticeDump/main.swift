// Reads notices and prints what they are in a format, for Tests/Integration/test_formats.py.
//
//     notice-dump FORMAT|mail|cef <NOTICES
//
// A line of the input is a word and fields with a space between them, texts as hexadecimal UTF-8, `-` for none: `notice`,
// `reporter`, `template`, then `item` and `evidence` lines, and `end`. For each notice it prints a line for each document:
// its name, its media type and its bytes (a mail's language, subject and body; a line of CEF) in hexadecimal; then `end`.
import Alerts
import FlowModel

func bytes(_ field: String) -> [UInt8] {
    let digits = Array(field.utf8)
    return stride(from: 0, to: digits.count - 1, by: 2).map {
        UInt8(String(decoding: digits[$0...($0 + 1)], as: UTF8.self), radix: 16)!
    }
}

func text(_ field: String) -> String { String(decoding: bytes(field), as: UTF8.self) }

func texts(_ field: String) -> [String] {
    field == "-" ? [] : field.split(separator: ",", omittingEmptySubsequences: false).map { text(String($0)) }
}

func optional<Value>(_ field: String, _ read: (String) -> Value?) -> Value? { field == "-" ? nil : read(field)! }

func hexadecimal(_ text: some Sequence<UInt8>) -> String {
    text.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

func notice(_ field: [String]) -> Notice {
    Notice(
        key: text(field[1]), reason: Notice.Reason(rawValue: field[2])!, madeAt: Int64(field[3])!,
        recipient: Recipient(
            code: text(field[4]), name: text(field[5]), country: optional(field[6], text), language: text(field[7]),
            tlp: text(field[8]), zone: text(field[9])), items: [])
}

func item(_ field: [String]) -> NoticeItem {
    NoticeItem(
        alert: Int64(field[1])!, news: News(rawValue: field[2])!, address: Address(field[3])!,
        kind: AlertKind(rawValue: field[4])!, finding: Finding(rawValue: field[5])!,
        severity: Grade(rawValue: field[6])!,
        confidence: Grade(rawValue: field[7])!, reasons: texts(field[8]), state: AlertState(rawValue: field[9])!,
        episode: Int(field[10])!, firstSeen: Int64(field[11])!, lastSeen: Int64(field[12])!, packets: Int64(field[13])!,
        newPackets: Int64(field[14])!, sites: Int(field[15])!, darkAddresses: Int64(field[16])!,
        tool: optional(field[17], text), isLate: field[18] == "1", prefix: Prefix(field[19])!,
        asn: optional(field[20]) { Int64($0) }, asName: optional(field[21], text), country: optional(field[22], text),
        evidence: [])
}

func evidence(_ field: [String]) -> NoticeEvidence {
    NoticeEvidence(
        trafficClass: TrafficClass(rawValue: UInt8(field[1])!)!, ipProtocol: UInt8(field[2])!,
        servicePort: UInt16(field[3])!, packets: Int64(field[4])!, firstSeen: Int64(field[5])!,
        lastSeen: Int64(field[6])!, sourcePort: UInt16(field[7])!, ttl: UInt8(field[8])!, ipLength: UInt32(field[9])!,
        tcpFlags: UInt8(field[10])!, reporter: optional(field[11]) { Address($0) })
}

func show(_ notice: Notice, as format: String, from reporter: Reporter, _ templates: NoticeTemplates) {
    var fields: [[String]]
    switch format {
    case "mail", "mail-alone":
        let mail = notice.mail(from: reporter, templates: templates, isWithAttachment: format == "mail")
        fields = [[mail.language, mail.subject, mail.body]]
    case "cef": fields = notice.cef(from: reporter, version: "1.2.3").map { [$0] }
    default:
        fields = notice.documents(as: NoticeFormat(rawValue: format)!, from: reporter).map {
            [$0.name, $0.mediaType, String(decoding: $0.bytes, as: UTF8.self)]
        }
    }
    for line in fields { print(line.map { hexadecimal($0.utf8) }.joined(separator: " ")) }
    print("end")
}

let format = CommandLine.arguments[1]
var current: Notice?
var reporter = Reporter(name: "", contact: "", domain: "")
var templates = NoticeTemplates.builtIn
while let line = readLine() {
    let field = line.split(separator: " ", omittingEmptySubsequences: false).map { String($0) }
    switch field[0] {
    case "notice": current = notice(field)
    case "reporter": reporter = Reporter(name: text(field[1]), contact: text(field[2]), domain: text(field[3]))
    case "template":
        do throws(TemplateError) { try templates.set(field[1], to: bytes(field[2])) } catch { print("error \(error)") }
    case "item": current!.items.append(item(field))
    case "evidence": current!.items[current!.items.count - 1].evidence.append(evidence(field))
    default:
        show(current!, as: format, from: reporter, templates)
        templates = .builtIn
    }
}
