"""Evidence about organisations: what SQL finds by joining the stored flows with their blocks, once, whatever happens on the
way; blocks are registered and ended while the collector runs."""
import ipaddress
import time

import pytest

from support import captures, frames
from support.proxy import Proxy
from support.telescope import generate
from support.waiting import until

HOUR = 3600
KILLS = 4
# Where evidence is, whether an alert has taken it up yet or not.
EVIDENCE = """
    (SELECT organisation, prefix, address, kind, sensor, window_start, class, service_port, packets, destination, reporter
        FROM alert.arrival
    UNION ALL SELECT organisation, prefix, address, kind, sensor, window_start, class, service_port, packets, destination,
        reporter FROM alert.evidence) a"""
# What it ought to be: of each flow and organisation the smallest block.
EXPECTED = """
    (SELECT DISTINCT ON (f.n, p.organisation) p.organisation, p.id AS prefix, address,
        CASE WHEN is_backscatter THEN 'backscatter' WHEN EXISTS (
                SELECT FROM meta.dark_prefix d JOIN meta.organisation_prefix h ON h.prefix && d.prefix
                JOIN meta.site t ON t.id = d.site
                WHERE t.code = f.site AND h.organisation = p.organisation AND d.validity @> window_start
                    AND h.validity @> window_start)
            THEN 'internal' ELSE 'external' END AS kind,
        sensor_id AS sensor, window_start, number AS class, service_port, packets, destination,
        CASE class WHEN 'icmp-error' THEN source END AS reporter
    FROM (SELECT *, row_number() OVER () AS n,
            CASE class WHEN 'icmp-error' THEN coalesce(victim, source) ELSE source END AS address
        FROM api.flow WHERE class IN ('tcp-syn', 'udp-probe', 'icmp-request') OR is_backscatter) f
    JOIN (SELECT n::int2 AS number, api.class_name(n::int2) AS class FROM generate_series(1, 12) n) c USING (class)
    JOIN meta.organisation_prefix p ON p.prefix >>= address AND p.validity @> window_start
    JOIN meta.organisation o ON o.id = p.organisation AND (o.ended_at IS NULL OR o.ended_at > window_start)
    ORDER BY f.n, p.organisation, masklen(p.prefix) DESC) a"""


def register(database, code, *blocks, validity="(,)"):
    """An organisation with these blocks, as `darkscope org add` makes it."""
    database.rows(
        """WITH made AS (INSERT INTO meta.organisation (code, name) VALUES (%s, %s) ON CONFLICT (code)
               DO UPDATE SET name = EXCLUDED.name RETURNING id)
           INSERT INTO meta.organisation_prefix (organisation, prefix, validity)
           SELECT id, p::cidr, %s::tstzrange FROM made, unnest(%s) p""", code, code, validity, list(blocks))


def compare(database):
    """How many rows there are; fails unless they are those that ought to be, as often."""
    columns = """organisation, prefix, address, kind, sensor, window_start, class, service_port, packets, destination,
        reporter"""
    for left, right, what in ((EXPECTED, EVIDENCE, "is missing"), (EVIDENCE, EXPECTED, "should not be there")):
        wrong = database.rows(f"SELECT {columns} FROM {left} EXCEPT ALL SELECT {columns} FROM {right} LIMIT 5")
        assert wrong == [], what
    return database.value(f"SELECT count(*) FROM {EVIDENCE}")


def sources(file):
    """Sources of the generated packets, the most frequent first."""
    counts = {}
    for packet in captures.read(file):
        facts = captures.dissect(packet)
        if not isinstance(facts, str):
            counts[facts.source] = counts.get(facts.source, 0) + 1
    return sorted(counts, key=counts.get, reverse=True)


def test_evidence_is_the_join_of_flows_and_blocks_through_kills(telescope, folder):
    """Five organisations that lie in each other, two sites, a collector and sensors that are killed, imports that come
    again: no row is missing and none is twice. One site's dark space is an organisation's own."""
    database = telescope.database
    sites = {"th-own": "198.18.0.0/24", "vn-other": "198.18.1.0/24"}
    start = int(time.time()) // HOUR * HOUR - 3 * HOUR
    truth = generate(folder, 20_000, sites, start=start, span=HOUR)
    found = sources(truth["th-own"][0])
    for site, prefix in sites.items():
        telescope.add_site(site, prefix)
    chosen = [ipaddress.ip_address(source) for source in found if ":" not in source][:60]

    def block(address, length):
        return str(ipaddress.ip_network(f"{address}/{length}", strict=False))

    register(database, "hosts", *{block(address, 32) for address in chosen[:20]})
    register(database, "networks", *{block(address, 20) for address in chosen[10:40]})
    register(database, "isp", *{block(address, 10) for address in chosen[:40]})
    # A part of one site's dark space, and addresses outside of it.
    register(database, "owner", "198.18.0.0/26", *{block(address, 24) for address in chosen[:30]})
    half = f"{start + HOUR // 2}"
    register(database, "leaver", *{block(address, 16) for address in chosen[:40]})
    database.rows("UPDATE meta.organisation SET ended_at = to_timestamp(%s) WHERE code = 'leaver'", half)
    register(database, "six", "2000::/16")

    # Slow, so that every kill falls into the middle.
    proxy = Proxy(("127.0.0.1", telescope.port))
    proxy.limit(60_000)
    try:
        telescope.start_collector()
        sensors = {site: telescope.add_sensor(site, "edge", port=proxy.port) for site in sites}
        running = {site: sensors[site].start("--read", truth[site][0]) for site in sites}
        for _ in range(KILLS):
            before = telescope.packets()
            until(lambda: telescope.packets() > before, 30, "packets stored")
            telescope.collector.kill()
            telescope.launch_collector()
        proxy.limit(None)
        for site in sites:
            assert running[site].wait(60) == 0, running[site].log()[-2000:]
            sensors[site].read(truth[site][0])
    finally:
        proxy.close()
    assert telescope.packets() == sum(expected["aggregated"] for _, expected in truth.values())
    assert compare(database) > 100
    kinds = dict(database.rows(f"""
        SELECT o.code || ' ' || a.kind, count(*) FROM {EVIDENCE} JOIN meta.organisation o ON o.id = a.organisation
        GROUP BY 1"""))
    assert {"owner internal", "owner external", "isp external", "isp backscatter", "hosts external"} <= set(kinds), kinds
    assert not any(kind.endswith("internal") for kind in kinds if not kind.startswith("owner"))
    last = database.value(f"""
        SELECT extract(epoch FROM max(window_start)) FROM {EVIDENCE}
        WHERE organisation = (SELECT id FROM meta.organisation WHERE code = 'leaver')""")
    assert start <= last < int(half)


@pytest.mark.alone
def test_a_block_is_matched_from_its_registration_until_its_end(telescope, folder):
    """The collector runs all the time, as a role that may only write; both families."""
    database = telescope.database
    telescope.darkscope("role", "make")
    telescope.add_site("s", "198.18.0.0/24", "2001:db8:1::/64")
    sensor = telescope.add_sensor("s", "edge", capture={"destinations": "full"})
    telescope.configure({"database": {"connection": f"{database.conninfo} user=writer"}})
    telescope.start_collector()
    count = iter(range(1, 10_000))

    def hits():
        """Rows of evidence that one more file makes."""
        before = database.value(f"SELECT count(*) FROM {EVIDENCE}")
        number = next(count)
        sensor.read(frames.write(folder / f"{number}.pcap", [
            frames.syn("198.18.0.1", port=number, source="192.0.2.7"),
            frames.syn("2001:db8:1::1", port=number, source="2001:db8:2::7")]))
        return database.value(f"SELECT count(*) FROM {EVIDENCE}") - before

    assert hits() == 0
    register(database, "one", "192.0.2.0/24", "2001:db8:2::/48")
    registered = time.monotonic()
    until(lambda: hits() == 2, 10, "evidence about a new block")
    assert time.monotonic() - registered < 5  # 2 s, and a sensor's start, import and end
    database.rows("UPDATE meta.organisation SET ended_at = '-infinity'")
    until(lambda: hits() == 0, 10, "the end of an organisation")
    assert database.rows(f"""
        SELECT DISTINCT host(address), kind, class, packets, host(destination), reporter FROM {EVIDENCE} ORDER BY 1""") == [
            ("192.0.2.7", "external", 1, 1, "198.18.0.1", None),
            ("2001:db8:2::7", "external", 1, 1, "2001:db8:1::1", None)]
