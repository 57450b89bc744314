import FlowModel
import WireFormat

/// The messages of Protocol/Vectors. Once released, a value never changes; a new one gets a new name.
enum GoldenMessages {
    static let epoch = Epoch(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)

    static let vectors: [GoldenVector] = [
        .message(
            "v1-hello", "A live sensor that holds the batches 3 to 8 of its stream.",
            .hello(
                Hello(
                    versions: 1...1, epoch: epoch, isImport: false, firstSequence: 3, nextSequence: 9,
                    sensorVersion: "0.1.0"))),
        .message(
            "v1-hello-import", "A capture file of which nothing is held yet; no sensor version is told.",
            .hello(
                Hello(
                    versions: 1...1, epoch: epoch, isImport: true, firstSequence: 1, nextSequence: 1, sensorVersion: "")
            )
        ),
        GoldenVector(
            name: "v1-hello-future",
            explanation: "A sensor that speaks the versions 5 to 7 alone says so in version 7: HELLO is the same in "
                + "every version, so that a collector can answer NAK with unsupported-version.",
            value: .message(
                .hello(
                    Hello(
                        versions: 5...7, epoch: epoch, isImport: false, firstSequence: 1, nextSequence: 2,
                        sensorVersion: "9.0.0"))),
            isReproducible: true
        ) {
            Message.hello(
                Hello(
                    versions: 5...7, epoch: epoch, isImport: false, firstSequence: 1, nextSequence: 2,
                    sensorVersion: "9.0.0")
            ).encoded(version: 7)
        },
        .message(
            "v1-welcome", "Stored are the batches 1 to 5, 7, and the last one that there can be; 8 may be in flight.",
            .welcome(
                Welcome(
                    version: 1, serverUnixMilliseconds: 1_767_225_661_234, credit: 8, epoch: epoch,
                    committed: [1...5, 7...7, UInt64.max...UInt64.max]))),
        .message(
            "v1-welcome-new", "Nothing of the stream is stored; the collector's clock is before the Unix epoch.",
            .welcome(
                Welcome(version: 1, serverUnixMilliseconds: -1, credit: .max, epoch: epoch, committed: []))),
        .message(
            "v1-batch-message", "Batch 300 of the stream; its content is v1-gap-empty.",
            .batch(
                BatchMessage(
                    epoch: epoch, sequence: 300,
                    content: [
                        0x44, 0x53, 0x42, 1, 2, 0, 0, 0, 21, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 5, 2, 16, 0xEF,
                        0xCD,
                        0xAB, 0x89, 0x67, 0x45, 0x23, 0x01, 0x10, 0x32, 0x54, 0x76, 0x98, 0xBA, 0xDC, 0xFE,
                    ]))),
        .message(
            "v1-ack", "The batches 2, 4 to 9 and 300 are stored for good.",
            .ack(Ack(epoch: epoch, sequences: [2...2, 4...9, 300...300]))),
        .message(
            "v1-nak-batch", "Batch 7 is not stored now; it may be sent again after 1.5 s. The text is UTF-8.",
            .nak(
                Nak(
                    epoch: epoch, sequence: 7, reason: .busy, isRetryable: true, retryAfterMilliseconds: 1_500,
                    text: "queue full – später"))),
        .message(
            "v1-nak-stream", "The stream is refused as a whole, for good.",
            .nak(Nak(epoch: epoch, sequence: 0, reason: .unsupportedVersion, isRetryable: false))),
        .message("v1-bye", "The sensor stops.", .bye(Bye(epoch: epoch))),
    ]
}
