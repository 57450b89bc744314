import Testing

@testable import Alerts

struct ContactTargetTests {
    @Test(arguments: [
        (ContactChannel.mail, "soc@city.example"), (.mail, "a.b+c_d=e-f@mail.city-a.example"),
        (.mail, "root@localhost"),
        (.webhook, "https://soc.city.example"), (.webhook, "http://192.0.2.1:8080/hook?a=b&c=%20"),
        (.webhook, "https://[2001:db8::1]:443/x"), (.webhook, "https://host?x"), (.syslog, "udp://192.0.2.1:514"),
        (.syslog, "tls://siem.city.example:6514"), (.syslog, "tcp://[2001:db8::1]:601"), (.file, "city-a"),
        (.file, "City_A.1"),
    ])
    func aTargetIsTakenAsItIs(_ channel: ContactChannel, _ text: String) throws {
        #expect(try ContactTarget(channel, text).text == text)
    }

    @Test(arguments: [
        "", "soc", "@city.example", "soc@", "a@b@city.example", "soc@city", "a b@city.example", "a@city.example ",
        "<a@city.example>", "\"a\"@city.example", "a'b@city.example", "a,b@city.example", "a;b@city.example",
        "a\r\nBcc: x@city.example", "a\0@city.example", "ä@city.example", "a@cíty.example", "-f@city.example",
        ".a@city.example", "a.@city.example", "a..b@city.example", "a%b@city.example", "a!b@city.example",
        "a@[192.0.2.1]", "a@192.0.2.1", "a@-city.example", "a@city-.example", "a@city..example", "a@city.example.",
        String(repeating: "a", count: 65) + "@city.example", "a@" + String(repeating: "b", count: 64) + ".example",
        "a@" + String(repeating: "b.", count: 300) + "example", "|sh@city.example", "a@city.example\t",
    ])
    func whatIsNoPlainMailAddressIsRefused(_ text: String) {
        #expect(throws: ContactTarget.Problem.self) { try ContactTarget(.mail, text) }
    }

    @Test(arguments: [
        "", "soc.city.example", "ftp://soc.city.example", "HTTPS://soc.city.example", "https:/soc.city.example",
        "https://", "https:///x", "https://:443/", "https://user@soc.city.example", "https://u:p@soc.city.example/",
        "https://soc.city.example/#x", "https://soc.city.example:0/", "https://soc.city.example:65536/",
        "https://soc.city.example:/", "https://soc.city.example:+1/", "https://soc.city.example:1:2/",
        "https://soc.city.example\\@x/", "https://soc .example/", "https://soc.city.example/\r\nX: y",
        "https://soc_city.example/", "https://%31/", "https://0x7f.1/", "https://127.1/", "https://2130706433/",
        "https://1.2.3.4.5/", "https://[::1/", "https://[127.0.0.1]/", "https://[fe80::1%25eth0]/", "https://[::1]x/",
        "https://sóc.example/", "file:///etc/passwd", "javascript:alert(1)",
        "https://a/" + String(repeating: "x", count: 500),
        "https://soc.city.example/<x>", "https://soc.city.example/\"x", "https://soc.city.example/{x}",
        "https://a/0x7f|x",
    ])
    func whatIsNoPlainURLIsRefused(_ text: String) {
        #expect(throws: ContactTarget.Problem.self) { try ContactTarget(.webhook, text) }
    }

    @Test(arguments: [
        "", "192.0.2.1:514", "udp://192.0.2.1", "udp://:514", "http://192.0.2.1:514", "udp://192.0.2.1:514/",
        "udp://a b:514",
        "tls://u@siem.city.example:6514", "udp://2001:db8::1:514", "tcp://siem.city.example:six",
    ])
    func whatIsNoSyslogReceiverIsRefused(_ text: String) {
        #expect(throws: ContactTarget.Problem.self) { try ContactTarget(.syslog, text) }
    }

    @Test(arguments: [
        "", ".", "..", ".hidden", "a/b", "../a", "/a", "a b", "a\\b", "-a", "a\n", "ä", "a:b",
        String(repeating: "a", count: 65),
    ])
    func whatIsNoFolderNameIsRefused(_ text: String) {
        #expect(throws: ContactTarget.Problem.self) { try ContactTarget(.file, text) }
    }

    @Test func whatGoesInClearIsKnown() throws {
        #expect(try ContactTarget(.webhook, "http://a.example").isUnencrypted)
        #expect(try ContactTarget(.syslog, "udp://a.example:514").isUnencrypted)
        #expect(try !ContactTarget(.webhook, "https://a.example").isUnencrypted)
        #expect(try !ContactTarget(.syslog, "tls://a.example:6514").isUnencrypted)
        #expect(try !ContactTarget(.file, "http").isUnencrypted)
    }

    @Test func noTextOfRandomBytesTraps() {
        let parts = [
            "https://", "udp://", "a", "@", ".", ":", "[", "]", "/", "::1", "1", "%", "\0", "é", "-", "#", "?", "x.y",
        ]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0...8)).map { _ in parts[Int.random(in: 0..<parts.count)] }.joined()
            for channel in ContactChannel.allCases {
                if let target = try? ContactTarget(channel, text) {
                    #expect(target.text == text && text.utf8.allSatisfy { (0x21...0x7E).contains($0) })
                }
            }
        }
    }
}
