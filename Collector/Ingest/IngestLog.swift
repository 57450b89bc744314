import Logging
import Messaging
import Telemetry
import WireFormat

/// Says in the log what the ingest thread has to say. Owned by: the ingest thread.
struct IngestLog {
    private let logger: Logger
    private let limited: RateLimitedLogger
    /// Strangers can make up keys: few are told apart.
    private let refusals: RateLimitedLogger

    init(_ logger: Logger, limited: RateLimitedLogger) {
        self.logger = logger
        self.limited = limited
        refusals = RateLimitedLogger(logger, limit: RateLimit(capacity: 16))
    }

    func report(_ report: IngestReport) {
        var metadata: Logger.Metadata = ["key": "\(report.key)", "sensor": "\(report.sensor)"]
        if let batch = report.batch {
            metadata["epoch"] = "\(batch.stream.epoch)"
            metadata["sequence"] = "\(batch.sequence)"
        }
        func say(_ level: Logger.Level, _ message: Logger.Message, reason: String? = nil) {
            if let reason { metadata["reason"] = "\(reason)" }
            limited.log(level: level, message, key: report.sensor, metadata: metadata)
        }
        switch report.event {
        case .undecodable(let reason):
            say(
                .warning, "refused what cannot be decoded. Upgrade the sensor, or examine what runs there",
                reason: reason)
        case .kickedForGarbage:
            say(
                .warning, "cut the connections of a key that sends garbage. Revoke it unless the sensor can be repaired"
            )
        case .conflict:
            say(
                .error,
                "a batch came again with other content: the sensor was cloned. Give one of them a new key and spool")
        case .rejected(let reason):
            say(.error, "the database refused a batch, which is in raw.dead_letter now", reason: reason)
        case .outsideAdmission(let reason):
            say(.warning, "refused a batch for its time", reason: reason)
        case .revoked:
            say(.notice, "cut the connections of a key that is enrolled no more")
        }
    }

    func refused(_ refusal: Refusal) {
        refusals.log(
            level: .warning,
            "refused a sensor whose key is not registered. If it is yours: darkscope sensor add … --public-key KEY",
            key: "\(refusal.key)", metadata: ["key": "\(refusal.key)", "address": "\(refusal.address)"])
    }

    /// The counters, of this process since its start.
    func summarise(_ counters: IngestCounters, _ sockets: SocketCounters, keys: Int, inFlight: Int) {
        var metadata: Logger.Metadata = [
            "keys": "\(keys)", "connections": "\(sockets.connections)", "in_flight": "\(inFlight)",
            "messages": "\(counters.messages)", "bytes": "\(counters.bytes)", "batches": "\(counters.batches)",
            "stored": "\(counters.stored)", "rows": "\(counters.rows)", "duplicates": "\(counters.duplicates)",
            "repeated": "\(counters.repeated)", "hellos": "\(counters.hellos)", "revoked": "\(counters.revoked)",
            "undecodable_messages": "\(counters.undecodableMessages)", "strangers": "\(counters.strangers)",
            "kicks": "\(counters.kicks)", "refused_handshakes": "\(sockets.refusedHandshakes)",
            "multipart": "\(sockets.multipart)", "over_bound": "\(sockets.overBound)", "unsent": "\(sockets.unsent)",
            "groups": "\(counters.groups)", "group_ms_total": "\(counters.groupNanoseconds / 1_000_000)",
            "group_ms_longest": "\(counters.longestGroupNanoseconds / 1_000_000)",
        ]
        for (reason, count) in counters.refused { metadata["refused_\(reason.name)"] = "\(count)" }
        logger.info("counters since the start", metadata: metadata)
    }
}

/// What the sockets have counted.
struct SocketCounters {
    var connections = 0
    var refusedHandshakes: UInt64 = 0
    var multipart: UInt64 = 0
    var overBound: UInt64 = 0
    var unsent: UInt64 = 0
}
