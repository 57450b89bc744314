import Testing

@testable import Alerts

struct NameUUIDTests {
    /// RFC 9562, appendix A.4: www.example.com below the namespace of DNS names.
    @Test func aNameMakesTheUUIDOfTheStandard() {
        let names = NameUUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
        #expect(names.uuid("www.example.com") == "2ed6657d-e927-568b-95e1-2665a8aea6a2")
        #expect(names.randomLooking("www.example.com") == "2ed6657d-e927-468b-95e1-2665a8aea6a2")
    }

    /// STIX 2.1 §2.9: what OASIS's library makes of 198.51.100.3.
    @Test func anAddressHasTheIdThatSTIXGivesIt() {
        let named = JSONValue.members(["value": .string("198.51.100.3")])
        #expect(STIXBundle.observables.uuid(named.line) == "28bb3599-77cd-5a82-a950-b5bc3caf07c4")
    }

    @Test func whatIsNoUUIDIsANamespaceOfItsOwn() {
        #expect(NameUUID("x").uuid("a") != NameUUID("y").uuid("a"))
        #expect(NameUUID("").uuid("a") != NameUUID("é").uuid("a"))
        #expect(
            NameUUID("6BA7B810-9DAD-11D1-80B4-00C04FD430C8").uuid("a")
                == NameUUID("6ba7b8109dad11d180b400c04fd430c8").uuid("a"))
    }
}
