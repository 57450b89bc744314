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
    ]
}
