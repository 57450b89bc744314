import Accounts
import Alerts
import Store
import SystemCalls

/// What the API changes, each on behalf of an account.
enum Changes {
    /// Unix seconds of the system's clock.
    static var now: Int64 { Clock.wallNanoseconds() / 1_000_000_000 }

    /// What is done with one alert, as the database role of the account.
    static func alert(
        _ action: @escaping @Sendable (RequestBody) -> AlertAction
    ) -> @Sendable (Arguments, ChangeDesk) throws -> JSONValue {
        { arguments, desk in
            let id = Int64(arguments.number("id") ?? 0)
            let action = action(desk.body)
            let outcomes = try desk.acting {
                try desk.connection.act(
                    action, on: [id], by: desk.account.login, note: desk.body.text("note") ?? "")
            }
            let outcome = outcomes.first?.outcome ?? .unknownAlert
            guard outcome == .done else { throw problem(outcome, id) }
            return .members(["alert": .integer(id), "event": .string(action.event)])
        }
    }

    private static func problem(_ outcome: AlertActionOutcome, _ id: Int64) -> Problem {
        let why =
            switch outcome {
            case .unknownAlert, .done: "there is no alert \(id)"
            case .notReported: "alert \(id) is only watched; nothing of it was told"
            case .closed: "alert \(id) is closed already"
            case .unchanged: "alert \(id) stands so already"
            }
        return outcome == .unknownAlert ? .notFound(why) : Problem(409, "Nothing was changed", why)
    }

    /// The dark blocks of a site, after it is written down that they are shown.
    static func reveal(_ arguments: Arguments, _ desk: ChangeDesk) throws -> JSONValue {
        let site = desk.body.text("site") ?? ""
        let blocks = try desk.acting { try desk.connection.consoleDarkBlocks(site: site) }
        guard !blocks.rows.isEmpty else { throw Problem.notFound("there is no site \(site), or it lends no block") }
        let mask = "dark:\(site)/…"
        // What cannot be written down is not shown.
        try desk.connection.writeReveal(of: mask, to: desk.account, client: desk.client)
        return .members(["site": .string(site), "mask": .string(mask), "blocks": blocks.objects])
    }

    static func sessions(_ arguments: Arguments, _ desk: ChangeDesk) throws -> JSONValue {
        guard let login = LoginName(desk.account.login) else { return .members(["sessions": .array([])]) }
        let sessions = try desk.connection.sessions(of: login)
        return .members([
            "sessions": .array(
                sessions.map { session in
                    .members([
                        "created_at": .string(session.createdAt), "used_at": .string(session.usedAt),
                        "expires_at": .string(session.expiresAt), "ends_at": .string(session.endsAt),
                        "client": session.client.map { .string($0) } ?? .null, "browser": .string(session.agent),
                    ])
                })
        ])
    }

    static func endSessions(_ arguments: Arguments, _ desk: ChangeDesk) throws -> JSONValue {
        .members(["ended": .number(try desk.connection.endOtherSessions(desk.token, client: desk.client))])
    }
}
