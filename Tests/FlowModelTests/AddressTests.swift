import FlowModel
import Testing

struct AddressTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
        ("2001:db8::1", "2001:db8::1"), ("::", "::"), ("2001:0DB8:0:0:0:0:0:1", "2001:db8::1"),
    ])
    func textIsReadAndWrittenInItsShortestForm(_ text: String, _ canonical: String) throws {
        #expect(try #require(Address(text)).description == canonical)
    }

    @Test(arguments: ["", "1.2.3", "1.2.3.256", "1.2.3.4.5", "g::", "1::2::3", "1.2.3.4 "])
    func whatIsNoAddressIsRefused(_ text: String) { #expect(Address(text) == nil) }

    @Test(arguments: ["192.0.2.0/24", "0.0.0.0/0", "2001:db8::/32", "::/0", "192.0.2.7/32"])
    func aPrefixIsWrittenAsItWasRead(_ text: String) throws {
        #expect(try #require(Prefix(text)).description == text)
    }

    @Test(arguments: ["192.0.2.1/24", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1", "2001:db8::1/64", "x/8"])
    func aPrefixWithHostBitsOrAnOddLengthIsRefused(_ text: String) { #expect(Prefix(text) == nil) }

    @Test func aPrefixHoldsItsAddressesAndNoOthers() throws {
        let prefix = try #require(Prefix("198.18.16.0/20"))
        #expect(prefix.contains(try #require(Address("198.18.31.255"))))
        #expect(!prefix.contains(try #require(Address("198.18.32.0"))))
        #expect(prefix.last == Address("198.18.31.255"))
        #expect(prefix.hostMask == 4_095)
    }
}
