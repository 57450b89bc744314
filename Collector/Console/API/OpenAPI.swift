import Alerts

/// The document that tells programs what a console serves: OpenAPI 3.1, made of the table of routes.
enum OpenAPI {
    static func document(_ routes: [Route], version: String) -> JSONValue {
        .members([
            "openapi": .string("3.1.0"),
            "info": .members([
                "title": .string("Darkscope console"), "version": .string(version),
                "description": .string(
                    "What the network telescope saw. Times are RFC 3339 in UTC; null is not known or not observed, 0 is "
                        + "observed and nothing came. Sources may be forged."),
            ]),
            "paths": .object(
                paths(routes).map { path in
                    (
                        path,
                        .object(
                            routes.filter { $0.template == path }.map {
                                ($0.method.rawValue.lowercased(), operation($0))
                            })
                    )
                }),
            "components": .members([
                "schemas": .members(["Problem": problem]),
                "securitySchemes": .members(["session": session, "local_session": localSession, "form": form]),
            ]),
        ])
    }

    /// Each once, in the order of the routes.
    private static func paths(_ routes: [Route]) -> [String] {
        var paths: [String] = []
        for route in routes where !paths.contains(route.template) { paths.append(route.template) }
        return paths
    }

    private static func cookie(_ name: String, _ note: String) -> JSONValue {
        .members([
            "type": .string("apiKey"), "in": .string("cookie"), "name": .string(name), "description": .string(note),
        ])
    }

    private static let session = cookie("__Host-darkscope", "Set by POST /api/v1/session, over TLS.")
    private static let localSession = cookie("darkscope", "The same on loopback, where there is no TLS.")
    private static let form: JSONValue = .members([
        "type": .string("apiKey"), "in": .string("header"), "name": .string(Reception.formField),
        "description": .string(
            "form_token of GET /api/v1/session. A change also wants the field Origin, which browsers send."),
    ])

    private static func security(_ route: Route) -> JSONValue? {
        guard route.reader != .anybody else { return nil }
        return .array(
            ["session", "local_session"].map { name in
                .object([(name, .array([]))] + (route.method == .get ? [] : [("form", .array([]))]))
            })
    }

    private static func requestBody(_ route: Route) -> JSONValue? {
        guard let body = route.body else { return nil }
        return .members([
            "required": .boolean(true),
            "content": .members([
                "application/json": .members([
                    "schema": .members([
                        "type": .string("object"), "properties": .object(body.map { ($0.name, $0.schema) }),
                        "required": .strings(body.filter(\.isRequired).map(\.name)),
                        "additionalProperties": .boolean(false),
                    ])
                ])
            ]),
        ])
    }

    private static func operation(_ route: Route) -> JSONValue {
        let place = route.path.compactMap { segment -> Parameter? in
            if case .parameter(let parameter) = segment { parameter } else { nil }
        }
        let parameters =
            place.map { parameter($0, in: "path") } + route.parameters.map { parameter($0, in: "query") }
        var answers: [(name: String, value: JSONValue)] = [("200", success(route))]
        if case .readiness = route.source { answers.append(("503", success(route))) }
        if case .question = route.source {
            answers.append(("304", .members(["description": .string("The content is that of If-None-Match.")])))
        }
        answers += refusals(route).map { ($0.0, refusal($0.1)) }
        return .members([
            "operationId": .string(route.name), "summary": .string(route.summary),
            "parameters": parameters.isEmpty ? nil : .array(parameters), "requestBody": requestBody(route),
            "responses": .object(answers), "security": security(route),
        ])
    }

    /// Why a route may have no answer, by status.
    private static func refusals(_ route: Route) -> [(String, String)] {
        var refusals = [("400", "A parameter cannot be used.")]
        let isSignIn = if case .session(.signIn) = route.source { true } else { false }
        if route.reader != .anybody || isSignIn { refusals.append(("401", "Nobody is signed in, or is refused.")) }
        let isMetrics = if case .metrics = route.source { true } else { false }
        if route.reader != .anybody || route.method != .get || isMetrics {
            refusals.append(("403", "Not for this role, or not asked by a page of this session."))
        }
        switch route.source {
        case .question:
            refusals += [("404", "There is no such thing."), ("422", "The question is too large.")]
        case .change: refusals += [("404", "There is no such thing."), ("409", "It stands so already.")]
        case .session(.signIn), .session(.changePassword): refusals.append(("429", "Too many tries: wait first."))
        case .points: refusals.append(("404", "The file is not there: the answer says how to make it."))
        case .computed: refusals.append(("404", "There is no such thing."))
        case .session, .health, .readiness, .version, .metrics, .document, .land, .events: break
        }
        if route.method != .get {
            refusals += [("413", "The body is too long, or none is needed."), ("415", "The body is no JSON.")]
        }
        switch route.source {
        case .health, .readiness, .version, .computed, .land, .points: break
        case .question, .change, .session, .metrics, .document, .events:
            refusals.append(("503", "The database does not answer, or too many ask."))
        }
        return refusals
    }

    private static func parameter(_ parameter: Parameter, in place: String) -> JSONValue {
        .members([
            "name": .string(parameter.name), "in": .string(place), "required": .boolean(place == "path"),
            "description": .string(parameter.note), "schema": parameter.schema,
        ])
    }

    private static func success(_ route: Route) -> JSONValue {
        var content = [(route.source.mediaType, JSONValue.members(["schema": schema(route)]))]
        if !route.tables.isEmpty {
            content.append((Download.mediaType, .members(["schema": .members(["type": .string("string")])])))
        }
        return .members(["description": .string(route.summary), "content": .object(content)])
    }

    private static func schema(_ route: Route) -> JSONValue {
        switch route.source {
        case .document, .land, .points: return .members(["type": .string("object")])
        default: break
        }
        guard !route.members.isEmpty else { return .members(["type": .string("string")]) }
        return .members([
            "type": .string("object"), "required": .strings(route.members.map(\.name)),
            "properties": .object(
                route.members.map { member in
                    let types = member.type.split(separator: " ").filter { $0 != "or" }.map(String.init)
                    return (
                        member.name,
                        .members(["type": types.count == 1 ? .string(types[0]) : .strings(types)])
                    )
                }), "additionalProperties": .boolean(false),
        ])
    }

    private static func refusal(_ description: String) -> JSONValue {
        .members([
            "description": .string(description),
            "content": .object([
                (
                    Problem.mediaType,
                    .members(["schema": .members(["$ref": .string("#/components/schemas/Problem")])])
                )
            ]),
        ])
    }

    private static let problem: JSONValue = .members([
        "type": .string("object"), "description": .string("RFC 9457."),
        "required": .strings(["type", "title", "status", "detail"]),
        "properties": .members([
            "type": .members(["type": .string("string")]), "title": .members(["type": .string("string")]),
            "status": .members(["type": .string("integer")]), "detail": .members(["type": .string("string")]),
            "parameter": .members(["type": .string("string")]), "expected": .members(["type": .string("string")]),
        ]),
    ])
}

extension Route.Source {
    var mediaType: String {
        switch self {
        case .question, .computed, .change, .session, .health, .readiness, .version, .document, .points:
            "application/json"
        case .land: "application/geo+json"
        case .metrics: "text/plain"
        case .events: "text/event-stream"
        }
    }
}
