import Accounts
import Alerts
import Store

/// Something that can be asked for: the table of them is what is served, and what the OpenAPI document tells.
struct Route: Sendable {
    enum Segment: Sendable {
        case word(String)
        case parameter(Parameter)
    }

    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case delete = "DELETE"
    }

    /// Where its content comes from.
    enum Source: Sendable {
        /// The database, on a thread of the pool, as the role of whoever asks.
        case question(@Sendable (Arguments, Desk) throws -> JSONValue)
        /// A change, on a connection of the primary, which acts as whoever asks when it is told to.
        case change(@Sendable (Arguments, ChangeDesk) throws -> JSONValue)
        /// The session of whoever asks.
        case session(SessionAct)
        /// The program itself, at once.
        case computed(@Sendable (Arguments) throws(Problem) -> JSONValue)
        case health, readiness, version, metrics, document, events
        /// Files that maps are drawn with.
        case land, points
    }

    /// What is done with a session.
    enum SessionAct: Sendable { case tell, signIn, signOut, changePassword }

    /// For whom it is.
    enum Reader: Sendable, Hashable {
        /// Everybody: it tells nothing of what is stored.
        case anybody
        /// Who is signed in, and the public where it may look. What they see is the database's business.
        case visitors
        /// Who is signed in, also before the password is changed that somebody else set.
        case session
        /// Accounts that have this role at least.
        case accounts(AccountRole)

        /// The least role; nil when nobody need be anybody.
        var least: AccountRole? {
            switch self {
            case .anybody: nil
            case .visitors, .session: .public
            case .accounts(let role): role
            }
        }

        /// Whether the public is not meant, nor whoever reaches an open console.
        var needsAccount: Bool {
            switch self {
            case .anybody, .visitors: false
            case .session, .accounts: true
            }
        }

        var isOfSession: Bool { self == .session }
    }

    let path: [Segment]
    let method: Method
    /// Unique; `operationId` in the document.
    let name: String
    /// One sentence.
    let summary: String
    private let ownParameters: [Parameter]
    /// Members of the object that the request's body is; nil when it has none.
    let body: [BodyMember]?
    /// Members of the answer, with their types in JSON Schema; empty for what is no object of JSON.
    let members: [(name: String, type: String)]
    let reader: Reader
    let source: Source

    init(
        _ path: [Segment], _ name: String, _ summary: String, _ parameters: [Parameter] = [],
        method: Method = .get, body: [BodyMember]? = nil, members: KeyValuePairs<String, String> = [:],
        for reader: Reader = .visitors, by source: Source
    ) {
        self.path = path
        self.method = method
        self.name = name
        self.summary = summary
        ownParameters = parameters
        self.body = body
        self.members = members.map { ($0.key, $0.value) }
        self.reader = reader
        self.source = source
    }

    /// Of the query: its own, and how the answer is downloaded when there are lists in it.
    var parameters: [Parameter] { ownParameters + Download.parameters(self) }

    /// The members that are lists; none where the answer does not come from the database.
    var tables: [String] {
        guard case .question = source else { return [] }
        return members.filter { $0.type == "array" }.map(\.name)
    }

    /// A route whose answer has members that others have too, after its own.
    func with(_ more: [(name: String, type: String)]) -> Route { Route(self, members: members + more) }

    private init(_ route: Route, members: [(name: String, type: String)]) {
        path = route.path
        method = route.method
        name = route.name
        summary = route.summary
        ownParameters = route.ownParameters
        body = route.body
        reader = route.reader
        source = route.source
        self.members = members
    }

    /// As OpenAPI writes a path.
    var template: String {
        "/"
            + path.map { segment in
                switch segment {
                case .word(let word): word
                case .parameter(let parameter): "{\(parameter.name)}"
                }
            }.joined(separator: "/")
    }

    /// The parameters of the path with what stands there; nil when the path is another.
    func match(_ segments: [String]) -> [(Parameter, String)]? {
        guard segments.count == path.count else { return nil }
        var found: [(Parameter, String)] = []
        for (part, segment) in zip(path, segments) {
            switch part {
            case .word(let word): if word != segment { return nil }
            case .parameter(let parameter): found.append((parameter, segment))
            }
        }
        return found
    }
}

/// What a question is answered with.
struct Desk {
    let connection: StoreConnection
    /// What whoever asks may see; the database sees to it.
    let role: AccountRole
    /// Rows of an answer at most.
    let rowLimit: Int
    /// Each statement has so long.
    let timeoutMilliseconds: Int

    /// Whether organisations, alerts and whatever names sites apart are shown to whoever asks: analysts and above.
    var seesAlerts: Bool { role >= .analyst }
}

/// What a change is made with.
struct ChangeDesk {
    /// As the console itself, which reads no traffic and writes what is of accounts.
    let connection: StoreConnection
    let account: AccountRecord
    let token: SessionToken
    let client: SignInClient
    let body: RequestBody

    /// Runs `change` as the database role of whoever asks, who may do what that role may.
    func acting<T>(_ change: () throws -> T) throws -> T {
        guard let role = account.databaseRole else { throw Problem.notFound("the account has no role in the database") }
        return try connection.acting(as: role, mayWrite: true, throwing: change)
    }
}
