import FlowModel
import WireFormat

extension BatchContent {
    var members: [(String, VectorText)] {
        switch self {
        case .flows(let batch): batch.members
        case .gap(let report): report.members
        }
    }
}

extension GapReport {
    fileprivate var members: [(String, VectorText)] {
        [
            ("kind", .string("gap")), ("reason", .string(reason.name)), ("epoch", .string(epoch.description)),
            (
                "entries",
                .array(
                    entries.map { entry in
                        .object([
                            ("sequence", .number(entry.sequence)), ("from", .number(entry.from)),
                            ("to", .number(entry.to)), ("packets", entry.packets.map { .number($0) } ?? .null),
                            ("bytes", entry.bytes.map { .number($0) } ?? .null),
                        ])
                    })
            ),
        ]
    }
}

extension FlowBatch {
    fileprivate var members: [(String, VectorText)] {
        [
            ("kind", .string("flows")),
            ("window", .object([("start", .number(window.start)), ("length", .number(window.length))])),
            ("part", .number(part)), ("last_part", .bool(isLastPart)), ("policy", .string(policy.name)),
            ("family", .number(family.rawValue)), ("account", account.text),
            ("signatures", .array(signatures.map(\.text))), ("records", .array(records.map(\.text))),
            ("overflow", .array(overflow.map(\.text))),
        ]
    }
}

extension CaptureAccount {
    fileprivate var text: VectorText {
        .object([
            ("observed_from_ms", .number(observedFromMilliseconds)),
            ("observed_to_ms", .number(observedToMilliseconds)), ("capture", .string("\(capture)")),
            ("shift_s", .number(shiftSeconds)), ("link", .string("\(link)")),
            ("kernel_received", .number(kernelReceived)), ("kernel_dropped", .number(kernelDropped)),
            ("interface_dropped", .number(interfaceDropped)), ("received", .number(received)),
            ("aggregated", .number(aggregated)), ("filtered", .number(filtered)), ("non_ip", .number(nonIP)),
            ("malformed", .object(MalformedReason.allCases.map { ($0.name, .number(malformed[$0])) })),
            ("late", .number(late)), ("overflowed", .number(overflowed)), ("clock", .string("\(clock)")),
            ("clock_offset_us", .number(clockOffsetMicroseconds)), ("sensor_version", .string(sensorVersion)),
            ("configuration_digest", .hex(configurationDigest)),
        ])
    }
}

extension HeaderSignature {
    fileprivate var text: VectorText {
        let parts: [(String, VectorText)]
        switch self {
        case .syn(let window, let optionKinds, let mss, let windowScale, let dontFragment, let roundedTTL):
            parts = [
                ("kind", .string("syn")), ("window", .number(window)),
                ("option_kinds", .array(optionKinds.map { .number($0) })), ("mss", .number(mss)),
                ("window_scale", .number(windowScale)), ("dont_fragment", .bool(dontFragment)),
                ("rounded_ttl", .number(roundedTTL)),
            ]
        case .udp(let lengthClass, let payloadDigest):
            parts = [
                ("kind", .string("udp")), ("length_class", .number(lengthClass)),
                ("payload_digest", .hex(payloadDigest)),
            ]
        }
        return .object(parts + [("canonical", .hex(canonicalBytes)), ("identifier", .hex(identifier))])
    }
}

extension DistinctCount {
    fileprivate var text: VectorText {
        let words = [Precision.exact: "exact", .estimate: "estimate", .atLeast: "at-least"]
        return .array([.number(value), .string(words[precision] ?? "")])
    }
}

extension FlowRecord {
    fileprivate var text: VectorText {
        .object([
            ("source", .string(key.source.description)), ("protocol", .number(key.ipProtocol)),
            ("class", .string(key.trafficClass.name)), ("service_port", .number(key.servicePort)),
            (
                "victim",
                key.victim.map {
                    .array([.string($0.address.description), .number($0.ipProtocol), .number($0.port)])
                } ?? .null
            ), ("packets", .number(packets)), ("bytes", .number(bytes)), ("destinations", destinations.text),
            ("first_ms", .number(firstMilliseconds)), ("last_ms", .number(lastMilliseconds)),
            ("source_port", .number(exemplar.sourcePort)), ("destination", .number(exemplar.destination)),
            ("ttl", .number(exemplar.ttl)), ("ip_length", .number(exemplar.ipLength)),
            ("tcp_flags", .number(exemplar.tcpFlags)),
            ("tools", .array([.number(tools.zmap), .number(tools.masscan), .number(tools.mirai)])),
            ("signature", .number(signature)),
        ])
    }
}

extension OverflowRecord {
    fileprivate var text: VectorText {
        .object([
            ("family", .number(family.rawValue)), ("protocol", .number(ipProtocol)),
            ("class", .string(trafficClass.name)), ("service_port", .number(servicePort)),
            ("packets", .number(packets)), ("bytes", .number(bytes)), ("sources", sources.text),
        ])
    }
}
