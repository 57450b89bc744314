/// How large countries are, by the table of origins that is used.
package struct CountrySpace: Sendable {
    /// IPv4 addresses by ISO code: all, and those that are announced, nil when the table knows no networks.
    package let countries: [String: (addresses: Int64, announced: Int64?)]
    /// The table: name, date and number; no row when there is none.
    package let origins: Answer
}

extension StoreConnection {
    /// Rows of api.country_space and the version of the table that they are of.
    package func countrySpace() throws(StoreError) -> CountrySpace {
        let rows = try query("SELECT c.country, c.addresses, c.announced_addresses FROM api.country_space c")
        let countries = (0..<rows.rowCount).map { row in
            (
                rows.text(row, 0) ?? "",
                (addresses: rows.number(row, 1, as: Int64.self) ?? 0, announced: rows.number(row, 2, as: Int64.self))
            )
        }
        return CountrySpace(
            countries: Dictionary(countries, uniquingKeysWith: { first, _ in first }),
            origins: try answer(
                "SELECT v.name, v.data_date, v.version FROM api.origin_version v WHERE v.active ORDER BY v.version LIMIT 1"
            ))
    }
}
