"""Generated traffic through the programs into the rollups, which say what the generator says it wrote."""
from support.telescope import generate
from support.waiting import until

SITES = {"th-rollup": "198.18.0.0/22", "id-rollup": "198.18.64.0/24"}
# An hour that ends at noon of a day that is over.
START = 1_767_265_200


def test_the_collector_makes_rollups_of_what_it_stores(telescope, folder):
    truth = generate(folder, 40_000, SITES, start=START)
    telescope.configure({"rollups": {"quiet": "1s", "refresh": "1s", "sources": "1s"}})
    telescope.start_collector()
    for code, prefix in SITES.items():
        telescope.add_site(code, prefix)
        telescope.add_sensor(code, "edge").read(truth[code][0])
    database = telescope.database
    until(lambda: database.value("SELECT count(*) FROM rollup.dirty WHERE start < to_timestamp(%s)", START + 86_400) == 0
          and database.value("SELECT count(DISTINCT sensor) FROM rollup.source_day") == len(SITES), 60, "rollups")
    for code in SITES:
        expected = truth[code][1]
        for span in (300, 3_600, 86_400):
            assert {kind: int(packets) for kind, packets in database.rows("""
                SELECT class, sum(packets) FROM api.port_traffic WHERE site = %s AND span = %s GROUP BY 1""",
                code, span)} == expected["classes"]
        assert int(database.value("SELECT sum(packets) FROM api.coverage WHERE site = %s AND span = 86400", code)) == (
            expected["aggregated"])
        assert database.row("""
            SELECT count(*) FILTER (WHERE family = 4), count(*) FILTER (WHERE family = 6) FROM api.source_day
            WHERE site = %s""", code) == (expected["sources_ipv4"], expected["sources_ipv6"])
        infected = expected["events"]["infected"]
        assert tuple(map(int, database.row("""
            SELECT coalesce(sum(packets), 0), count(*) FROM api.source_history(%s, '2026-01-01', '2026-01-02')
            WHERE site = %s""", infected["prefix"], code))) == (infected["packets"], infected["sources"])
    # One observed hour of a site's addresses, whatever its size.
    for observed, expected_share, addresses in database.rows("""
            SELECT observed_seconds, coverage, expected_address_seconds / 86400 FROM api.coverage WHERE span = 86400
            AND start < to_timestamp(%s)""", START + 86_400):
        assert 3_500 <= observed <= 3_600 and abs(expected_share - observed / 86_400) < 1e-9
        assert addresses in (1_024, 256)
