import Testing

@testable import Store

@Suite struct NameTests {
    @Test func portsHaveTheNameOfTheirClass() throws {
        let scene = try Scene()
        let names = try scene.rows(
            """
            SELECT class, port, api.port_name(class, port) FROM (VALUES ('tcp-syn', 23), ('tcp-synack', 80), ('tcp-syn', 37215),
                ('tcp-syn', 52869), ('tcp-syn', 5555), ('tcp-syn', 8728), ('udp-probe', 53), ('udp-response', 123),
                ('tcp-syn', 123), ('icmp-request', 2048), ('icmp-error', 771), ('icmp-request', 32768), ('other', 23),
                ('tcp-syn', 65535), ('tcp-syn', -1)) v (class, port)
            """)
        #expect(
            names == [
                "(tcp-syn,23,telnet)", "(tcp-synack,80,http)", "(tcp-syn,37215,huawei-hg532)",
                "(tcp-syn,52869,realtek-upnp)",
                "(tcp-syn,5555,adb)", "(tcp-syn,8728,mikrotik-api)", "(udp-probe,53,domain)", "(udp-response,123,ntp)",
                "(tcp-syn,123,)", "(icmp-request,2048,\"echo request\")", "(icmp-error,771,\"port unreachable\")",
                "(icmp-request,32768,\"echo request\")", "(other,23,)", "(tcp-syn,65535,)", "(tcp-syn,-1,)",
            ])
    }

    /// The first and last address of blocks, and their neighbours.
    @Test func bogonsAreThoseOfTheRegistries() throws {
        let scene = try Scene()
        let expected: [(String, String?)] = [
            ("0.255.255.255", "this network"), ("1.0.0.0", nil), ("9.255.255.255", nil), ("10.0.0.0", "private"),
            ("11.0.0.0", nil),
            ("100.63.255.255", nil), ("100.64.0.0", "shared address space"), ("100.128.0.0", nil),
            ("172.15.255.255", nil),
            ("172.16.0.0/12", "private"), ("172.32.0.0", nil), ("192.0.1.0", nil), ("198.17.255.255", nil),
            ("198.18.0.0", "benchmarking"), ("198.20.0.0", nil), ("223.255.255.255", nil), ("224.0.0.0", "multicast"),
            ("240.0.0.0", "reserved"), ("255.255.255.255", "broadcast"), ("::", "unspecified"),
            ("::2", "not allocated"),
            ("64:ff9b::1", nil), ("2001:db8::1", "documentation"), ("2400::1", nil), ("fd00::1", "private"),
            ("fe80::1", "link local"), ("ff02::1", "multicast"), ("4000::", "not allocated"),
        ]
        for (address, name) in expected {
            #expect(try scene.value("SELECT api.bogon('\(address)')") == name, "\(address)")
        }
    }

    @Test func aSourceInDarkSpaceIsForgedWhileItIsDark() throws {
        let scene = try Scene()
        try scene.connection.query(
            """
            INSERT INTO meta.dark_prefix (site, prefix, validity)
            VALUES (1, '198.51.96.0/20', tstzrange(NULL, '2026-01-01Z')), (1, '198.18.0.0/16', tstzrange(NULL, NULL))
            """)
        func hints(_ source: String, _ at: String) throws -> String? {
            try scene.value("SELECT enrichment.spoof_hints('\(source)', '\(at)')")
        }
        #expect(try hints("198.51.97.1", "2025-12-31Z") == "{\"dark: address space of alpha\"}")
        #expect(try hints("198.51.97.1", "2026-01-01Z") == "{}")
        #expect(
            try hints("198.18.1.1", "2026-01-01Z") == "{\"bogon: benchmarking\",\"dark: address space of alpha\"}")
        #expect(try hints("8.8.8.8", "2026-01-01Z") == "{}")
    }
}
