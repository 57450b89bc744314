import FlowModel
import Testing

@testable import WireFormat

struct MessageTests {
    private static let epoch = Epoch(high: 0x0123_4567_89AB_CDEF, low: 42)

    private static let all: [Message] = [
        .hello(Hello(epoch: epoch, isImport: true, firstSequence: 3, nextSequence: 9, sensorVersion: "0.1.0")),
        .hello(Hello(epoch: epoch, isImport: false, firstSequence: 1, nextSequence: 1, sensorVersion: "")),
        .welcome(Welcome(version: 1, serverUnixMilliseconds: -5, credit: 8, epoch: epoch, committed: [])),
        .welcome(
            Welcome(
                version: 1, serverUnixMilliseconds: 1_767_225_600_000, credit: 65_535, epoch: epoch,
                committed: [1...5, 7...7, 100...UInt64.max])),
        .batch(BatchMessage(epoch: epoch, sequence: 1, content: [])),
        .batch(BatchMessage(epoch: epoch, sequence: .max, content: Array(repeating: 7, count: 300))),
        .ack(Ack(epoch: epoch, sequences: [2...2, 4...9])),
        .nak(
            Nak(
                epoch: epoch, sequence: 7, reason: .busy, isRetryable: true, retryAfterMilliseconds: 1_500,
                text: "queue full – später")),
        .nak(Nak(epoch: epoch, sequence: 0, reason: .unsupportedVersion, isRetryable: false)),
        .bye(Bye(epoch: epoch)),
    ]

    @Test(arguments: all)
    func aMessageIsReadAsItWasWritten(_ message: Message) throws {
        #expect(try Message(decoding: message.encoded()) == message)
    }

    @Test(arguments: all)
    func everyTruncationAndEveryAdditionIsRefused(_ message: Message) {
        let bytes = message.encoded()
        for length in 0..<bytes.count {
            #expect(throws: WireError.self) { try Message(decoding: Array(bytes[..<length])) }
        }
        #expect(throws: WireError.self) { try Message(decoding: bytes + [0]) }
    }

    @Test(arguments: all)
    func everyFlippedBitIsRefusedOrReadWithoutATrap(_ message: Message) {
        let bytes = message.encoded()
        for bit in 0..<(bytes.count * 8) {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            _ = try? Message(decoding: damaged)
        }
    }

    @Test func unknownFieldsAreSkippedAndRepeatedOnesRefused() throws {
        let bye = Message.bye(Bye(epoch: Self.epoch)).encoded()
        func message(_ body: [UInt8]) -> [UInt8] { [0x44, 0x53, 1, 6, UInt8(body.count), 0, 0, 0] + body }
        let body = Array(bye[8...])
        #expect(try Message(decoding: message(body + [77, 2, 1, 2])) == .bye(Bye(epoch: Self.epoch)))
        #expect(throws: WireError.self) { try Message(decoding: message(body + body)) }
        #expect(throws: WireError.self) { try Message(decoding: message([])) }
    }

    @Test func rangesThatOverlapTouchOrStartAtZeroAreRefused() {
        func ack(_ numbers: [UInt64]) -> [UInt8] {
            var list = ByteWriter()
            list.varint(UInt64(numbers.count / 2))
            for number in numbers { list.varint(number) }
            return MessageEnvelope(version: 1, kind: 4, epoch: Self.epoch).message { $0.field(2, list.bytes) }
        }
        #expect(throws: Never.self) { try Message(decoding: ack([1, 0, 2, .max - 3])) }
        for numbers: [UInt64] in [[], [0, 0], [1, 0, 0, 0], [1, 0, 1, 0], [1, .max], [5, 0, .max - 4, 0]] {
            #expect(throws: WireError.self) { try Message(decoding: ack(numbers)) }
        }
    }

    @Test func textIsCutBetweenCharactersAtItsLimit() throws {
        let nak = Nak(
            epoch: Self.epoch, sequence: 1, reason: .storage, isRetryable: true,
            text: String(repeating: "é", count: 150))
        guard case .nak(let read) = try Message(decoding: Message.nak(nak).encoded()) else {
            Issue.record("not a NAK")
            return
        }
        #expect(read.text == String(repeating: "é", count: 100))
    }

    @Test func rangesBeyondTheLimitAreLeftOutOnlyAtTheTop() throws {
        let ranges = (UInt64(0)..<2_000).map { (index: UInt64) in (3 * index + 1)...(3 * index + 2) }
        let welcome = Welcome(version: 1, serverUnixMilliseconds: 0, credit: 1, epoch: Self.epoch, committed: ranges)
        guard case .welcome(let read) = try Message(decoding: Message.welcome(welcome).encoded()) else {
            Issue.record("not a WELCOME")
            return
        }
        #expect(read.committed == Array(ranges.prefix(WireLimits.ranges)))
    }
}
