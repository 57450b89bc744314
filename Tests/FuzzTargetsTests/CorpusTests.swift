import Foundation
import FuzzTargets
import Testing

/// Replays Tests/Fuzz/Corpus: inputs that once found, or would have found, a mistake.
struct CorpusTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../Fuzz/Corpus").standardizedFileURL

    private static func inputs(_ target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
        let folder = folder.appendingPathComponent(target.rawValue)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        return try names.map { ($0, [UInt8](try Data(contentsOf: folder.appendingPathComponent($0)))) }
    }

    /// A name that begins with `valid` says that the input is whole and sound; any other is not.
    @Test(arguments: FuzzTarget.allCases) func everyInputIsJudgedAsItsNameSays(_ target: FuzzTarget) throws {
        let inputs = try CorpusTests.inputs(target)
        #expect(!inputs.isEmpty)
        for (name, bytes) in inputs {
            do {
                #expect(try target.run(bytes) == name.hasPrefix("valid"), "\(target) \(name)")
            } catch {
                Issue.record("\(target) \(name): \(error)")
            }
        }
    }

    /// Frames at every byte, so that every header is read to its very end; others, whose decoders have tests of that,
    /// and gzip, which is not ours, at a few places or none.
    @Test(arguments: FuzzTarget.allCases) func noInputThatIsCutShortBreaksARule(_ target: FuzzTarget) throws {
        for (name, bytes) in try CorpusTests.inputs(target) where !name.contains("gzip") {
            for count in stride(from: 0, to: bytes.count, by: target == .frames ? 1 : bytes.count / 8 + 1) {
                do {
                    _ = try target.run(Array(bytes[..<count]))
                } catch {
                    Issue.record("\(target) \(name) cut to \(count): \(error)")
                }
            }
        }
    }

    @Test func everyFolderOfTheCorpusBelongsToATarget() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: CorpusTests.folder.path)
        #expect(Set(folders) == Set(FuzzTarget.allCases.map(\.rawValue)))
    }
}
