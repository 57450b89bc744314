import Glibc
import Logging
import Testing

@testable import Telemetry

struct LogTextTests {
    @Test(
        arguments: [
            ("eth1", "eth1"), ("", "\"\""), ("link down", "\"link down\""), ("a=b", "\"a=b\""), ("a\"b", #""a\"b""#),
            ("a\\b", #""a\\b""#), ("a\nlevel=error", #""a\nlevel=error""#), ("\r\t", #""\r\t""#), ("é中", "é中"),
            ("\u{1B}[2J", #""\u001b[2J""#), ("\u{9B}31m", #""\u009b31m""#), ("\u{0}\u{7F}", #""\u0000\u007f""#),
            ("\u{202E}x", #""\u202ex""#), ("\u{2028}", #""\u2028""#), ("\u{E0001}", #""\U000e0001""#),
            ("\r\n", #""\r\n""#),
        ] as [(String, String)])
    func aValueIsOneSafeWordOrQuoted(text: String, shown: String) {
        #expect(LogText.value(text) == shown)
    }

    @Test func everyByteFromOutsideIsShownAsVisibleText() {
        for byte: UInt8 in 0...255 {
            let shown = LogText.value(String(decoding: [0x61, byte, 0x62], as: UTF8.self))
            #expect(shown.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
        }
        #expect(LogText.value(String(decoding: [0xFF], as: UTF8.self)) == "\u{FFFD}")
    }

    @Test func longTextIsCut() {
        let shown = LogText.value(String(repeating: "x", count: 100_000))
        #expect(shown == "\"" + String(repeating: "x", count: LogText.limit) + "…\"")
    }

    @Test(
        arguments: [("seq", "seq"), ("a b=c\n", "a_b_c_"), ("é½", "__"), ("", "_"), ("a.b-c_9", "a.b-c_9")]
            as [(String, String)])
    func aKeyHasNothingThatEndsIt(text: String, shown: String) {
        #expect(LogText.key(text) == shown)
    }
}

struct LogFormatTests {
    private func line(_ format: LogFormat, component: String = "uplink") -> String {
        format.line(
            time: 1_764_087_721_123_999_999, level: .warning, component: component, message: "link \u{1B}[1m\"down\"",
            fields: [("interface", "eth1"), ("peer", "a\nb")])
    }

    @Test func logfmtHasTimeLevelMessageAndFields() {
        #expect(
            line(.logfmt)
                == #"ts=2025-11-25T16:22:01.123Z level=warning msg="link \u001b[1m\"down\"" component=uplink interface=eth1 peer="a\nb""#
                + "\n")
    }

    @Test func theJournalGetsAPriorityAndNoTime() {
        #expect(
            line(.journal, component: "")
                == #"<4>level=warning msg="link \u001b[1m\"down\"" interface=eth1 peer="a\nb""# + "\n")
        let priorities = Logger.Level.allCases.map {
            LogFormat.journal.line(time: 0, level: $0, component: "", message: "m", fields: []).prefix(3)
        }
        #expect(priorities == ["<7>", "<7>", "<6>", "<5>", "<4>", "<3>", "<2>"])
    }

    @Test func aTerminalGetsShortTextThatDoesNotSteerIt() {
        #expect(
            line(.terminal)
                == #"16:22:01.123Z warning uplink: link \u001b[1m"down" interface=eth1 peer="a\nb""# + "\n")
        #expect(line(.terminal, component: "").hasPrefix("16:22:01.123Z warning link"))
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"),
            (1_000_999_999, "1970-01-01T00:00:01.000Z"), (.max, "2262-04-11T23:47:16.854Z"),
            (.min, "1677-09-21T00:12:43.145Z"),
        ] as [(Int64, String)])
    func timesAreUTCWithMilliseconds(nanoseconds: Int64, text: String) {
        #expect(LogFormat.timestamp(nanoseconds) == text)
    }

    @Test func theJournalIsKnownByItsFile() throws {
        var pair: [Int32] = [0, 0]
        try #require(pipe(&pair) == 0)
        defer { for descriptor in pair { close(descriptor) } }
        var status = stat()
        try #require(fstat(pair[1], &status) == 0)
        let own = "\(status.st_dev):\(status.st_ino)"
        #expect(LogFormat.suiting(descriptor: pair[1], journalStream: own) == .journal)
        #expect(LogFormat.suiting(descriptor: pair[1], journalStream: "\(status.st_dev):1") == .logfmt)
        #expect(LogFormat.suiting(descriptor: pair[1], journalStream: nil) == .logfmt)
        #expect(LogFormat.suiting(descriptor: -1, journalStream: own) == .logfmt)
    }

    @Test func aTerminalIsKnown() throws {
        let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(terminal >= 0)
        defer { close(terminal) }
        #expect(LogFormat.suiting(descriptor: terminal, journalStream: "1:2") == .terminal)
    }
}
