import Foundation
import Testing

@testable import WireFormat

/// Protocol/Vectors holds what released versions wrote: it must be read for ever. With DARKSCOPE_WRITE_VECTORS=1 files
/// that are missing are made; one that exists is never changed.
struct VectorTests {
    static let all = GoldenBatches.vectors + GoldenMessages.vectors

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Protocol/Vectors").standardizedFileURL

    private static func file(_ name: String) -> URL { folder.appendingPathComponent(name) }

    static func bytes(_ vector: GoldenVector) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: file(vector.name + ".bin")))
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["DARKSCOPE_WRITE_VECTORS"] == "1"), arguments: all)
    func missingVectorsAreMade(_ vector: GoldenVector) throws {
        let binary = Self.file(vector.name + ".bin")
        if !FileManager.default.fileExists(atPath: binary.path) { try Data(vector.make()).write(to: binary) }
        let text = Self.file(vector.name + ".json")
        if !FileManager.default.fileExists(atPath: text.path) {
            try vector.text(Self.bytes(vector)).write(to: text, atomically: true, encoding: .utf8)
        }
    }

    @Test(arguments: all)
    func aVectorIsReadAsTheValueThatItWasMadeOf(_ vector: GoldenVector) throws {
        let bytes = try Self.bytes(vector)
        #expect(try Self.decode(bytes, like: vector) == vector.value)
        #expect(try String(contentsOf: Self.file(vector.name + ".json"), encoding: .utf8) == vector.text(bytes))
    }

    @Test(arguments: all)
    func theEncoderStillMakesAVectorThatMeansTheSame(_ vector: GoldenVector) throws {
        let made = try vector.make()
        #expect(try Self.decode(made, like: vector) == vector.value)
        if vector.isReproducible { #expect(try made == Self.bytes(vector)) }
    }

    @Test func everyFileIsAVectorOfThisListOrItsExplanation() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(Set(names) == Set(Self.all.flatMap { [$0.name + ".bin", $0.name + ".json"] } + ["README.md"]))
    }

    private static func decode(_ bytes: [UInt8], like vector: GoldenVector) throws -> GoldenVector.Value {
        switch vector.value {
        case .batch: .batch(try BatchDecoder().decode(bytes))
        case .message: .message(try Message(decoding: bytes))
        }
    }
}
