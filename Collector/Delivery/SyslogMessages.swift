import Alerts

/// A notice as messages of syslog (RFC 5424), one for each line: the same bytes at every call.
struct SyslogMessages {
    /// Bytes of a message: what rsyslog takes unless told otherwise.
    static let limit = 8_192
    /// local0 (16) and warning (4): RFC 5424 §6.2.1.
    private static let priority = 16 * 8 + 4

    let messages: [[UInt8]]

    /// - Parameter hostname: of this machine.
    init(_ shipment: Shipment, hostname: String) {
        let time = UTCTime(shipment.madeAt).precise
        let name = SyslogMessages.printable(hostname)
        // 32473 is the enterprise number for examples (RFC 5612); there is none of ours.
        let key = HeaderText.token(shipment.key)
        let notice = HeaderText.token(shipment.notice)
        messages = shipment.lines.enumerated().map { index, line in
            let data =
                "[darkscope@32473 key=\"\(key)\" notice=\"\(notice)\" item=\"\(index + 1)\" of=\"\(shipment.lines.count)\"]"
            let header = "<\(SyslogMessages.priority)>1 \(time) \(name) darkscope - notice \(data) "
            return SyslogMessages.cut(Array(header.utf8) + SyslogMessages.oneLine(line))
        }
    }

    /// All messages with their lengths before them (RFC 6587 §3.4.1).
    var counted: [UInt8] { messages.flatMap { Array("\($0.count) ".utf8) + $0 } }

    /// PRINTUSASCII of at most 255, or the nil value.
    private static func printable(_ text: String) -> String {
        let kept = text.utf8.prefix(255).filter { (0x21...0x7E).contains($0) }
        return kept.isEmpty ? "-" : String(decoding: kept, as: UTF8.self)
    }

    private static func oneLine(_ text: String) -> [UInt8] {
        Array(text.utf8).map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }
    }

    /// At most `limit` bytes, whole characters.
    private static func cut(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count > limit else { return bytes }
        var end = limit
        while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return Array(bytes[..<end])
    }
}
