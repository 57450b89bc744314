import FlowModel
import WireFormat

extension Message {
    var members: [(String, VectorText)] {
        switch self {
        case .hello(let hello):
            [
                ("kind", .string("hello")), ("epoch", .string(hello.epoch.description)),
                ("versions", .array([.number(hello.versions.lowerBound), .number(hello.versions.upperBound)])),
                ("import", .bool(hello.isImport)), ("first_sequence", .number(hello.firstSequence)),
                ("next_sequence", .number(hello.nextSequence)), ("sensor_version", .string(hello.sensorVersion)),
            ]
        case .welcome(let welcome):
            [
                ("kind", .string("welcome")), ("epoch", .string(welcome.epoch.description)),
                ("server_time_ms", .number(welcome.serverUnixMilliseconds)), ("credit", .number(welcome.credit)),
                ("committed", Message.text(welcome.committed)),
            ]
        case .batch(let batch):
            [
                ("kind", .string("batch")), ("epoch", .string(batch.epoch.description)),
                ("sequence", .number(batch.sequence)), ("content", .hex(batch.content)),
            ]
        case .ack(let ack):
            [
                ("kind", .string("ack")), ("epoch", .string(ack.epoch.description)),
                ("sequences", Message.text(ack.sequences)),
            ]
        case .nak(let nak):
            [
                ("kind", .string("nak")), ("epoch", .string(nak.epoch.description)),
                ("sequence", .number(nak.sequence)), ("reason", .string(nak.reason.name)),
                ("retryable", .bool(nak.isRetryable)), ("retry_after_ms", .number(nak.retryAfterMilliseconds)),
                ("text", .string(nak.text)),
            ]
        case .bye(let bye):
            [("kind", .string("bye")), ("epoch", .string(bye.epoch.description))]
        }
    }

    private static func text(_ ranges: [ClosedRange<UInt64>]) -> VectorText {
        .array(ranges.map { .array([.number($0.lowerBound), .number($0.upperBound)]) })
    }
}
