import FlowModel
import Query

/// Everything that a console serves.
enum Routes {
    private static let span = [
        Parameter(name: "from", kind: .moment(standard: "now-24h"), note: "Start of the span: \(MomentText.expected)."),
        Parameter(name: "to", kind: .moment(standard: "now"), note: "End of the span, which is not in it."),
        Parameter(name: "tz", kind: .zone, note: "Zone of local times and of the bins' midnights, by its IANA name."),
    ]
    private static let step = Parameter(
        name: "step", kind: .choice(Questions.steps.map(\.name), standard: nil),
        note: "Length of the bins; without it the shortest of which 300 hold the span.")
    private static let filter = Parameter(
        name: "q", kind: .filter, note: "A filter, such as proto = tcp and port in (23, 2323) and not scanner.")
    private static let scanners = Parameter(
        name: "scanners", kind: .choice(ScannerChoice.allCases.map(\.rawValue), standard: "all"),
        note: "Which sources count: all, without labelled scanners, or those only.")
    private static let limit = Parameter(name: "limit", kind: .integer(1...1_000, standard: 20), note: "Rows at most.")
    private static let classes = TrafficClass.allCases.map(\.name)

    private static func api(_ segments: Route.Segment...) -> [Route.Segment] { [.word("api"), .word("v1")] + segments }

    static let all: [Route] = [
        Route([.word("")], "page", "The console's page.", by: .file(.page)),
        Route([.word("console.css")], "style", "The page's style.", by: .file(.style)),
        Route([.word("console.js")], "script", "The page's script.", by: .file(.script)),
        Route([.word("healthz")], "health", "Whether the process answers.", members: ["status": "string"], by: .health),
        Route(
            [.word("readyz")], "readiness", "Whether the program can do its work now; 503 with the reasons when not.",
            members: ["status": "string", "reasons": "array"], by: .readiness),
        Route(
            [.word("version")], "version", "Program and version.",
            members: ["program": "string", "version": "string"], by: .version),
        Route([.word("metrics")], "metrics", "Metrics in the text format of Prometheus.", by: .metrics),
        Route(api(.word("openapi.json")), "document", "This document.", by: .document),
        Route(
            api(.word("events")), "events",
            "A stream of events, one for each minute of which something is stored, and again when it grows.",
            by: .events),
        Route(
            api(.word("overview")), "overview", "The state of all sites now, each figure beside what is usual.",
            members: [
                "at": "string", "figures": "array", "alerts": "array", "sensors": "array", "span": "object",
                "coverage": "array",
            ], by: .question(Questions.together(Questions.overview))),
        Route(
            api(.word("series")), "series",
            "Packets and distinct sources in every bin; null is not observed, 0 is no packet.",
            span + [
                step,
                Parameter(name: "class", kind: .choice(classes, standard: nil), note: "Only this traffic class."),
                Parameter(
                    name: "port", kind: .integer(0...65_535, standard: nil),
                    note: "Only this service port; of ICMP type * 256 + code."),
                Parameter(name: "site", kind: .code, note: "Only what this site saw."),
                Parameter(
                    name: "sources", kind: .choice(["yes", "no"], standard: "yes"),
                    note: "Whether distinct sources are counted, which costs more."),
            ], members: ["span": "object", "step": "string", "series": "array", "coverage": "array"],
            by: .question(Questions.together(Questions.series))),
        Route(
            api(.word("ports")), "ports", "The first ports, of all sources, without or of research scanners only.",
            span + [
                scanners,
                Parameter(
                    name: "by", kind: .choice(["sources", "packets", "sites"], standard: "sources"),
                    note: "What ranks them."),
                limit,
            ], members: ["span": "object", "scanners": "string", "ports": "array", "coverage": "array"],
            by: .question(Questions.together(Questions.ports))),
        Route(
            api(
                .word("port"),
                .parameter(Parameter(name: "class", kind: .choice(classes, standard: nil), note: "Traffic class.")),
                .parameter(
                    Parameter(
                        name: "port", kind: .integer(0...65_535, standard: nil),
                        note: "Service port; of ICMP type * 256 + code."))), "port",
            "A port over time and by site, of all sources, without and of scanners; at most 366 days.", span + [step],
            members: [
                "span": "object", "class": "string", "service_port": "integer", "name": "string or null",
                "step": "string", "series": "array", "sites": "object", "coverage": "array",
            ], by: .question(Questions.together(Questions.port))),
        Route(
            api(
                .word("filtered"), .word("top"),
                .parameter(
                    Parameter(
                        name: "subject", kind: .choice(Question.Subject.allCases.map(\.rawValue), standard: nil),
                        note: "What the rows are of."))),
            "top",
            "The first ports, sources, countries, networks, sites or header signatures of what a filter lets in.",
            span + [
                filter, scanners,
                Parameter(
                    name: "by", kind: .choice(Question.Order.allCases.map(\.rawValue), standard: nil),
                    note: "What ranks them; without it sources, and packets for sources."), limit,
            ], members: ["subject": "string", "by": "string", "total": "object", "rows": "array"],
            by: .question(Searches.top)
        ).with(Searches.members),
        Route(
            api(.word("filtered"), .word("series")), "filtered_series",
            "Packets and distinct sources in every bin of what a filter lets in; null is not observed, 0 is no packet.",
            span + [step, filter, scanners], members: ["step": "string", "rows": "array"],
            by: .question(Searches.series)
        ).with(Searches.members),
        Route(
            api(.word("sources")), "sources",
            "The sources with the most packets in the days (UTC) that hold the span and are over; at most 31 days.",
            span + [limit], members: ["span": "object", "sources": "array", "coverage": "array"],
            by: .question(Questions.together(Questions.sources))),
        Route(
            api(
                .word("source"),
                .parameter(
                    Parameter(
                        name: "block", kind: .block,
                        note: "An address, or a block whose slash is written %2F."))),
            "source", "What is known of an address or a block, by day (UTC).", span + [limit],
            members: [
                "span": "object", "block": "string", "identity": "object", "days": "array", "sites": "array",
                "scans": "array", "attacks": "array",
            ], by: .question(Questions.together(Questions.source))),
        Route(
            api(.word("sites")), "sites", "How every sensor is, and what each site observed.", span,
            members: ["span": "object", "sensors": "array", "coverage": "array"],
            by: .question(Questions.together(Questions.sites))),
        Route(
            api(.word("site"), .parameter(Parameter(name: "code", kind: .code, note: "Code of the site."))), "site",
            "How a site is, and what it observed hour by hour (UTC); at most 31 days.", span,
            members: [
                "span": "object", "site": "string", "sensors": "array", "versions": "array", "hours": "array",
                "coverage": "array",
            ], by: .question(Questions.together(Questions.site))),
        Route(
            api(.word("alerts")), "alerts", "Alerts, the worst first.",
            [
                Parameter(
                    name: "state",
                    kind: .choice(
                        ["going", "watching", "open", "ongoing", "quiet", "closed", "all"], standard: "going"),
                    note: "Only those in this state; going: open, ongoing and quiet."),
                Parameter(
                    name: "severity", kind: .choice(["low", "medium", "high"], standard: nil),
                    note: "Of this severity or more."),
                Parameter(name: "organisation", kind: .code, note: "Of the organisation with this code."), limit,
            ], members: ["at": "string", "alerts": "array"], by: .question(Questions.together(Questions.alerts))),
        Route(
            api(
                .word("alert"),
                .parameter(
                    Parameter(
                        name: "id", kind: .integer(1...999_999_999_999_999, standard: nil), note: "Number of the alert."
                    ))),
            "alert", "An alert with its evidence and history.",
            members: [
                "alert": "object", "sensors": "array", "services": "array", "days": "array", "history": "array",
                "notices": "array", "messages": "array",
            ], by: .question(Questions.together(Questions.alert))),
    ]
}
