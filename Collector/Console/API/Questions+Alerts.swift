import Alerts
import FlowModel
import Store

/// What organisations are told, as people who watch over it ask.
extension Questions {
    /// Flows of an alert's evidence that are shown.
    private static let mostEvidence = 100
    /// A console does not know as whom the collectors that deliver sign.
    private static let reporter = Reporter(name: "(reporter)", contact: "(contact)", domain: "darkscope.invalid")

    static func alerts(_ arguments: Arguments, _ desk: Desk) throws -> JSONValue {
        var queue = AlertQueue(limit: min(arguments.number("limit") ?? 20, desk.rowLimit))
        switch arguments.text("state") {
        case "going": queue.states = ["open", "ongoing", "quiet"]
        case "all", nil: break
        case .some(let state): queue.states = [state]
        }
        queue.severity = arguments.text("severity")
        queue.organisation = arguments.text("organisation")
        queue.kind = arguments.text("kind")
        queue.finding = arguments.text("finding")
        queue.block = arguments.block("block")?.description
        queue.isAcknowledged = arguments.text("acknowledged").map { $0 == "yes" }
        queue.after = arguments.number("after")
        let connection = desk.connection
        if let after = queue.after, try !connection.hasAlert(after) {
            throw Problem.parameter(
                "after", "there is no alert \(after)", expected: "what an answer before named as next")
        }
        // One more than is shown tells whether there are more.
        queue.limit += 1
        let found = try connection.consoleAlerts(queue)
        let shown = Answer(columns: found.columns, rows: Array(found.rows.prefix(queue.limit - 1)))
        let last = shown.text(shown.rows.count - 1, "id").flatMap { Int($0) }
        return .members([
            "at": .string(try connection.consoleNow()),
            "states": try connection.consoleAlertStates(queue).objects,
            "organisations": try connection.consoleAlertOrganisations().objects,
            "alerts": shown.objects,
            "next": found.rows.count == queue.limit ? .number(last) : .null,
        ])
    }

    static func alert(_ arguments: Arguments, _ desk: Desk) throws -> JSONValue {
        let id = arguments.number("id") ?? 0
        guard let detail = try desk.connection.alertParts(Int64(id)) else {
            throw Problem.notFound("there is no alert \(id)")
        }
        return .members([
            "at": .string(try desk.connection.consoleNow()),
            "alert": try desk.connection.consoleAlert(id).object(0),
            "organisation": try desk.connection.consoleAlertOrganisation(id).object(0),
            "sensors": detail.sensors.objects, "services": detail.services.objects, "days": detail.days.objects,
            "hours": try desk.connection.consoleAlertHours(id).objects,
            "evidence": try desk.connection.consoleAlertEvidence(id, limit: mostEvidence).objects,
            "history": detail.history.objects, "notices": detail.notices.objects, "messages": detail.messages.objects,
        ])
    }

    static func notice(_ arguments: Arguments, _ desk: Desk) throws -> JSONValue {
        let id = arguments.number("id") ?? 0
        let row = try desk.connection.consoleNotice(id)
        guard !row.rows.isEmpty else { throw Problem.notFound("there is no notice \(id)") }
        let mail = try desk.connection.notice(Int64(id))?.mail(from: reporter, templates: .builtIn)
        return .members([
            "notice": row.object(0),
            "mail": mail.map { mail in
                .members([
                    "language": .string(mail.language), "subject": .string(mail.subject), "body": .string(mail.body),
                ])
            } ?? .null,
            "messages": try desk.connection.messages(notice: Int64(id), limit: desk.rowLimit).objects,
            "deliveries": try desk.connection.consoleDeliveries(notice: id).objects,
        ])
    }
}
