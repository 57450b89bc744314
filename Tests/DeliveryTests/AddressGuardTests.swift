import FlowModel
import Testing

@testable import Delivery

struct AddressGuardTests {
    @Test(arguments: [
        "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1",
        "127.255.255.255", "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.1", "192.168.0.1", "198.18.0.1",
        "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::2", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:0:0",
        "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "64:ff9b:1::8.8.8.8",
        "100::1",
        "fc00::1", "fd00:ec2::254", "fdff:ffff::1", "fe80::1", "febf::1", "fec0::1", "ff02::1", "2001:db8::1",
        "3fff::1",
        "2002:7f00:1::1", "2002:a9fe:a9fe::", "2002:c0a8:1::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "1fff::1", "4000::1", "5f00::1",
    ])
    func whatIsNotOfTheInternetIsRefused(text: String) throws {
        let address = try #require(Address(text))
        #expect(AddressGuard().refusal(of: address)?.contains("\(address)") == true)
    }

    @Test(arguments: [
        "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
        "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "223.255.255.255",
        "2606:4700::1111", "2a00::1", "2001:4860:4860::8888", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2002:101:101::1",
    ])
    func whatIsOfTheInternetIsNot(text: String) throws {
        #expect(AddressGuard().refusal(of: try #require(Address(text))) == nil)
    }

    @Test func anAllowedBlockIsOpenInEveryFormAndNothingElseIs() throws {
        let open = AddressGuard(allowed: [try #require(Prefix("10.1.0.0/16")), try #require(Prefix("fd00:1::/32"))])
        for text in ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "fd00:1::1"] {
            #expect(open.refusal(of: try #require(Address(text))) == nil, "\(text)")
        }
        for text in ["10.2.0.0", "::ffff:10.2.0.0", "127.0.0.1", "fd00:2::1", "::10.1.2.3"] {
            #expect(open.refusal(of: try #require(Address(text))) != nil, "\(text)")
        }
    }
}
