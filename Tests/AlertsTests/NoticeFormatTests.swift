import FlowModel
import Testing

@testable import Alerts

/// Whole documents of a small notice. What programs that are not ours say of them is in Tests/Integration/test_formats.py.
struct NoticeFormatTests {
    private static let reporter = Reporter(name: "Example CERT", contact: "cert@example.org", domain: "example.org")
    private static let notice = Notice(
        key: "0c0ffee0-0000-4000-8000-000000000001", reason: .first, madeAt: 1_793_500_000_000,
        recipient: Recipient(
            code: "city", name: "=City", country: "JP", language: "en", tlp: "amber+strict", zone: "Asia/Tokyo"),
        items: [
            NoticeItem(
                alert: 7, news: .opened, address: Address("192.0.2.7")!, kind: .external, finding: .infection,
                severity: .high, confidence: .high, reasons: ["2 sites"], state: .open, episode: 1,
                firstSeen: 1_793_499_000_000, lastSeen: 1_793_499_900_500, packets: 12, newPackets: 12, sites: 2,
                darkAddresses: 5, tool: "mirai", isLate: false, prefix: Prefix("192.0.2.0/24")!, asn: 64_500,
                asName: "EXAMPLE", country: "JP",
                evidence: [
                    NoticeEvidence(
                        trafficClass: .tcpSyn, ipProtocol: 6, servicePort: 23, packets: 12,
                        firstSeen: 1_793_499_000_000, lastSeen: 1_793_499_900_500, sourcePort: 4_711, ttl: 51,
                        ipLength: 40, tcpFlags: 2, reporter: nil)
                ])
        ])

    private func document(_ format: NoticeFormat) -> (name: String, text: String) {
        let document = NoticeFormatTests.notice.documents(as: format, from: NoticeFormatTests.reporter)[0]
        return (document.name, String(decoding: document.bytes, as: UTF8.self))
    }

    @Test func shadowserver() {
        let (name, text) = document(.shadowserver)
        #expect(name == "2026-11-01-event4_honeypot_darknet-0c0ffee0-city-asn.csv")
        let row = text.split(separator: "\n")[1]
        let cells = [
            "2026-11-01 02:10:00", "tcp", "192.0.2.7", "4711", "64500", "JP", "", "", "", "", "", "", "", "", "high",
            "", "23",
            "", "", "", "", "", "", "", "Example CERT", "mirai", "", "darknet;scan;external;mirai", "telnet", "",
            "26be1d6d-7c9f-57da-b4ee-1372d2c6ad34", "12",
        ]
        #expect(row == cells.map { "\"\($0)\"" }.joined(separator: ","))
    }

    @Test func intelmq() {
        #expect(
            document(.intelmq).text
                == #"{"feed.name":"Example CERT","feed.provider":"example.org","feed.accuracy":85,"#
                + #""time.source":"2026-11-01T02:10:00+00:00","time.observation":"2026-11-01T02:26:40+00:00","#
                + #""classification.taxonomy":"malicious-code","classification.type":"infected-system","#
                + #""classification.identifier":"darknet","source.ip":"192.0.2.7","source.port":4711,"#
                + #""source.network":"192.0.2.0/24","source.asn":64500,"source.as_name":"EXAMPLE","#
                + #""source.geolocation.cc":"JP","destination.port":23,"protocol.transport":"tcp","#
                + #""protocol.application":"telnet","malware.name":"mirai","status":"online","#
                + #""event_description.text":"192.0.2.7 sent 12 packets to dark address space that scan for services: it is probably infected or abused.","#
                + #""tlp":"AMBER","extra.tlp":"amber+strict","extra.notice":"0c0ffee0-0000-4000-8000-000000000001","#
                + #""extra.alert":7,"extra.episode":1,"extra.organisation":"city","extra.news":"opened","#
                + #""extra.kind":"external","extra.finding":"infection","extra.severity":"high","#
                + #""extra.confidence":"high","extra.reasons":["2 sites"],"extra.tool":"mirai","extra.sites":2,"#
                + #""extra.dark_addresses":5,"extra.packets":12,"extra.traffic_class":"tcp-syn","extra.count":12,"#
                + #""extra.last_seen":"2026-11-01T02:25:00+00:00","extra.ttl":51,"extra.ip_length":40,"extra.tcp_flags":2}"#
                + "\n")
    }

    @Test func cef() {
        let lines = NoticeFormatTests.notice.cef(from: NoticeFormatTests.reporter, version: "1.0")
        #expect(
            lines == [
                "CEF:0|Darkscope|darkscope-collector|1.0|darknet-infection|Address scans dark space|8|rt=1793500000000 "
                    + "src=192.0.2.7 spt=4711 dpt=23 proto=TCP app=telnet start=1793499000000 end=1793499900500 cnt=12 "
                    + "externalId=7 cat=external outcome=opened cn1=64500 cn1Label=src_asn cs1=JP cs1Label=src_geo "
                    + "cs3=darknet;scan;external;mirai cs3Label=tag cs4=mirai cs4Label=infection cs6=TLP:AMBER+STRICT "
                    + "cs6Label=tlp cn3=85 cn3Label=confidence flexString1=0c0ffee0-0000-4000-8000-000000000001 "
                    + "flexString1Label=notice dvchost=example.org msg=192.0.2.7 sent 12 packets to dark address space "
                    + "that scan for services: it is probably infected or abused. flexString2=\\=City "
                    + "flexString2Label=organisation reason=2 sites"
            ])
    }

    @Test func aMailSaysOfEachHostWhatIsTrueOfIt() {
        func mail(_ language: String, _ items: (AlertKind, Finding, News)...) -> String {
            var notice = NoticeFormatTests.notice
            notice.recipient.language = language
            notice.items = items.map { kind, finding, news in
                var item = notice.items[0]
                (item.kind, item.finding, item.news) = (kind, finding, news)
                return item
            }
            return notice.mail(from: NoticeFormatTests.reporter, templates: .builtIn).body
        }
        for (language, tried, own, others) in [
            ("en", "tried your other hosts", "few dark addresses of your own organisation", "of other organisations"),
            ("ja", "他の機器にも感染を試みた", "貴組織自身の少数の", "他組織の少数の"),
            ("id", "menyerang perangkat lain", "milik organisasi Anda sendiri pada satu port", "organisasi lain pada"),
        ] {
            // A wrong setting inside is no attack on other hosts, whatever else there is.
            let mixed = mail(language, (.internal, .misconfiguration, .opened), (.external, .infection, .opened))
            #expect(!mixed.contains(tried) && mixed.contains(own))
            #expect(mail(language, (.internal, .infection, .opened)).contains(tried))
            #expect(mail(language, (.external, .misconfiguration, .opened)).contains(others))
            // Who closes an alert may be a person, so nothing is said of the time since.
            #expect(mail(language, (.external, .infection, .closed)).contains("2026-11-01 02:25:00 UTC"))
        }
        #expect(mail("en", (.external, .infection, .closed)).contains("RESOLVED: closed after its last packet at 2026"))
    }

    @Test(arguments: ["ja", "id"]) func aMailHasItsReasonsInItsLanguage(_ language: String) {
        let reasons: [Reason] = [
            .lowTrustOnly, .oneSite, .sites(4), .trustedSites(3), .highTrust, .tool("Mirai"), .oneHost, .scattered,
            .configured,
        ]
        var notice = NoticeFormatTests.notice
        notice.recipient.language = language
        func mail(_ reasons: [String]) -> String {
            notice.items[0].reasons = reasons
            return notice.mail(from: NoticeFormatTests.reporter, templates: .builtIn).body
        }
        var texts: Set<String> = []
        for reason in reasons {
            let text = mail([reason.text])
            #expect(!text.contains(reason.text) && Reason(reason.text) == reason)
            texts.insert(text)
        }
        #expect(texts.count == reasons.count)
        #expect(mail(["of another version"]).contains("of another version)"))
        #expect(mail([]).split(separator: "\n").count == mail(reasons.map(\.text)).split(separator: "\n").count)
    }

    @Test func anErrorAboutAHostIsNoServiceOfIts() {
        var notice = NoticeFormatTests.notice
        (notice.items[0].kind, notice.items[0].finding) = (.backscatter, .attack)
        func mail(_ trafficClass: TrafficClass) -> String {
            notice.items[0].evidence[0].trafficClass = trafficClass
            return notice.mail(from: NoticeFormatTests.reporter, templates: .builtIn).body
        }
        #expect(mail(.tcpSynAck).contains("Attacked service: tcp/23") && !mail(.tcpSynAck).contains("Errors about it"))
        #expect(mail(.icmpError).contains("Errors about it: ") && !mail(.icmpError).contains("Attacked service"))
    }

    @Test func everyDocumentIsTheSameAtEveryCall() {
        for format in NoticeFormat.allCases {
            let first = NoticeFormatTests.notice.documents(as: format, from: NoticeFormatTests.reporter)
            #expect(first.count == 1)
            #expect(first == NoticeFormatTests.notice.documents(as: format, from: NoticeFormatTests.reporter))
        }
    }

    /// Labels of TLP 2.0 that nobody knows are taken as the strictest.
    @Test(arguments: [
        ("clear", "TLP:CLEAR"), ("amber+strict", "TLP:AMBER+STRICT"), ("white", "TLP:RED"), ("", "TLP:RED"),
    ])
    func labels(_ name: String, _ label: String) { #expect(TLP(name).label == label) }
}
