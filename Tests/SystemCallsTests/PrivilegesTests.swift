import CSupport
import Glibc
import Testing

@testable import SystemCalls

/// What only a process of its own can show is in Tests/Integration/test_privileges.py.
struct PrivilegesTests {
    private static func permitted() -> Int64 { darkscope_permitted_capabilities() }

    @Test(.enabled(if: darkscope_permitted_capabilities() > 0, "needs capabilities"))
    func whatAThreadRenouncesOthersKeep() {
        let before = Self.permitted()
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { _ in
                Privileges.renounce()
                return UnsafeMutableRawPointer(bitPattern: UInt(PrivilegesTests.permitted() + 1))
            }, nil)
        var result: UnsafeMutableRawPointer?
        pthread_join(thread, &result)
        #expect(UInt(bitPattern: result) == 1)
        #expect(Self.permitted() == before)
    }

    @Test func anAccountIsFoundByNameAndByNumber() throws {
        let root = try #require(Account(named: "root"))
        #expect(root == Account(name: "root", userID: 0, groupID: 0))
        #expect(Account(userID: 0) == root)
    }

    @Test func anAccountThatIsNoneIsNil() {
        #expect(Account(named: "no such user") == nil)
        #expect(Account(userID: 4_000_000_123) == nil)
    }

    @Test func theEffectiveAccountIsTheProcesss() {
        #expect(Account.effective.userID == geteuid())
    }
}
