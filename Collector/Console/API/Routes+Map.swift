extension Routes {
    /// The world by country.
    static let map: [Route] = [
        Route(
            api(.word("countries")), "countries",
            "Every country of what a filter lets in: packets, sources, and either for each 1,000 IPv4 addresses of the country.",
            span + [filter, scanners],
            members: [
                "total": "object", "origins": "object or null", "addresses_are": "string or null", "countries": "array",
            ],
            by: .question(Countries.all)
        ).with(Searches.members),
        Route(
            api(.word("countries"), .word("change")), "countries_change",
            "Every country beside the same span whole weeks before, in whole hours that are over, at the sites that observed all "
                + "of both; null without such a site.", span + [filter, scanners],
            members: [
                "span": "object", "before": "object", "sites": "array", "left_out": "array",
                "countries": "array or null",
            ], by: .question(Countries.change)),
        Route(
            api(.word("land")), "land", "Outlines of countries as GeoJSON, their ISO 3166 codes as identifiers.",
            for: .anybody, by: .land),
        Route(
            api(.word("points")), "points",
            "A place of every country: by ISO 3166 code, latitude and longitude in degrees.",
            for: .anybody, by: .points),
    ]
}
