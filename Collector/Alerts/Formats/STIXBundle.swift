import FlowModel

/// A notice as a STIX 2.1 bundle.
///
/// Every item has its address, one network-traffic object for each evidence entry, and observed data of them. What scans
/// has an indicator and a sighting of it too; misconfigured hosts and victims have none, because indicators get their
/// addresses blocked. Ids are made from names: cyber observables as STIX 2.1 §2.9 says, others from the reporter, the alert
/// and its episode, so that what comes later has the same id and a later `modified`, and readers update.
struct STIXBundle {
    /// STIX 2.1 §2.9: the namespace of cyber observables.
    static let observables = NameUUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
    /// How long an indicator holds after the last packet: addresses get other users.
    static let validity: Int64 = 7 * 86_400_000

    private let notice: Notice
    private let reporter: Reporter
    private let marking: String
    private let identity: String

    /// - Parameter notice: presentable.
    init(_ notice: Notice, _ reporter: Reporter) {
        self.notice = notice
        self.reporter = reporter
        marking = TLP(notice.recipient.tlp).marking
        identity = "identity--" + NameUUID.ours.uuid("reporter/\(reporter.domain)")
    }

    var document: NoticeDocument {
        var objects = [markingDefinition, reporterIdentity]
        var told: Set<String> = []
        for (place, item) in notice.items.enumerated() { add(item, number: place + 1, to: &objects, &told) }
        let bundle = JSONValue.members([
            "type": .string("bundle"), "id": .string("bundle--" + NameUUID(notice.key).uuid("stix")),
            "objects": .array(objects),
        ])
        return notice.document("stix.json", "application/stix+json;version=2.1", bundle.line + "\n")
    }

    // The definitions of the extension "TLP 2.0" of OASIS (cti-stix-common-objects).
    private var markingDefinition: JSONValue {
        .members([
            "type": .string("marking-definition"), "spec_version": .string("2.1"), "id": .string(marking),
            "created": .string("2022-10-01T00:00:00.000Z"), "name": .string(TLP(notice.recipient.tlp).label),
            "extensions": .members([
                "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d": .members([
                    "extension_type": .string("property-extension"),
                    "tlp_2_0": .string(TLP(notice.recipient.tlp).rawValue),
                ])
            ]),
        ])
    }

    private var reporterIdentity: JSONValue {
        .members([
            "type": .string("identity"), "spec_version": .string("2.1"), "id": .string(identity),
            // The identity is the same in every notice and so never changes.
            "created": .string("2026-01-01T00:00:00.000Z"), "modified": .string("2026-01-01T00:00:00.000Z"),
            "name": .string(reporter.name), "identity_class": .string("organization"),
            "contact_information": .text(reporter.contact),
        ])
    }

    private func add(_ item: NoticeItem, number: Int, to objects: inout [JSONValue], _ told: inout Set<String>) {
        let name =
            notice.isTest || item.alert == 0
            ? "\(notice.key)/\(number)" : "\(reporter.domain)/\(item.alert)/\(item.episode)"
        let references = observables(of: item, to: &objects, &told)
        let observed = "observed-data--" + NameUUID.ours.uuid("observed-data/\(name)")
        let first = UTCTime(item.firstSeen).precise
        let last = UTCTime(item.lastSeen).precise
        objects.append(
            .object(
                common("observed-data", observed, item)
                    + members([
                        "first_observed": .string(first), "last_observed": .string(last),
                        "number_observed": .integer(min(max(item.packets, 1), 999_999_999)),
                        "object_refs": .strings(references),
                    ])))
        guard item.finding == .infection, !notice.isTest else { return }
        let indicator = "indicator--" + NameUUID.ours.uuid("indicator/\(name)")
        let end = item.news == .closed ? max(notice.madeAt, item.lastSeen) : item.lastSeen + STIXBundle.validity
        objects.append(
            .object(
                common("indicator", indicator, item)
                    + members([
                        "name": .string("Scan of dark address space by \(item.address)"),
                        "description": .string(item.sentence),
                        "indicator_types": .strings([item.confidence == .high ? "compromised" : "anomalous-activity"]),
                        "pattern": .string("[\(item.address.observable):value = '\(item.address)']"),
                        "pattern_type": .string("stix"), "pattern_version": .string("2.1"),
                        "valid_from": .string(first),
                        // It has to be later than valid_from.
                        "valid_until": .string(UTCTime(max(end, item.firstSeen + 1)).precise),
                    ])))
        let sighting = "sighting--" + NameUUID.ours.uuid("sighting/\(name)")
        objects.append(
            .object(
                common("sighting", sighting, item)
                    + members([
                        "first_seen": .string(first), "last_seen": .string(last),
                        "count": .integer(min(item.packets, 999_999_999)), "sighting_of_ref": .string(indicator),
                        "observed_data_refs": .strings([observed]), "where_sighted_refs": .strings([identity]),
                    ])))
    }

    /// The address, and the packets in its name; their ids.
    private func observables(
        of item: NoticeItem, to objects: inout [JSONValue], _ told: inout Set<String>
    ) -> [String] {
        var references: [String] = []
        func add(_ id: String, _ object: JSONValue) {
            if told.insert(id).inserted { objects.append(object) }
            if !references.contains(id) { references.append(id) }
        }
        func address(_ address: Address) -> String {
            let named = JSONValue.members(["value": .string("\(address)")])
            let id = "\(address.observable)--" + STIXBundle.observables.uuid(named.line)
            add(
                id,
                .members([
                    "type": .string(address.observable), "spec_version": .string("2.1"), "id": .string(id),
                    "object_marking_refs": .strings([marking]), "value": .string("\(address)"),
                ]))
            return id
        }
        let subject = address(item.address)
        for entry in item.evidence {
            let traffic = ObservedTraffic(entry)
            let source = entry.reporter.map { address($0) } ?? subject
            let family = (entry.reporter ?? item.address).family == .ipv4 ? "ipv4" : "ipv6"
            let protocols = JSONValue.strings([family, traffic.transport])
            let start = JSONValue.string(UTCTime(entry.firstSeen).shortest)
            let end = JSONValue.string(UTCTime(entry.lastSeen).shortest)
            // The properties that make the id, in the order of their names (STIX 2.1 §6.12).
            let named = JSONValue.members([
                "dst_port": .number(traffic.destinationPort), "end": end, "protocols": protocols,
                "src_port": .number(traffic.sourcePort), "src_ref": .string(source), "start": start,
            ])
            let id = "network-traffic--" + STIXBundle.observables.uuid(named.line)
            add(
                id,
                .members([
                    "type": .string("network-traffic"), "spec_version": .string("2.1"), "id": .string(id),
                    "object_marking_refs": .strings([marking]), "start": start, "end": end,
                    "is_active": .boolean(false), "src_ref": .string(source), "src_port": .number(traffic.sourcePort),
                    "dst_port": .number(traffic.destinationPort), "protocols": protocols,
                    "src_packets": .integer(entry.packets),
                ]))
        }
        return references
    }

    private func members(_ members: KeyValuePairs<String, JSONValue>) -> [(name: String, value: JSONValue)] {
        members.map { ($0.key, $0.value) }
    }

    /// What all objects about an item share. They count as created with the first packet, which late evidence may move.
    private func common(_ type: String, _ id: String, _ item: NoticeItem) -> [(name: String, value: JSONValue)] {
        members([
            "type": .string(type), "spec_version": .string("2.1"), "id": .string(id),
            "created_by_ref": .string(identity), "created": .string(UTCTime(item.firstSeen).precise),
            "modified": .string(UTCTime(max(notice.madeAt, item.firstSeen)).precise),
            "confidence": .integer(item.confidence.percent),
            "labels": .strings(item.tags(isTest: notice.isTest) + ["news-\(item.news.rawValue)"]),
            "external_references": .array([
                .members([
                    "source_name": .string("darkscope"),
                    "description": .string(item.reasons.isEmpty ? item.sentence : item.reasons.joined(separator: "; ")),
                    "external_id": .string("alert \(item.alert), episode \(item.episode), notice \(notice.key)"),
                ])
            ]),
            "object_marking_refs": .strings([marking]),
        ])
    }
}

extension Address {
    /// Its type in STIX.
    fileprivate var observable: String { family == .ipv4 ? "ipv4-addr" : "ipv6-addr" }
}

extension TLP {
    /// Ids of the marking definitions of the extension "TLP 2.0".
    fileprivate var marking: String {
        switch self {
        case .clear: "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"
        case .green: "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
        case .amber: "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
        case .amberStrict: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"
        case .red: "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
        }
    }
}
