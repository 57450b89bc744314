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
            "paths": .object(routes.map { ($0.template, .members(["get": operation($0)])) }),
            "components": .members(["schemas": .members(["Problem": problem])]),
        ])
    }

    private static func operation(_ route: Route) -> JSONValue {
        let place = route.path.compactMap { segment -> Parameter? in
            if case .parameter(let parameter) = segment { parameter } else { nil }
        }
        let parameters =
            place.map { parameter($0, in: "path") } + route.parameters.map { parameter($0, in: "query") }
        var answers: [(name: String, value: JSONValue)] = [("200", success(route))]
        var refusals: [(String, String)] = [("400", "A parameter cannot be used.")]
        if case .question = route.source {
            refusals += [
                ("404", "There is no such thing."), ("422", "The question is too large."),
                ("503", "The database does not answer, or too many ask."),
            ]
            answers.append(("304", .members(["description": .string("The content is that of If-None-Match.")])))
        }
        if case .events = route.source { refusals.append(("503", "Too many follow events.")) }
        if case .readiness = route.source { answers.append(("503", success(route))) }
        answers += refusals.map { ($0.0, refusal($0.1)) }
        return .members([
            "operationId": .string(route.name), "summary": .string(route.summary),
            "parameters": parameters.isEmpty ? nil : .array(parameters), "responses": .object(answers),
        ])
    }

    private static func parameter(_ parameter: Parameter, in place: String) -> JSONValue {
        .members([
            "name": .string(parameter.name), "in": .string(place), "required": .boolean(place == "path"),
            "description": .string(parameter.note), "schema": parameter.schema,
        ])
    }

    private static func success(_ route: Route) -> JSONValue {
        .members([
            "description": .string(route.summary),
            "content": .object([(route.source.mediaType, .members(["schema": schema(route)]))]),
        ])
    }

    private static func schema(_ route: Route) -> JSONValue {
        if case .document = route.source { return .members(["type": .string("object")]) }
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
        case .question, .health, .readiness, .version, .document: "application/json"
        case .metrics: "text/plain"
        case .events: "text/event-stream"
        }
    }
}
