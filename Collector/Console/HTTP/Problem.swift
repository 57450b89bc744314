import Alerts

/// Why a request has no answer, as RFC 9457 writes it.
struct Problem: Error, Sendable, Equatable {
    static let mediaType = "application/problem+json"

    let status: Int
    /// The same for all problems of a kind.
    let title: String
    /// What is wrong with this one, and what to do.
    let detail: String
    /// The parameter that is wrong.
    var parameter: String?
    /// What could stand there.
    var expected: String?
    /// Seconds after which the same may succeed.
    var retryAfter: Int?
    /// The methods that there are, when it was another.
    var allowed: String?

    init(_ status: Int, _ title: String, _ detail: String) {
        self.status = status
        self.title = title
        self.detail = detail
    }

    var json: JSONValue {
        .members([
            "type": .string("about:blank"), "title": .string(title), "status": .integer(Int64(status)),
            "detail": .string(detail), "parameter": parameter.map { .string($0) },
            "expected": expected.map { .string($0) },
        ])
    }

    /// A parameter that cannot be used.
    static func parameter(_ name: String, _ detail: String, expected: String) -> Problem {
        var problem = Problem(400, "A parameter cannot be used", "\(name): \(detail); expected \(expected)")
        problem.parameter = name
        problem.expected = expected
        return problem
    }

    static func notFound(_ detail: String) -> Problem { Problem(404, "There is no such thing", detail) }

    static func unavailable(_ detail: String, retryAfter: Int) -> Problem {
        var problem = Problem(503, "Not now", detail)
        problem.retryAfter = retryAfter
        return problem
    }
}
