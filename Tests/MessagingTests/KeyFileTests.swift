import CLibzmq
import Glibc
import Testing

@testable import Messaging

@Suite struct KeyFileTests {
    @Test func createdFilesAreReadBackAndTheSecretIsPrivate() throws {
        let folder = try TemporaryFolder()
        let pair = try KeyFile.create(secretPath: folder / "key.secret", publicPath: folder / "key.public")
        #expect(try KeyFile.readPair(secretPath: folder / "key.secret") == pair)
        #expect(try KeyFile.readPublicKey(path: folder / "key.public") == pair.publicKey)
        var status = stat()
        #expect(stat(folder / "key.secret", &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o600)
    }

    @Test func anExistingKeyIsNeverOverwritten() throws {
        let folder = try TemporaryFolder()
        let pair = try KeyFile.create(secretPath: folder / "a", publicPath: folder / "b")
        #expect(throws: MessagingError(.keyFile, "")) {
            _ = try KeyFile.create(secretPath: folder / "a", publicPath: folder / "c")
        }
        #expect(throws: MessagingError(.keyFile, "")) {
            _ = try KeyFile.create(secretPath: folder / "d", publicPath: folder / "b")
        }
        #expect(try KeyFile.readPair(secretPath: folder / "a") == pair)
        #expect(access(folder / "d", F_OK) != 0)
    }

    @Test(arguments: [mode_t(0o640), 0o604, 0o660, 0o644])
    func aSecretThatOthersCanReadIsRefusedWithTheRemedy(mode: mode_t) throws {
        let folder = try TemporaryFolder()
        _ = try KeyFile.create(secretPath: folder / "a", publicPath: folder / "b")
        chmod(folder / "a", mode)
        do {
            _ = try KeyFile.readPair(secretPath: folder / "a")
            Issue.record("was accepted")
        } catch {
            #expect(error.description.contains("chmod 600"))
        }
    }

    @Test func aMissingOrDamagedFileIsAnErrorThatNamesIt() throws {
        let folder = try TemporaryFolder()
        let contents = ["", "00", String(repeating: "zz", count: 32), String(repeating: "0", count: 10_000)]
        for (index, content) in contents.enumerated() {
            let path = folder / "\(index)"
            let file = try #require(fopen(path, "w"))
            fputs(content, file)
            fclose(file)
            chmod(path, 0o600)
            #expect(throws: MessagingError(.keyFile, "")) { _ = try KeyFile.readPair(secretPath: path) }
            #expect(throws: MessagingError(.keyFile, "")) { _ = try KeyFile.readPublicKey(path: path) }
        }
        do {
            _ = try KeyFile.readPair(secretPath: folder / "missing")
            Issue.record("was accepted")
        } catch {
            #expect(error.description.contains(folder / "missing"))
        }
        #expect(throws: MessagingError(.keyFile, "")) { _ = try KeyFile.readPublicKey(path: folder / ".") }
    }

    @Test func anAccessListThatAdmitsOnlyOurselvesIsPrivate() {
        func entry(_ tag: UInt8, _ permissions: UInt8, _ id: UInt8) -> [UInt8] {
            [tag, 0, permissions, 0, id, 0, 0, 0]
        }
        let header: [UInt8] = [2, 0, 0, 0]
        let owner = entry(0x01, 6, 0xFF)
        let (user, other) = (entry(0x02, 4, 70), entry(0x02, 4, 71))
        let (noGroup, group) = (entry(0x04, 0, 0xFF), entry(0x04, 4, 0xFF))
        let (mask, noOther) = (entry(0x10, 4, 0xFF), entry(0x20, 0, 0xFF))
        #expect(!AccessList.admitsOthers(header + owner + user + noGroup + mask + noOther, than: 70))
        #expect(AccessList.admitsOthers(header + owner + user + noGroup + mask + noOther, than: 71))
        #expect(AccessList.admitsOthers(header + owner + user + other + noGroup + mask + noOther, than: 70))
        #expect(AccessList.admitsOthers(header + owner + user + group + mask + noOther, than: 70))
        #expect(AccessList.admitsOthers([], than: 70))
        #expect(AccessList.admitsOthers([3, 0, 0, 0], than: 70))
        #expect(AccessList.admitsOthers(header + [1], than: 70))
    }

    @Test func aSecretIsMadeOnceAndReadBackWhileItIsPrivate() throws {
        let folder = try TemporaryFolder()
        try KeyFile.createSecret(path: folder / "a")
        let secret = try KeyFile.readSecret(path: folder / "a")
        #expect(secret.count == 32 && Set(secret).count > 1)
        #expect(throws: MessagingError(.keyFile, "")) { try KeyFile.createSecret(path: folder / "a") }
        #expect(try KeyFile.readSecret(path: folder / "a") == secret)
        chmod(folder / "a", 0o640)
        #expect(throws: MessagingError(.keyFile, "")) { _ = try KeyFile.readSecret(path: folder / "a") }
        #expect(throws: MessagingError(.keyFile, "")) { _ = try KeyFile.readPassword(path: folder / "a") }
    }

    @Test(arguments: [
        ("secret\n", "secret"), ("two words", "two words"), ("é \r\n", "é "), ("", nil), ("\n", nil), ("a\nb\n", nil),
        ("a\u{0}b", nil), (String(repeating: "x", count: 257), nil),
    ])
    func aPasswordIsOneLine(content: String, expected: String?) throws {
        let folder = try TemporaryFolder()
        let path = folder / "p"
        let file = try #require(fopen(path, "w"))
        fwrite(content, 1, content.utf8.count, file)
        fclose(file)
        chmod(path, 0o600)
        #expect((try? KeyFile.readPassword(path: path)) == expected)
    }
}

/// A folder that goes with the test.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/darkscope-messaging-XXXXXX".utf8CString)
        path = String(cString: try #require(mkdtemp(&template)))
    }

    deinit {
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != ".", name != ".." { unlink("\(path)/\(name)") }
            }
            closedir(folder)
        }
        rmdir(path)
    }

    static func / (folder: TemporaryFolder, name: String) -> String { "\(folder.path)/\(name)" }
}
