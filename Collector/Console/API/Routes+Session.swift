import Accounts

extension Routes {
    /// Who is signed in.
    static let session: [Route] = [
        Route(
            api(.word("session")), "session",
            "Who asks, and what they may do; may have a form token, which every change wants in the field "
                + "\(Reception.formField).", members: Visitor.members, for: .anybody, by: .session(.tell)),
        Route(
            api(.word("session")), "sign_in",
            "Sign in: the answer sets the session's cookie. 401 when login or password is wrong, 429 after too many tries.",
            method: .post,
            body: [
                BodyMember(name: "login", kind: .text(1...200), note: "As typed."),
                BodyMember(name: "password", kind: .text(1...4_096), note: "As typed."),
            ], members: Visitor.members, for: .anybody, by: .session(.signIn)),
        Route(
            api(.word("session")), "sign_out", "Sign out: the session ends, and what follows events with it.",
            method: .delete, members: Visitor.members, for: .session, by: .session(.signOut)),
        Route(
            api(.word("session"), .word("password")), "change_password",
            "Change one's own password; the other sessions of the account end.", method: .post,
            body: [
                BodyMember(name: "present", kind: .text(1...4_096), note: "The password that you have."),
                BodyMember(
                    name: "new", kind: .text(1...4_096),
                    note: "Another, of \(PasswordRule.shortest) characters or more."),
            ], members: Visitor.members, for: .session, by: .session(.changePassword)),
        Route(
            api(.word("sessions")), "sessions", "Where the account is signed in, the last used first.",
            members: ["sessions": "array"], for: .accounts(.public), by: .change(Changes.sessions)),
        Route(
            api(.word("sessions")), "end_sessions", "End the other sessions of the account.", method: .delete,
            members: ["ended": "integer"], for: .accounts(.public), by: .change(Changes.endSessions)),
    ]
}
