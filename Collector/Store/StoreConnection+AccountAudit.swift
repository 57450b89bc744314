package import Accounts

extension StoreConnection {
    /// Writes into the audit of accounts.
    /// - Parameters:
    ///   - account: console.account.id; nil for a failure of a login that there is not.
    ///   - detail: shortened to 500 characters.
    func write(_ event: String, of account: Int64?, by actor: AccountActor, detail: String) throws(StoreError) {
        try query(
            """
            INSERT INTO console.audit (event, account, person, place, client, detail)
            VALUES ($1, $2::int8, $3, $4, $5::inet, $6)
            """,
            [
                event, account.map { "\($0)" }, actor.person, actor.place, actor.client,
                SignInClient.bounded(detail, 500),
            ])
    }

    /// Writes down that a masked value was shown in full, before it is shown.
    /// - Parameters:
    ///   - account: to whom.
    ///   - what: which value, as its mask; never the value itself. At most 500 characters are kept.
    package func writeReveal(of what: String, to account: AccountRecord, client: SignInClient) throws(StoreError) {
        try write("reveal", of: account.id, by: .console(account.login, client), detail: what)
    }

    /// The newest entries, of one account unless `login` is nil, newest first.
    package func accountAudit(of login: LoginName? = nil, limit: Int) throws(StoreError) -> [AccountAuditEntry] {
        let result = try query(
            """
            SELECT e.id, \(StoreConnection.timeText("e.at")), e.event, a.login, e.person, e.place, host(e.client), e.detail
            FROM console.audit e LEFT JOIN console.account a ON a.id = e.account
            WHERE $1::text IS NULL OR a.login = $1 ORDER BY e.id DESC LIMIT $2::int8
            """, [login?.text, "\(limit)"])
        return (0..<result.rowCount).map { row in
            AccountAuditEntry(
                id: result.number(row, 0) ?? 0, at: result.text(row, 1) ?? "", event: result.text(row, 2) ?? "",
                login: result.text(row, 3), person: result.text(row, 4) ?? "", place: result.text(row, 5) ?? "",
                client: result.text(row, 6), detail: result.text(row, 7) ?? "")
        }
    }
}
