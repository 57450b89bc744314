import Testing

@testable import darkscope

/// What a watched screen shows, without a terminal.
struct WatchScreenTests {
    private static let unicode = TerminalStyle(
        environment: ["TERM": "xterm", "LANG": "C.UTF-8"], isTerminal: true, columns: 80)
    private static let plain = TerminalStyle(environment: ["TERM": "xterm"], isTerminal: true, columns: 80)

    private static let content = WatchScreen.Content(
        sites: [
            .init(code: "th-1", state: "ok", lagSeconds: 61, activity: [1, nil, 0, 8]),
            .init(code: "vn-1", state: "silent", lagSeconds: nil, activity: []),
            .init(code: "id-1", state: "late", lagSeconds: 900, activity: [nil]),
        ],
        packets: [100, nil, 0, 400], share: 0.984,
        ports: [
            .init(
                trafficClass: "tcp-syn", number: "23", name: "telnet", packets: "1234567", sources: "4321",
                precision: "estimate")
        ],
        portsOf: "last hour, all sources",
        events: [.init(kind: "attack", time: "14:05", text: "192.0.2.1 600 packets \u{1B}[2J\u{202E}x")],
        complaint: nil)

    private func screen(
        _ content: WatchScreen.Content = content, _ status: WatchScreen.Status = .fresh(ageSeconds: 2),
        help: Bool = false
    ) -> WatchScreen {
        WatchScreen(content: content, status: status, time: "14:05:09 UTC", showsHelp: help)
    }

    @Test func allLinesFitWhateverTheSizeAndTheStyle() {
        let many = WatchScreen.Content(
            sites: (0..<200).map {
                .init(code: "site-\($0)", state: "ok", lagSeconds: 1 << 40, activity: [.max, nil, 0])
            },
            packets: (0..<200).map { $0 % 7 == 0 ? nil : Int64($0) << 50 }, share: 1,
            ports: (0..<60).map { place in
                .init(
                    trafficClass: "udp-response", number: "\(place)", name: String(repeating: "n", count: 90),
                    packets: "99999999999999999999", sources: "9999999999", precision: "at-least")
            }, portsOf: String(repeating: "x", count: 300), events: [], complaint: String(repeating: "c", count: 500))
        for content in [WatchScreen.Content(), Self.content, many] {
            for status in [
                WatchScreen.Status.connecting, .fresh(ageSeconds: -1),
                .lost(ageSeconds: nil, attempts: 9, reason: "gone\nfor good"),
            ] {
                for (width, height) in [(60, 16), (80, 24), (81, 25), (200, 60), (300, 70)] {
                    for style in [Self.unicode, Self.plain] {
                        for help in [false, true] {
                            let lines = screen(content, status, help: help).lines(width: width, height: height, style)
                            #expect(lines.count == height && lines.allSatisfy { $0.count == width })
                            let isPlain = lines.joined().utf8.allSatisfy { (0x20...0x7E).contains($0) }
                            #expect(isPlain || style.isUnicode || help)
                            let acts = lines.joined().unicodeScalars.contains { $0.actsOnTerminals }
                            #expect(!acts)
                        }
                    }
                }
            }
        }
        for (width, height) in [(59, 16), (60, 15), (1, 1), (0, 0)] {
            let lines = screen().lines(width: width, height: height, Self.unicode)
            #expect(lines.count == max(height, 1) && lines.allSatisfy { $0.count <= width })
        }
    }

    @Test func whoNeedsSomebodyIsFirstAndEveryStateHasAShapeAndAWord() {
        let lines = screen().lines(width: 80, height: 24, Self.unicode)
        #expect(lines[0].hasPrefix(" Darkscope · 14:05:09 UTC · 1 of 3 sites ok · as of 2 s ago"))
        #expect(lines[2].hasPrefix(" vn-1 ✕ silent       -"))
        #expect(lines[3].hasPrefix(" id-1 ▲ late    15m00s ×"))
        #expect(lines[4].hasPrefix(" th-1 ● ok       1m01s ▂×▁█"))
        let plain = screen().lines(width: 80, height: 24, Self.plain)
        #expect(plain[4].hasPrefix(" th-1 + ok       1m01s .?_#"))
    }

    @Test func whatIsShownOfTheNumbers() {
        let lines = screen().lines(width: 80, height: 24, Self.unicode)
        #expect(lines[1].contains("PACKETS A MINUTE  most 80, last 80"))
        #expect(lines.contains { $0.contains("last hour: observed 98.4 %") })
        #expect(lines.contains { $0.contains("tcp-syn         23 1,234,567   ~4,321") })
        #expect(lines.contains { $0.contains(#"14:05 attack 192.0.2.1 600 packets \u{1"#) })
        #expect(lines[23].contains("q quit"))
    }

    @Test func nothingAndNotKnownDiffer() {
        #expect(WatchScreen.chart([0, nil, 1, 16], height: 2, Self.unicode) == ["   █", "▁×▁█"])
        #expect(WatchScreen.chart([0, nil, 8, 16], height: 2, Self.plain) == ["   #", "_?##"])
        #expect(WatchScreen.chart([nil, 0], height: 0, Self.plain) == [])
        let empty = screen(WatchScreen.Content()).lines(width: 80, height: 24, Self.plain)
        #expect(empty.contains { $0.contains("No site that is active.") })
        let connecting = screen(WatchScreen.Content(), .connecting).lines(width: 80, height: 24, Self.plain)
        #expect(!connecting.contains { $0.contains("No site") || $0.contains("Nothing") })
    }

    @Test func aLostDatabaseIsSaidWithWhatIsOld() {
        let lost = screen(Self.content, .lost(ageSeconds: 75, attempts: 3, reason: "the server is gone"))
        let lines = lost.lines(width: 80, height: 24, Self.plain)
        #expect(lines[0].contains("reconnecting (3), as of 1m15s ago") && lines[23].contains("the server is gone"))
        #expect(lines.contains { $0.contains("tcp-syn") })
    }

    @Test func keysOfSeveralBytesMeanNothing() {
        var keys = WatchKeys()
        func wishes(_ text: String) -> [WatchKeys.Wish] { text.utf8.compactMap { keys.take($0) } }
        #expect(wishes("\u{1B}[A\u{1B}[1;5q\u{1B}Oq\u{1B}[15~xyz") == [])
        #expect(wishes("rq") == [.turnScanners, .quit] && wishes("\u{3}\u{4}Q") == [.quit, .quit, .quit])
        #expect(wishes("?") == [] && keys.showsHelp)
        #expect(wishes("\u{1B}") == [] && !keys.showsHelp)
        // An escape alone, and then a key.
        #expect(wishes("q") == [.quit])
    }

    @Test func theClockIsOfUTC() {
        #expect(WatchCommand.clock(1_767_225_600_000_000_000 + 3_661_999_999_999) == "01:01:01 UTC")
        #expect(WatchCommand.clock(-1_000_000_000) == "23:59:59 UTC")
    }
}
