import Glibc
import SystemCalls
import Testing

/// A folder that goes with the test.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/darkscope-runtime-XXXXXX".utf8CString)
        path = String(cString: try #require(mkdtemp(&template)))
    }

    deinit {
        let files = RealFileSystem()
        for name in (try? files.list(path)) ?? [] { try? files.unlink("\(path)/\(name)") }
        try? files.removeDirectory(path)
    }

    static func / (folder: TemporaryFolder, name: String) -> String { "\(folder.path)/\(name)" }
}
