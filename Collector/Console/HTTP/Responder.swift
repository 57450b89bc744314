import Accounts
import Alerts
import HTTPTypes
import Hummingbird
import NIOCore
import Store
import SystemCalls
import Telemetry

/// Answers every request: finds its route, reads its parameters, has it answered, and writes the answer as the client
/// takes it.
struct Responder: HTTPResponder {
    typealias Context = ConsoleContext

    let routes: [Route]
    let files: SiteFiles
    let map: MapFiles
    let hosts: HostCheck
    let limits: ConsoleLimits
    let rowLimit: Int
    let timeoutMilliseconds: Int
    let probe: ConsoleProbe
    let pool: QueryPool
    let hubs: EventHubs
    let reception: Reception
    let health: HealthDesk
    let counters: RequestCounters
    /// The OpenAPI document.
    let document: [UInt8]

    func respond(to request: Request, context: ConsoleContext) async throws -> Response {
        let start = Clock.monotonicNanoseconds()
        var name = "none"
        var response: Response
        do throws(Problem) {
            switch try find(request) {
            case .file(let kind, let reply):
                name = kind
                response = write(reply, for: request)
            case .route(let found):
                name = found.route.name
                response = try await answer(found, request, context)
            }
        } catch {
            response = write(Reply(error), for: request)
        }
        Responder.secure(&response)
        counters.note(
            route: name, status: response.status.code, nanoseconds: Clock.monotonicNanoseconds() - start)
        return response
    }

    // MARK: The request

    /// A route, with what the address says.
    private struct Found {
        let route: Route
        let place: [(Parameter, String)]
        let fields: [Target.Field]
    }

    /// What a request asks for.
    private enum Destination {
        /// A page or what belongs to it, and what it is counted as.
        case file(String, Reply)
        case route(Found)
    }

    private func find(_ request: Request) throws(Problem) -> Destination {
        let target = request.head.path ?? "/"
        guard target.utf8.count <= limits.target else {
            throw Problem(
                414, "The address is too long", "it has more than \(limits.target) bytes. Ask a shorter question")
        }
        guard hosts.admits(request.head.authority) else {
            throw Problem(
                421, "This console has another name",
                "it answers to localhost and the addresses of loopback. Add the name of a proxy to console.hosts")
        }
        let parsed = try Target(target)
        let matches = routes.compactMap { route in route.match(parsed.path).map { (route, $0) } }
        let file = matches.isEmpty ? files.find(parsed.path) : nil
        guard !matches.isEmpty || file != nil else {
            throw .notFound("nothing is served here. What is tells /api/v1/openapi.json")
        }
        let method = request.method == .head ? "GET" : request.method.rawValue
        let found = matches.first { $0.0.method.rawValue == method }
        guard found != nil || file != nil && method == "GET" else {
            let methods = (file == nil ? matches.map(\.0.method.rawValue) : ["GET"])
                .flatMap { $0 == "GET" ? ["GET", "HEAD"] : [$0] }
            var problem = Problem(
                405, "The method is not known here",
                "only \(methods.joined(separator: " and ")) \(methods.count == 1 ? "is" : "are")")
            problem.allowed = methods.joined(separator: ", ")
            throw problem
        }
        if found?.0.body == nil {
            let length = request.headers[.contentLength].flatMap { Int($0) } ?? 0
            guard length == 0, request.headers[.transferEncoding] == nil else {
                throw Problem(413, "The request has a body", "none is needed here. Leave it out")
            }
        }
        if let file { return .file(file.name, file.reply) }
        guard let (route, place) = found else { throw .notFound("nothing is served here") }
        return .route(Found(route: route, place: place, fields: parsed.fields))
    }

    /// The members of the body of a change.
    private func body(_ request: Request, _ route: Route) async throws(Problem) -> RequestBody {
        guard let known = route.body else { return try RequestBody(Array("{}".utf8), known: []) }
        let type = (request.headers[.contentType] ?? "").prefix { $0 != ";" && $0 != " " }.lowercased()
        guard type == "application/json" else {
            throw Problem(415, "The body is of another kind", "send JSON, as Content-Type: application/json")
        }
        let most = limits.change
        let tooLong = Problem(413, "The body is too long", "it has more than \(most) bytes")
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > most { throw tooLong }
        let (content, seconds) = (request.body, limits.idleSeconds)
        let bytes: [UInt8]
        do {
            bytes = try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
                group.addTask { Array(buffer: try await content.collect(upTo: most)) }
                group.addTask {
                    try await Task.sleep(for: .seconds(seconds))
                    return nil
                }
                defer { group.cancelAll() }
                guard let first = try await group.next(), let bytes = first else {
                    throw Problem(408, "The body did not come", "it takes longer than \(seconds) s")
                }
                return bytes
            }
        } catch let problem as Problem {
            throw problem
        } catch {
            throw tooLong
        }
        return try RequestBody(bytes, known: known)
    }

    // MARK: The answer

    private func answer(
        _ found: Found, _ request: Request, _ context: ConsoleContext
    ) async throws(Problem) -> Response {
        let (route, headers) = (found.route, request.headers)
        let approach = Approach(peer: context.peer, headers: headers, proxies: reception.proxies)
        if route.method != .get {
            try reception.requireOrigin(headers, host: request.head.authority, approach)
        }
        let visitor = try await visitor(route, headers, approach)
        try reception.admit(visitor, to: route)
        let arguments = try Arguments(place: found.place, fields: found.fields, known: route.parameters)
        if case .events = route.source, request.method == .get { return try await follow(request, context, visitor) }
        guard route.method != .get else {
            return write(try await reply(route, arguments, visitor, approach, request, context), for: request)
        }
        try reception.requireFormToken(headers, visitor)
        let body = try await body(request, route)
        let made = try await change(route, arguments, body, visitor, approach, agent: headers[.userAgent] ?? "")
        return write(made, for: request)
    }

    /// Who asks; those who ask for what everybody may have are not looked for.
    private func visitor(
        _ route: Route, _ headers: HTTPFields, _ approach: Approach
    ) async throws(Problem) -> Visitor {
        switch route.source {
        case .health, .readiness, .version, .land, .points: .stranger
        case .metrics where approach.way == .local: .stranger
        case .metrics, .document, .events, .question, .computed, .session, .change:
            try await reception.visitor(headers, approach)
        }
    }

    private func reply(
        _ route: Route, _ arguments: Arguments, _ visitor: Visitor, _ approach: Approach, _ request: Request,
        _ context: ConsoleContext
    ) async throws(Problem) -> Reply {
        switch route.source {
        case .question(let answer):
            return Download.reply(try await ask(answer, arguments, visitor, context), route, arguments)
        case .computed(let answer): return Reply(try answer(arguments), caching: .personal)
        case .session: return Reply(visitor.json(reception.access), caching: .none)
        case .change:
            return try await change(route, arguments, try await body(request, route), visitor, approach, agent: "")
        case .health: return Reply(.members(["status": .string("ok")]), caching: .none)
        case .readiness:
            let reasons = await health.problems()
            // They name servers and sites.
            let told = approach.way == .local ? reasons : []
            return Reply(
                .members([
                    "status": .string(reasons.isEmpty ? "ready" : "not ready"), "reasons": .strings(told),
                ]), status: reasons.isEmpty ? 200 : 503, caching: .none)
        case .version:
            return Reply(
                .members(["program": .string(probe.program), "version": .string(probe.version)]), caching: .none)
        case .metrics:
            // They tell of sites and alerts.
            guard approach.way == .local || visitor.isAtLeast(.analyst) && visitor.account?.mustChange != true else {
                throw Problem(403, "This is not for your role", "metrics are for this machine, and for analysts")
            }
            return Reply(Array(await health.metrics().utf8), MetricsText.mediaType, caching: .none)
        case .document: return Reply(document, "application/json")
        case .land: return Reply(map.land, route.source.mediaType)
        case .points: return Reply(try map.points.get(), route.source.mediaType)
        case .events: return Reply([], "text/event-stream", caching: .none)
        }
    }

    private func ask(
        _ answer: @escaping @Sendable (Arguments, Desk) throws -> JSONValue, _ arguments: Arguments,
        _ visitor: Visitor, _ context: ConsoleContext
    ) async throws(Problem) -> JSONValue {
        let (pool, rowLimit, timeoutMilliseconds) = (pool, rowLimit, timeoutMilliseconds)
        let role = visitor.role ?? .public
        do {
            return try await context.departure().cancelling {
                try await pool.ask { connection in
                    let desk = Desk(
                        connection: connection, role: role, rowLimit: rowLimit,
                        timeoutMilliseconds: timeoutMilliseconds)
                    guard let databaseRole = visitor.databaseRole else { return try answer(arguments, desk) }
                    return try connection.acting(
                        as: databaseRole, statementSeconds: max(1, timeoutMilliseconds / 1_000),
                        throwing: { try answer(arguments, desk) })
                }
            }
        } catch let error as StoreError where error.isDenied && role < .analyst {
            throw Problem(403, "This is not for your role", "the database does not show it to \(role.rawValue)")
        } catch {
            throw Responder.problem(error)
        }
    }

    /// What a change answers.
    private func change(
        _ route: Route, _ arguments: Arguments, _ body: RequestBody, _ visitor: Visitor, _ approach: Approach,
        agent: String
    ) async throws(Problem) -> Reply {
        switch route.source {
        case .session(let act):
            var now = visitor
            switch act {
            case .tell: break
            case .signIn: now = try await reception.signIn(body, approach, agent: agent, before: visitor)
            case .signOut:
                try await reception.signOut(visitor, approach, agent: agent)
                now = reception.nobody
            case .changePassword:
                try await reception.changePassword(visitor, body, approach, agent: agent)
                now = try await reception.again(visitor)
            }
            var reply = Reply(now.json(reception.access), caching: .none)
            if now.token != visitor.token { reply.cookie = approach.cookie(now.token?.text) }
            return reply
        case .change(let change):
            guard let account = visitor.account, let token = visitor.token else { throw Reception.noAccounts }
            let client = SignInClient(address: approach.client, agent: agent)
            return Reply(
                try await reception.make { connection in
                    try change(
                        arguments,
                        ChangeDesk(
                            connection: connection, account: account, token: token, client: client, body: body))
                }, caching: .none)
        case .question, .computed, .health, .readiness, .version, .metrics, .document, .land, .points, .events:
            throw .notFound("nothing is changed here")
        }
    }

    /// Why an answer failed, to who asks.
    static func problem(_ error: any Error) -> Problem {
        switch error {
        case let problem as Problem: problem
        case let error as StoreError: Responder.problem(error)
        // The client has left, or the program ends: whoever still listens may ask again.
        default: .unavailable("the question was given up", retryAfter: 1)
        }
    }

    /// What the database's refusal means to who asks.
    static func problem(_ error: StoreError) -> Problem {
        switch error.kind {
        case .refused("57014"):
            return Problem(
                422, "The question is too large", "\(error.message). Ask for a shorter span or for less")
        case .refused(let state) where state.hasPrefix("54"):
            return Problem(422, "The question is too large", error.message)
        case .refused: return Problem(400, "A parameter cannot be used", error.message)
        case .unavailable: return .unavailable("the database does not answer", retryAfter: 5)
        case .schema: return .unavailable("the database's schema or privileges do not fit: see /readyz", retryAfter: 30)
        }
    }
}
