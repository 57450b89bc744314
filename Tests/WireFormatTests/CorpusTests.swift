import Foundation
import Testing
import WireFormat

/// Replays Tests/Fuzz/Corpus: inputs that once found, or would have found, a mistake.
struct CorpusTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../Fuzz/Corpus").standardizedFileURL

    private static func inputs(_ target: String) throws -> [(name: String, bytes: [UInt8])] {
        let folder = folder.appendingPathComponent(target)
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
            ($0, [UInt8](try Data(contentsOf: folder.appendingPathComponent($0))))
        }
    }

    /// A name that begins with `valid` says that the input is read; any other is refused.
    @Test func batchesAreReadOrRefusedAsTheirNamesSay() throws {
        let inputs = try Self.inputs("batch")
        #expect(!inputs.isEmpty)
        for (name, bytes) in inputs {
            #expect(((try? BatchDecoder().decode(bytes)) != nil) == name.hasPrefix("valid"), "\(name)")
        }
    }

    @Test func messagesAreReadOrRefusedAsTheirNamesSay() throws {
        let inputs = try Self.inputs("message")
        #expect(!inputs.isEmpty)
        for (name, bytes) in inputs {
            #expect(((try? Message(decoding: bytes)) != nil) == name.hasPrefix("valid"), "\(name)")
        }
    }
}
