import Testing

@testable import Delivery

struct SyslogTests {
    @Test func targetsHaveATransportAHostAndAPort() {
        #expect(SyslogTarget("udp://siem.example")?.port == 514)
        #expect(SyslogTarget("tls://siem.example")?.port == 6514)
        #expect(
            SyslogTarget("tcp://[2001:db8::1]:601").map { "\($0.host) \($0.authority)" }
                == "2001:db8::1 [2001:db8::1]:601")
        #expect(SyslogTarget("tcp://192.0.2.1:1/")?.authority == "192.0.2.1:1")
        for text in [
            "", "siem.example", "http://a:1", "udp://", "udp://:1", "udp://a:0", "udp://a:65536", "udp://a:+1",
            "udp://a:",
            "udp://a:1:2", "udp://a/b", "udp://[::1", "udp://[::1]x", "udp://[::1]:", "tcp://a@b:1", "tcp://a?b",
            "tcp://a#b",
            "udp://[a b]:1", "UDP://a",
        ] {
            #expect(SyslogTarget(text) == nil, "\(text)")
        }
    }

    private func messages(_ lines: [String], hostname: String = "host") -> SyslogMessages {
        SyslogMessages(
            Shipment(
                key: "k-1", notice: "n-1", madeAt: 1_796_011_334_123, contact: 1, target: "", reader: "", lines: lines),
            hostname: hostname)
    }

    @Test func aMessageHasAllFieldsOfTheStandard() {
        let header = "<132>1 2026-11-30T04:02:14.123Z host darkscope - notice "
        let data = #"[darkscope@32473 key="k-1" notice="n-1" item="1" of="1"] CEF:0|a"#
        #expect(messages(["CEF:0|a"]).messages == [Array((header + data).utf8)])
        #expect(
            String(decoding: messages(["é"]).counted, as: UTF8.self).hasPrefix("\(header.utf8.count + 57 + 2) <132>1 "))
        #expect(
            messages(["a"], hostname: "").messages[0].starts(with: Array("<132>1 2026-11-30T04:02:14.123Z - ".utf8)))
        #expect(
            messages(["a"], hostname: "a b\nc").messages[0].starts(
                with: Array("<132>1 2026-11-30T04:02:14.123Z abc ".utf8)))
    }

    @Test func aLineStaysALineAndIsBounded() {
        let hostile = messages(["a\r\n<0>1 forged\u{0}\u{7F}", String(repeating: "語", count: 10_000)]).messages
        #expect(hostile.count == 2 && hostile[0].allSatisfy { $0 >= 0x20 && $0 != 0x7F })
        #expect((SyslogMessages.limit - 2...SyslogMessages.limit).contains(hostile[1].count))
        #expect(!String(decoding: hostile[1], as: UTF8.self).contains("\u{FFFD}"))
    }
}
