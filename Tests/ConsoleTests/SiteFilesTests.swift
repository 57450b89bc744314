import Foundation
import Testing

@testable import Console

@Suite struct SiteFilesTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Collector/ConsoleSite/pages").standardizedFileURL

    @Test func everyFileOfTheFolderIsPartOfTheProgram() throws {
        let paths = try FileManager.default.subpathsOfDirectory(atPath: Self.folder.path)
            .filter { $0.contains(".") }
        let own = SiteFiles.own()
        #expect(Set(own.keys) == Set(paths))
        for (path, content) in own {
            #expect(content == [UInt8](try Data(contentsOf: Self.folder.appending(path: path))), "\(path)")
        }
    }

    @Test func aLibraryThatIsNotThereIsNamedWithTheLineThatInstallsIt() {
        let error = #expect(throws: ConsoleError.self) { try SiteFiles(folder: nil, libraryFolder: "/nonexistent") }
        #expect(error?.description.contains("apt-get install -y --no-install-recommends node-d3") == true)
    }

    @Test func everyViewHasThePageAndTheFilesOfItsVersionAlone() throws {
        let files = try SiteFiles(folder: nil)
        let page = try #require(files.find(["port", "tcp-syn", "23"]))
        #expect(page.name == "page" && page.reply.caching == .revalidated)
        let text = String(decoding: page.reply.content, as: UTF8.self)
        let version = try #require(text.split(separator: "/assets/").dropFirst().first?.split(separator: "/").first)
        let script = try #require(files.find(["assets", String(version), "app.js"]))
        #expect(script.name == "file" && script.reply.caching == .forever)
        #expect(files.find(["assets", "another", "app.js"]) == nil)
        #expect(files.find(["assets", String(version), "..", "app.js"]) == nil)
        #expect(files.find(["ports", "tcp-syn"]) == nil)
    }
}
