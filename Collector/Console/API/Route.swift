import Alerts
import Store

/// Something that can be asked for: the table of them is what is served, and what the OpenAPI document tells.
struct Route: Sendable {
    enum Segment: Sendable {
        case word(String)
        case parameter(Parameter)
    }

    /// Where its content comes from.
    enum Source: Sendable {
        /// The database, on a thread of the pool.
        case question(@Sendable (Arguments, Desk) throws -> JSONValue)
        case health, readiness, version, metrics, document, events
    }

    let path: [Segment]
    /// Unique; `operationId` in the document.
    let name: String
    /// One sentence.
    let summary: String
    let parameters: [Parameter]
    /// Members of the answer, with their types in JSON Schema; empty for what is no object of JSON.
    let members: [(name: String, type: String)]
    let source: Source

    init(
        _ path: [Segment], _ name: String, _ summary: String, _ parameters: [Parameter] = [],
        members: KeyValuePairs<String, String> = [:], by source: Source
    ) {
        self.path = path
        self.name = name
        self.summary = summary
        self.parameters = parameters
        self.members = members.map { ($0.key, $0.value) }
        self.source = source
    }

    /// A route whose answer has members that others have too, after its own.
    func with(_ more: [(name: String, type: String)]) -> Route { Route(self, members: members + more) }

    private init(_ route: Route, members: [(name: String, type: String)]) {
        path = route.path
        name = route.name
        summary = route.summary
        parameters = route.parameters
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
    /// Rows of an answer at most.
    let rowLimit: Int
    /// Each statement has so long.
    let timeoutMilliseconds: Int
}
