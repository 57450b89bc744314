"""Rises planted in generated traffic are found, with where they were and what they were made of."""
import ipaddress
import json
import random

from support import captures, frames
from support.telescope import generate
from support.waiting import until

SITES = {"th-surge": "198.18.0.0/22", "id-surge": "198.18.64.0/23"}
# 2026-01-01T00:00Z
START = 1_767_225_600
HOURS = 32
POINT = 600


def plant(seed):
    """Rises as (port, point, packets of each of three points, distinct sources, packets of every five at the first site),
    an hour after another, when the ports have been quiet or known for a day."""
    dice = random.Random(seed)
    ports = [23, 445, 8_291, 52_869, 7_547, 2_323, 9_530, 60_001]
    return [(port, 144 + 6 * number + dice.randrange(6), dice.randrange(400, 1_500), dice.randrange(20, 120),
             dice.choice((1, 4))) for number, port in enumerate(ports)]


def planted_frames(rises, site, seed):
    """The packets of the rises that come to a site."""
    dice = random.Random(seed)
    network = ipaddress.ip_network(SITES[site])
    first = site == next(iter(SITES))
    for port, point, packets, sources, share in rises:
        for number in range(packets * 3):
            if (number % 5 < share) != first:
                continue
            source = str(ipaddress.ip_address("100.64.0.0") + dice.randrange(sources) + 256 * (port % 200))
            destination = network[dice.randrange(network.num_addresses)]
            time = START * 10**9 + int((point + number // packets + dice.random()) * POINT * 10**9)
            # Mirai's mark: the sequence number is the destination.
            frame = frames.syn(str(destination), port, source, int(destination))
            yield captures.Packet(time, len(frame), 1, frame)


def test_planted_rises_are_found_and_explained(telescope, folder):
    rises = plant(7)
    truth = generate(folder, 100_000, SITES, start=START, span=HOURS * 3_600, sources=20_000)
    telescope.configure({
        "rollups": {"quiet": "1s", "refresh": "1s", "sources": "1s"}, "surges": {"quiet": "3s", "patience": "1h"}})
    telescope.start_collector()
    for number, (code, prefix) in enumerate(SITES.items()):
        packets = captures.read(truth[code][0]) + list(planted_frames(rises, code, number))
        captures.write(folder / f"{code}-all.pcap", sorted(packets, key=lambda packet: packet.time))
        telescope.add_site(code, prefix)
        telescope.add_sensor(code, "edge").read(folder / f"{code}-all.pcap")
    database = telescope.database
    end = START + HOURS * 3_600
    until(lambda: database.value(
        "SELECT (SELECT max(at) = to_timestamp(%s) FROM trend.state) AND NOT EXISTS (SELECT FROM trend.changed)"
        " AND NOT EXISTS (SELECT FROM rollup.dirty WHERE start < to_timestamp(%s))", end, end), 120, "surges")

    found = database.rows("""
        SELECT service_port, metric, extract(epoch FROM start)::int8, packets, sources, sites, tools, explanation
        FROM api.surge WHERE class = 'tcp-syn' ORDER BY start, 1, 2""")
    rising = truth["th-surge"][1]["events"]["rising_port"]["port"]
    for metric in ("packets", "sources"):
        of_metric = [row for row in found if row[1] == metric]

        def matches(row, rise):
            return row[0] == rise[0] and 0 <= (row[2] - START) // POINT - rise[1] <= 3

        hits = [rise for rise in rises if any(matches(row, rise) for row in of_metric)]
        right = [row for row in of_metric if row[0] == rising or any(matches(row, rise) for rise in rises)]
        recall, precision = len(hits) / len(rises), len(right) / max(1, len(of_metric))
        print(f"surges of {metric}: recall {recall:.2f}, precision {precision:.2f} ({len(of_metric)} found)")
        for row in of_metric:
            print("  ", row[-1])
        # Ports 23 and 445 have so many sources that those of the rise hardly show.
        assert recall >= (0.85 if metric == "packets" else 0.7) and precision >= 0.8
    other_classes = database.value("SELECT count(*) FROM api.surge WHERE class <> 'tcp-syn'")
    print(f"surges of other classes: {other_classes}")

    # What a surge says of itself is what was planted: a quiet port has hardly any other packets.
    for port, point, packets, sources, share in rises:
        row = next((r for r in found if r[0] == port and r[1] == "packets" and port in (8_291, 9_530, 60_001)), None)
        if row is None:
            continue
        assert abs(row[3] / packets - 1) < 0.05
        site = row[5][0]
        assert site["name"] == ("th-surge" if share == 4 else "id-surge") and abs(site["share"] - 0.8) < 0.05
        assert row[6][0]["name"] == "mirai" and row[6][0]["share"] > 0.95

    # One run over the whole history finds the same.
    before = json.dumps(found, default=str)
    database.value("SELECT trend.rewind(to_timestamp(%s))", START)
    until(lambda: database.value(
        "SELECT (SELECT max(at) = to_timestamp(%s) FROM trend.state) AND NOT EXISTS (SELECT FROM trend.changed)", end),
        60, "the search to go over the history again")
    assert before == json.dumps(database.rows("""
        SELECT service_port, metric, extract(epoch FROM start)::int8, packets, sources, sites, tools, explanation
        FROM api.surge WHERE class = 'tcp-syn' ORDER BY start, 1, 2"""), default=str)
