"""Hours by country and network through the programs equal what Python finds in the capture, table by table."""
import collections
import ipaddress
import random

from support import captures
from support.telescope import generate
from support.waiting import until

CODE, PREFIX = "th-origin", "198.18.0.0/22"
BACKSCATTER = {"tcp-synack", "tcp-rst", "udp-response", "icmp-reply", "icmp-error"}


def table(seed):
    """Blocks of a third of the IPv4 space, some in others: [(network, country or None, AS or None)]."""
    chance = random.Random(seed)
    rows = {}
    for first in range(1, 224):
        if chance.random() < 0.5:
            length = chance.choice([8, 9, 10])
            low = first << 24 | chance.randrange(1 << (length - 8)) << (32 - length)
            rows[ipaddress.ip_network((low, length))] = (
                chance.choice(["TH", "JP", "VN"]), chance.choice([None, 64500 + first]))
            inner = low | chance.randrange(1 << 4) << (32 - length - 4)
            rows[ipaddress.ip_network((inner, length + 4))] = (chance.choice([None, "KR"]), 65000 + chance.randrange(9))
    return [(network, *origin) for network, origin in rows.items()]


def origin(rows, source):
    """Country and AS by a plain search: the smallest block says, and what it does not say is said by the next."""
    address = ipaddress.ip_address(source)
    holding = sorted((row for row in rows if address in row[0]), key=lambda row: -row[0].prefixlen)
    return tuple(next((row[field] for row in holding if row[field]), None) for field in (1, 2))


def expected(packets, rows):
    """{(hour, country, is backscatter): (packets, sources)}, and the same by AS."""
    known, sums = {}, [collections.defaultdict(lambda: [0, set()]) for _ in range(2)]
    for packet in packets:
        if packet.source not in known:
            known[packet.source] = origin(rows, packet.source)
        for found, value in zip(sums, known[packet.source]):
            entry = found[packet.time // 3_600_000_000_000 * 3600, value, packet.kind in BACKSCATTER]
            entry[0] += 1
            entry[1].add(packet.source)
    return [{key: (count, len(sources)) for key, (count, sources) in found.items()} for found in sums]


def stored(database):
    return [
        {(start, value, back): (packets, sources) for start, value, back, packets, sources in database.rows(f"""
            SELECT extract(epoch FROM start)::int8, {column}, is_backscatter, packets, sources FROM api.{view}""")}
        for column, view in (("country", "country_traffic"), ("asn", "as_traffic"))]


def agrees(found, wanted):
    """Packets are exact, and sources exact to 256 and then within four standard errors."""
    return found.keys() == wanted.keys() and all(
        packets == wanted[key][0]
        and abs(sources - wanted[key][1]) <= (0.065 * wanted[key][1] if wanted[key][1] > 256 else 0)
        for key, (packets, sources) in found.items())


def test_hours_by_country_and_network_equal_the_capture(telescope, folder):
    truth = generate(folder, 30_000, {CODE: PREFIX})
    telescope.configure({"rollups": {"quiet": "1s", "refresh": "1s", "sources": "1s"}})
    telescope.start_collector()
    telescope.add_site(CODE, PREFIX)
    telescope.add_sensor(CODE, "edge").read(truth[CODE][0])
    facts = [captures.dissect(packet) for packet in captures.read(truth[CODE][0])]
    packets = [fact for fact in facts if not isinstance(fact, str)]
    assert len(packets) == truth[CODE][1]["aggregated"]
    database = telescope.database

    def wait(version, rows):
        want = expected(packets, rows)

        def differences():
            return [sorted(set(found.items()) ^ set(wanted.items()), key=str)[:6]
                    for found, wanted in zip(stored(database), want)]

        until(lambda: all(map(agrees, stored(database), want)), 60, lambda: f"hours of table {version}: {differences()}")
        assert database.rows("SELECT DISTINCT origin_version FROM api.country_traffic") == [(version,)]

    # Without a table all is unknown, and nothing else is missing.
    wait(None, [])
    assert {country for _, country, _ in stored(database)[0]} == {None}
    for version in (1, 2):
        rows = table(version)
        file = folder / f"{version}.csv"
        file.write_text("".join(f"{network},{country or ''},{asn or ''}\n" for network, country, asn in rows))
        telescope.darkscope("origins", "import", file, "--name", "own", "--date", "2026-01-31")
        wait(version, rows)
    assert len({country for _, country, _ in stored(database)[0]}) == 5
    telescope.darkscope("origins", "use", "1")
    wait(1, table(1))
