"""Generated traffic of two sites: SQL says what the generator says it wrote."""
from support.telescope import generate

SITES = {"th-truth": "198.18.0.0/22", "id-truth": "198.18.64.0/24"}


def test_sql_says_what_the_generator_wrote(telescope, folder):
    truth = generate(folder, 60_000, SITES)
    telescope.start_collector()
    for code, prefix in SITES.items():
        telescope.add_site(code, prefix)
        sensor = telescope.add_sensor(code, "edge")
        sensor.read(truth[code][0])
    database = telescope.database
    for code in SITES:
        expected = truth[code][1]
        received, aggregated, filtered, non_ip = map(int, database.row("""
            SELECT sum(received), sum(aggregated), sum(filtered), sum(non_ip) FROM api.account WHERE site = %s""", code))
        assert (received, aggregated, non_ip) == (expected["received"], expected["aggregated"], expected["non_ip"])
        assert filtered == 0
        assert {reason: int(frames) for reason, frames in database.rows(
            "SELECT reason, sum(frames) FROM api.malformed WHERE site = %s GROUP BY 1", code)} == expected["malformed"]
        assert {str(protocol): int(packets) for protocol, packets in database.rows(
            "SELECT protocol, sum(packets) FROM api.flow WHERE site = %s GROUP BY 1", code)} == expected["protocols"]
        assert {kind: int(packets) for kind, packets in database.rows(
            "SELECT class, sum(packets) FROM api.flow WHERE site = %s GROUP BY 1", code)} == expected["classes"]
        size, zmap, masscan, mirai = map(int, database.row(
            "SELECT sum(bytes), sum(zmap), sum(masscan), sum(mirai) FROM api.flow WHERE site = %s", code))
        assert size == expected["bytes"]
        assert {"zmap": zmap, "masscan": masscan, "mirai": mirai} == {
            tool: expected["tools"].get(tool, 0) for tool in ("zmap", "masscan", "mirai")}
        assert {family: sources for family, sources in database.rows(
            "SELECT family, count(DISTINCT source) FROM api.flow WHERE site = %s GROUP BY 1", code)} == {
                4: expected["sources_ipv4"], 6: expected["sources_ipv6"]}
        infected = expected["events"]["infected"]
        assert tuple(map(int, database.row("""
            SELECT coalesce(sum(packets), 0), count(DISTINCT source) FROM api.flow
            WHERE site = %s AND source << %s::inet""", code, infected["prefix"]))) == (
                infected["packets"], infected["sources"])
    # The same Internet reaches both telescopes.
    assert database.value("""
        SELECT count(*) FROM (SELECT source FROM api.flow GROUP BY source HAVING count(DISTINCT site) = 2) s""") > 100
    telescope.assert_conserved()
    assert telescope.lost() == (0, 0)


def test_packets_outside_the_dark_prefixes_are_filtered_and_counted(telescope, folder):
    (file, expected), = generate(folder, 20_000, {"wide": "198.18.0.0/20"}).values()
    telescope.start_collector()
    telescope.add_site("narrow", "198.18.0.0/24")
    telescope.add_sensor("narrow", "edge", capture={"prefixes": ["198.18.0.0/24"]}).read(file)
    received, aggregated, filtered = map(int, telescope.database.row(
        "SELECT sum(received), sum(aggregated), sum(filtered) FROM api.account"))
    assert received == expected["received"]
    assert aggregated + filtered == expected["aggregated"]
    assert 0 < aggregated < filtered
    telescope.assert_conserved()


def test_the_generator_repeats_itself_to_the_byte(folder):
    made = []
    for name in ("a", "b"):
        (folder / name).mkdir()
        made.append(generate(folder / name, 5_000, {"site": "198.18.0.0/24"}, start=1_767_225_600))
    (first, expected), (second, again) = (m["site"] for m in made)
    assert open(first, "rb").read() == open(second, "rb").read()
    assert expected == again
