extension Routes {
    /// The telescope itself.
    static let sites: [Route] = [
        Route(
            api(.word("overview")), "overview", "The state of all sites now, each figure beside what is usual.",
            members: [
                "at": "string", "figures": "array", "alerts": "array or null", "sensors": "array", "span": "object",
                "coverage": "array",
            ], by: .question(Questions.together(Questions.overview))),
        Route(
            api(.word("sites")), "sites",
            "How every site and sensor is now, what each site observed in the span, and its packets of the last 24 hours.",
            span,
            members: [
                "at": "string", "span": "object", "sites": "array", "sensors": "array", "strip": "object",
                "activity": "object", "coverage": "array",
            ], by: .question(Questions.together(Questions.sites))),
        Route(
            api(.word("site"), .parameter(site)), "site",
            "How a site is, what it observed hour by hour (UTC), when it was silent and what it lost; at most 31 days.",
            span + [limit],
            members: [
                "at": "string", "span": "object", "site": "string", "about": "object", "sensors": "array",
                "hours": "array",
                "windows": "array", "silences_since": "string or null", "silences": "array", "losses": "array",
                "coverage": "array",
            ], by: .question(Questions.together(Questions.site))),
        Route(
            api(.word("site"), .parameter(site), .word("pool")), "site_against_pool",
            "The ports at which a site gets more or less than the rate of the others lets expect, in so much of the end of the "
                + "span as can be compared; null without others to compare with.", span + [limit],
            members: [
                "span": "object", "site": "string", "asked": "object", "ports": "array or null", "coverage": "array",
            ], by: .question(Questions.together(Questions.pool))),
    ]

    private static let site = Parameter(name: "code", kind: .code, note: "Code of the site.")
}
