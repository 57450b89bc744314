import ArgumentParser
import Runtime
import Store

/// `darkscope alert show`.
struct AlertShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show all that is known of an alert: evidence, history, and what was told.")

    @Argument(help: "Number of the alert.", transform: AlertText.number)
    var alert: Int64

    @OptionGroup var output: OutputOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        guard let detail = try database.connect().alertDetail(alert) else {
            throw ProgramError(.failure, "there is no alert \(alert). See: darkscope alert list --state all")
        }
        if output.json {
            print(detail.json.document)
        } else {
            for line in detail.lines { print(line) }
        }
    }
}

extension AlertDetail {
    var json: JSON {
        .members([
            "alert": alert.object(0), "sensors": sensors.json, "services": services.json, "days": days.json,
            "history": history.json, "notices": notices.json, "messages": messages.json,
        ])
    }

    /// For people; every text in them is safe to print.
    var lines: [String] {
        let row = AnswerRow(answer: alert, index: 0)
        func text(_ name: String) -> String? { row.cell(name) }
        let reasons = alert.list(0, "reasons").map { "                \($0)" }
        let fields: [(String, String?)] = [
            ("Alert", text("id")),
            ("Organisation", "\(text("organisation") ?? "-") \(text("organisation_name") ?? "")"),
            ("Address", "\(text("address") ?? "-") in \(text("prefix") ?? "-") (\(text("proof") ?? "-"))"),
            ("Finding", "\(text("finding") ?? "-"), \(text("kind") ?? "-")"),
            ("Severity", text("severity")), ("Confidence", text("confidence")),
            ("State", "\(text("state") ?? "-"), episode \(text("episode") ?? "-")"),
            ("Marks", AlertText.marks(of: row)), ("Suppressed", text("suppressed_until").map { "until \($0)" }),
            ("Note", text("note").flatMap { $0.isEmpty ? nil : $0 }), ("To be told", text("news")),
            ("Packets", "\(text("packets") ?? "0"), \(text("episode_packets") ?? "0") of them in this episode"),
            ("Seen", "\(text("episode_first_seen") ?? "-") to \(text("last_seen") ?? "-")"),
            ("Sites", alert.list(0, "sites").joined(separator: " ")), ("Dark addresses", text("dark_addresses")),
            ("Tool", text("tool")), ("Opened", text("opened_at")), ("First told", text("first_told_at")),
            ("Time to notify", row.span("seconds_to_notify")), ("Closed", text("closed_at")),
            ("Time to clean", row.span("seconds_to_clean")),
        ]
        var lines = fields.compactMap { title, value in
            value.map { title + String(repeating: " ", count: 16 - title.count) + $0.safe }
        }
        if !reasons.isEmpty { lines += ["Reasons"] + reasons.map(\.safe) }
        for (title, table) in sections where !table.isEmpty { lines += ["", title] + table.lines }
        return lines
    }

    private var sections: [(String, TextTable)] {
        [
            ("Seen by", sensors.table(AlertDetail.sensorColumns)),
            ("Evidence by service", services.table(AlertDetail.serviceColumns)),
            (
                "Evidence by day (UTC)",
                days.table([
                    AnswerColumn("DAY", "day"), AnswerColumn("PACKETS", "packets", .right),
                    AnswerColumn("FLOWS", "flows", .right), AnswerColumn("SITES", "sites", .right),
                    AnswerColumn("SERVICES", "services", .right),
                ])
            ),
            (
                "History",
                history.table([
                    AnswerColumn("AT", "at"), AnswerColumn("EVENT", "event"),
                    AnswerColumn("BY") { $0.text("person") ?? "darkscope" },
                    AnswerColumn("NOTE") { $0.text("note").flatMap { $0.isEmpty ? nil : $0 } },
                ])
            ),
            (
                "Notices",
                notices.table([
                    AnswerColumn("NOTICE", "id", .right), AnswerColumn("MADE", "made_at"),
                    AnswerColumn("REASON", "reason"), AnswerColumn("NEWS", "news"),
                    AnswerColumn("PACKETS", "new_packets", .right),
                    AnswerColumn("MESSAGES", "messages", .right), AnswerColumn("DELIVERED", "delivered", .right),
                    AnswerColumn("DUE", "due", .right), AnswerColumn("DEAD", "dead", .right),
                ])
            ),
            ("Messages", messages.table(MessageText.columns)),
        ]
    }

    private static let sensorColumns: [AnswerColumn] = [
        AnswerColumn("SITE", "site"), AnswerColumn("SENSOR", "sensor"), AnswerColumn("TRUST", "trust"),
        AnswerColumn("PACKETS", "packets", .right), AnswerColumn("ADDRESSES", "dark_addresses", .right),
        AnswerColumn("TTL", .right) { row in
            // Without any the least is the greater.
            guard let least = row.text("ttl_least").flatMap({ Int($0) }),
                let most = row.text("ttl_most").flatMap({ Int($0) }), least <= most
            else { return nil }
            return least == most ? "\(least)" : "\(least)-\(most)"
        },
        AnswerColumn("FIRST SEEN", "first_seen"), AnswerColumn("LAST SEEN", "last_seen"),
    ]
    private static let serviceColumns: [AnswerColumn] = [
        AnswerColumn("CLASS", "class"), AnswerColumn("PORT", "service_port", .right), AnswerColumn("NAME", "name"),
        AnswerColumn("PACKETS", "packets", .right), AnswerColumn("FLOWS", "flows", .right),
        AnswerColumn("SITES", "sites", .right), AnswerColumn("FIRST SEEN", "first_seen"),
        AnswerColumn("LAST SEEN", "last_seen"),
    ]
}
