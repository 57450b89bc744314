import FlowModel
import Testing

@testable import WireFormat

/// N−2 … N, and what two sides that have no version in common can still tell each other.
struct VersionTests {
    private static let epoch = GoldenMessages.epoch

    @Test func theHighestCommonVersionIsChosenWhoeverIsOlder() {
        let cases: [(offered: ClosedRange<UInt8>, own: ClosedRange<UInt8>, chosen: UInt8?)] = [
            (1...1, 1...1, 1), (1...3, 1...3, 3),
            // An older sensor.
            (1...1, 1...3, 1), (1...2, 2...4, 2), (1...3, 3...5, 3),
            // An older collector.
            (1...3, 1...1, 1), (2...4, 1...2, 2), (3...5, 1...3, 3),
            // One inside the other, as no build of ours offers it.
            (1...9, 4...5, 5), (4...5, 1...9, 5),
            // Too far apart.
            (1...2, 3...5, nil), (3...5, 1...2, nil), (2...9, 1...1, nil), (1...1, 2...2, nil),
            (255...255, 1...254, nil), (1...255, 255...255, 255),
        ]
        for (offered, own, chosen) in cases {
            #expect(MessageCoding.negotiate(offered, own) == chosen)
            #expect(MessageCoding.negotiate(own, offered) == chosen)
        }
    }

    @Test func thisBuildSpeaksThePresentVersionAndAtMostTwoBefore() {
        #expect(MessageCoding.supported.upperBound == MessageCoding.current)
        #expect(MessageCoding.supported.lowerBound == max(1, Int(MessageCoding.current) - 2))
        #expect(BatchFormat.readers.upperBound == BatchFormat.current)
        #expect(BatchFormat.readers.lowerBound == max(1, Int(BatchFormat.current) - 2))
    }

    /// Released batches are in Protocol/Vectors: each format that is said to be read has one that is.
    @Test func everyFormatThatIsReadHasAVector() throws {
        var read: Set<UInt8> = []
        for vector in GoldenBatches.vectors {
            let bytes = try VectorTests.bytes(vector)
            if (try? BatchDecoder().decode(bytes)) != nil { read.insert(bytes[3]) }
        }
        #expect(read == Set(BatchFormat.readers))
    }

    @Test(arguments: [UInt8(2), 7, 255])
    func aHelloOfAnyVersionIsReadAndAnswered(_ version: UInt8) throws {
        let hello = Hello(
            versions: version...version, epoch: Self.epoch, isImport: false, firstSequence: 1, nextSequence: 1,
            sensorVersion: "9")
        let bytes = Message.hello(hello).encoded(version: version)
        #expect(bytes[2] == version)
        #expect(try Message(decoding: bytes) == .hello(hello))
        #expect(MessageCoding.negotiate(hello.versions) == nil)
    }

    @Test(arguments: [UInt8(2), 7, 255])
    func aNakOfAnyVersionIsReadByASensorThatSpeaksNoneOfThem(_ version: UInt8) throws {
        let nak = Message.nak(
            Nak(epoch: Self.epoch, sequence: 0, reason: .unsupportedVersion, isRetryable: true))
        #expect(try Message(decoding: nak.encoded(version: version)) == nak)
    }

    @Test(arguments: [UInt8(2), 7, 255], [UInt8(2), 3, 4, 6, 99])
    func anyOtherMessageOfAnotherVersionStillTellsItsStream(_ version: UInt8, _ kind: UInt8) throws {
        var bytes = Message.batch(BatchMessage(epoch: Self.epoch, sequence: 1, content: [1, 2, 3])).encoded()
        bytes[2] = version
        bytes[3] = kind
        let error = #expect(throws: WireError.self) { try Message(decoding: bytes) }
        #expect(error?.code == .unsupportedVersion)
        let envelope = try MessageEnvelope(bytes)
        #expect(envelope.version == version && envelope.kind == kind && envelope.epoch == Self.epoch)
    }

    @Test func versionZeroIsNoVersion() {
        var bytes = Message.bye(Bye(epoch: Self.epoch)).encoded()
        bytes[2] = 0
        let error = #expect(throws: WireError.self) { try MessageEnvelope(bytes) }
        #expect(error?.code == .unsupportedVersion)
    }

    /// So a sensor that reads a WELCOME speaks the version that it names.
    @Test func aWelcomeIsWrittenInTheVersionThatItNames() {
        var welcome = Welcome(version: 1, serverUnixMilliseconds: 0, credit: 1, epoch: Self.epoch, committed: [])
        var bytes = Message.welcome(welcome).encoded()
        #expect(throws: Never.self) { try Message(decoding: bytes) }
        welcome.version = 2
        bytes = Message.welcome(welcome).encoded()
        #expect(bytes[2] == 2)
        bytes[2] = 1
        let error = #expect(throws: WireError.self) { try Message(decoding: bytes) }
        #expect(error?.code == .inconsistent)
    }
}
