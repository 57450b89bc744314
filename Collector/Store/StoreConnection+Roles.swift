/// A role of the server that Darkscope made, as far as this database is concerned.
package struct DatabaseRole: Sendable, Hashable {
    package let name: String
    /// What it is for.
    package let purpose: String
    /// Roles that it may do everything of.
    package let memberOf: [String]
    /// Whether a session may begin as this role; how it proves that is the server's matter.
    package let mayLogIn: Bool
}

extension StoreConnection {
    /// Makes the roles owner, writer, analyst and partner unless they are there, and gives them what they need here.
    /// - Throws: `.schema` when the connection's role may not make roles, or another program's role has such a name.
    ///
    /// It needs every table for a moment, and tries again when a collector that runs was in its way.
    package func makeRoles() throws(StoreError) {
        _ = try retryingContention { () throws(StoreError) in try query("SELECT meta.make_roles()") }
    }

    /// Makes the role of a site's partner unless it is there.
    /// - Returns: its name; nil when there is no such site.
    package func makePartner(site: String) throws(StoreError) -> String? {
        guard try query("SELECT FROM meta.site WHERE code = $1", [site]).rowCount == 1 else { return nil }
        return try retryingContention { () throws(StoreError) in
            try query("SELECT meta.make_partner($1)", [site]).text(0, 0)
        }
    }

    /// Makes a role of a person or program that may do what `role` may.
    package func makeLogin(_ name: String, like role: String) throws(StoreError) {
        try query("SELECT meta.make_login($1, $2)", [name, role])
    }

    /// Darkscope's roles, by name.
    package func roles() throws(StoreError) -> [DatabaseRole] {
        let result = try query(
            """
            SELECT r.rolname, substr(shobj_description(r.oid, 'pg_authid'), 12), r.rolcanlogin,
                (SELECT string_agg(g.rolname, ' ' ORDER BY g.rolname) FROM pg_auth_members m
                    JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid)
            FROM pg_roles r WHERE shobj_description(r.oid, 'pg_authid') LIKE 'Darkscope: %' ORDER BY 1
            """)
        return (0..<result.rowCount).map { row in
            DatabaseRole(
                name: result.text(row, 0) ?? "", purpose: result.text(row, 1) ?? "",
                memberOf: (result.text(row, 3) ?? "").split(separator: " ").map(String.init),
                mayLogIn: result.text(row, 2) == "t")
        }
    }
}
