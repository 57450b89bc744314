import FlowModel
import Query

/// Everything that a console serves.
enum Routes {
    static let span = [
        Parameter(name: "from", kind: .moment(standard: "now-24h"), note: "Start of the span: \(MomentText.expected)."),
        Parameter(name: "to", kind: .moment(standard: "now"), note: "End of the span, which is not in it."),
        Parameter(name: "tz", kind: .zone, note: "Zone of local times and of the bins' midnights, by its IANA name."),
    ]
    static let step = Parameter(
        name: "step", kind: .choice(Questions.steps.map(\.name), standard: nil),
        note: "Length of the bins; without it the shortest of which 300 hold the span.")
    static let filter = Parameter(
        name: "q", kind: .filter, note: "A filter, such as proto = tcp and port in (23, 2323) and not scanner.")
    static let scanners = Parameter(
        name: "scanners", kind: .choice(ScannerChoice.allCases.map(\.rawValue), standard: "all"),
        note: "Which sources count: all, without labelled scanners, or those only.")
    static let limit = Parameter(name: "limit", kind: .integer(1...1_000, standard: 20), note: "Rows at most.")
    static let classes = TrafficClass.allCases.map(\.name)

    static func api(_ segments: Route.Segment...) -> [Route.Segment] { [.word("api"), .word("v1")] + segments }

    /// All that there is, besides the pages.
    static let all: [Route] =
        program + session + traffic + ports + filtered + sources + sites + map + alerts + changes + explore

    /// The program itself.
    static let program: [Route] = [
        Route(
            [.word("healthz")], "health", "Whether the process answers.", members: ["status": "string"], for: .anybody,
            by: .health),
        Route(
            [.word("readyz")], "readiness", "Whether the program can do its work now; 503 with the reasons when not.",
            members: ["status": "string", "reasons": "array"], for: .anybody, by: .readiness),
        Route(
            [.word("version")], "version", "Program and version.",
            members: ["program": "string", "version": "string"], for: .anybody, by: .version),
        Route(
            [.word("metrics")], "metrics",
            "Metrics in the text format of Prometheus, for this machine and for analysts.",
            for: .anybody, by: .metrics),
        Route(api(.word("openapi.json")), "document", "This document.", by: .document),
        Route(
            api(.word("events")), "events",
            "A stream of events, one for each minute of which something is stored, and again when it grows.",
            by: .events),
    ]
}
