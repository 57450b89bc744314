import ArgumentParser
import Glibc
import Runtime
import Testing

@testable import darkscope

struct DatabaseOptionsTests {
    /// A file of its own with this text, gone after the test.
    private func withFile(_ text: String, _ body: (String) throws -> Void) throws {
        var template = Array("/tmp/darkscope-cli-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try #require(descriptor >= 0)
        defer {
            close(descriptor)
            unlink(path)
        }
        let bytes = Array(text.utf8)
        try #require(write(descriptor, bytes, bytes.count) == bytes.count)
        try body(path)
    }

    private func conninfo(_ arguments: [String], _ environment: [String: String] = [:]) throws -> String {
        try DatabaseOptions.parse(arguments).conninfo(environment: environment)
    }

    @Test func theOptionBeatsTheEnvironmentAndThatTheConfiguration() throws {
        let text = "[collector]\nlisten = 7\n[database]\nconnection = \"host=c\"\nwriters = 2\n"
        try withFile(text) { (path: String) throws in
            let environment = ["DARKSCOPE_DATABASE": "host=b"]
            #expect(try conninfo(["--database", "host=a", "--config", path], environment) == "host=a")
            #expect(try conninfo(["--config", path], environment) == "host=b")
            #expect(try conninfo(["--config", path], ["DARKSCOPE_DATABASE": ""]) == "host=c")
        }
    }

    @Test func withoutAWordAboutTheDatabaseLibpqDecides() throws {
        try withFile("[collector]\ndecoders = 2\n") { (path: String) throws in
            #expect(try conninfo(["--config", path]) == "")
        }
        #expect(try conninfo(["--database", ""], ["DARKSCOPE_DATABASE": "x"]) == "")
    }

    @Test func aConfigurationThatCannotBeReadIsNotPassedOver() throws {
        let error = #expect(throws: ProgramError.self) { try conninfo(["--config", "/nonexistent/collector.toml"]) }
        #expect(error?.code == .configuration)
        try withFile("[database\n") { (path: String) throws in
            let error = #expect(throws: ProgramError.self) { try conninfo(["--config", path]) }
            #expect(error?.code == .configuration && error?.message.contains(path) == true)
        }
    }
}
