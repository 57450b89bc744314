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
    let hosts: HostCheck
    let limits: ConsoleLimits
    let rowLimit: Int
    let timeoutMilliseconds: Int
    let probe: ConsoleProbe
    let pool: QueryPool
    let hub: EventHub
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
            case .route(let route, let arguments):
                name = route.name
                if case .events = route.source, request.method == .get {
                    response = try await follow(request, context)
                } else {
                    response = write(try await reply(route, arguments, context), for: request)
                }
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

    /// What a request asks for.
    private enum Destination {
        /// A page or what belongs to it, and what it is counted as.
        case file(String, Reply)
        case route(Route, Arguments)
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
        let matches = routes.lazy.compactMap { route in route.match(parsed.path).map { (route, $0) } }
        let found = matches.first
        let file = found == nil ? files.find(parsed.path) : nil
        guard found != nil || file != nil else {
            throw .notFound("nothing is served here. What is tells /api/v1/openapi.json")
        }
        guard request.method == .get || request.method == .head else {
            var problem = Problem(405, "The method is not known here", "only GET and HEAD are")
            problem.allowed = "GET, HEAD"
            throw problem
        }
        let length = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        guard length == 0, request.headers[.transferEncoding] == nil else {
            throw Problem(413, "The request has a body", "none is needed here. Leave it out")
        }
        if let file { return .file(file.name, file.reply) }
        guard let (route, place) = found else { throw .notFound("nothing is served here") }
        return .route(route, try Arguments(place: place, fields: parsed.fields, known: route.parameters))
    }

    // MARK: The answer

    private func reply(
        _ route: Route, _ arguments: Arguments, _ context: ConsoleContext
    ) async throws(Problem) -> Reply {
        switch route.source {
        case .question(let answer): return Reply(try await ask(answer, arguments, context))
        case .health: return Reply(.members(["status": .string("ok")]), caching: .none)
        case .readiness:
            let reasons = await health.problems()
            return Reply(
                .members([
                    "status": .string(reasons.isEmpty ? "ready" : "not ready"), "reasons": .strings(reasons),
                ]), status: reasons.isEmpty ? 200 : 503, caching: .none)
        case .version:
            return Reply(
                .members(["program": .string(probe.program), "version": .string(probe.version)]), caching: .none)
        case .metrics: return Reply(Array(await health.metrics().utf8), MetricsText.mediaType, caching: .none)
        case .document: return Reply(document, "application/json")
        case .events: return Reply([], "text/event-stream", caching: .none)
        }
    }

    private func ask(
        _ answer: @escaping @Sendable (Arguments, Desk) throws -> JSONValue, _ arguments: Arguments,
        _ context: ConsoleContext
    ) async throws(Problem) -> JSONValue {
        let (pool, rowLimit, timeoutMilliseconds) = (pool, rowLimit, timeoutMilliseconds)
        do {
            return try await context.departure().cancelling {
                try await pool.ask { connection in
                    try answer(
                        arguments,
                        Desk(connection: connection, rowLimit: rowLimit, timeoutMilliseconds: timeoutMilliseconds))
                }
            }
        } catch let problem as Problem {
            throw problem
        } catch let error as StoreError {
            throw Responder.problem(error)
        } catch {
            // The client has left, or the program ends: whoever still listens may ask again.
            throw .unavailable("the question was given up", retryAfter: 1)
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

    // MARK: Events

    private func follow(_ request: Request, _ context: ConsoleContext) async throws(Problem) -> Response {
        let last = HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] }
        let departure: Departure
        do {
            departure = try await context.departure()
        } catch {
            throw .unavailable("the client has left", retryAfter: 1)
        }
        guard self.hub.join() else { throw .unavailable("too many follow the events already", retryAfter: 30) }
        let hub = hub
        let latest = hub.latest
        // Who comes back goes on where it was; who is new gets the last minutes.
        let known = last.flatMap { ConsoleEvent.number(in: $0, start: hub.start) }
        let begin = known ?? (last == nil ? (latest > 15 ? latest - 15 : 0) : .max)
        var response = Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                defer { hub.leave() }
                try await Responder.feed(&writer, from: begin, hub, departure)
                try await writer.finish(nil)
            })
        if let name = HTTPField.Name("X-Accel-Buffering") { response.headers[name] = "no" }
        return response
    }

    private static func feed(
        _ writer: inout any ResponseBodyWriter, from begin: UInt64, _ hub: EventHub, _ departure: Departure
    ) async throws {
        var (number, beats) = (begin, UInt64?.none)
        try await writer.write(ByteBuffer(string: "retry: 3000\n\n"))
        while true {
            let (place, seen) = (number, beats)
            let (news, now) = try await departure.cancelling {
                var beats = seen
                let news = try await hub.news(after: place, beats: &beats)
                return (news, beats)
            }
            beats = now
            switch news {
            case .events(let events):
                try await writer.write(ByteBuffer(string: events.map { $0.text(start: hub.start) }.joined()))
                number = events.last?.number ?? number
            case .missed(let latest):
                // Its number is that of the newest, so that who comes back after it goes on there.
                let event = ConsoleEvent(number: latest, name: "missed", data: "{}")
                try await writer.write(ByteBuffer(string: event.text(start: hub.start)))
                number = latest
            case .heartbeat: try await writer.write(ByteBuffer(string: ":\n\n"))
            case .ended: return
            }
        }
    }
}
