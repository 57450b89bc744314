"""What the console tells of sites and countries: strips and silences equal SQL, and a site that stops is told at once."""
import collections
import datetime
import ipaddress
import json
import pathlib
import subprocess
import time

import pytest

from support.console import Console
from support.internet import ADDRESSES, DAY, HOLE, ORIGINS, SCANNERS, TODAY, TOMORROW, day_of
from support.network import Namespace
from support.programs import ROOT, Process
from support.telescope import Telescope, free_port, toml
from support.waiting import until

SPAN = {"from": f"{TODAY}T00:00:00Z", "to": f"{TOMORROW}T00:00:00Z"}
WINDOW = 10


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def hour(number, minute=0):
    return DAY + datetime.timedelta(hours=number, minutes=minute)


def serve(database, folder, **more):
    """A console alone on a database; (console, process)."""
    folder = pathlib.Path(folder)
    port = free_port()
    (folder / "console.toml").write_text(toml({
        "database": {"connection": database.conninfo},
        "console": {"access": "open", "listen": f"127.0.0.1:{port}", **more}}))
    process = Process(
        "darkscope-collector", "console", "--config", folder / "console.toml", "--ready-file", folder / "up",
        log=folder / "console.log")

    def is_ready():
        assert process.is_alive(), process.log()
        return (folder / "up").exists()

    until(is_ready, 30, lambda: f"a console\n{process.log()}")
    return Console(port), process


@pytest.fixture(scope="module")
def console(world, tmp_path_factory):
    found, process = serve(world[1], tmp_path_factory.mktemp("console"))
    yield found
    assert process.stop() == 0, process.log()


# Sites.

def test_strips_are_what_coverage_says_of_every_hour(console, world):
    answer = console.get("sites", **SPAN)
    assert answer["strip"] == {"from": SPAN["from"], "seconds": 3600, "count": 24}
    sites = {site["site"]: site for site in answer["sites"]}
    assert sites.keys() == ADDRESSES.keys()
    truth = collections.defaultdict(lambda: ([None] * 24, [None] * 24))
    for site, place, state, coverage in world[1].rows("""
            SELECT site, extract(hour FROM start AT TIME ZONE 'UTC')::int, state, coverage FROM api.coverage
            WHERE span = 3600 AND start >= %s AND start < %s""", SPAN["from"], SPAN["to"]):
        truth[site][0][place], truth[site][1][place] = state, coverage
    for code, site in sites.items():
        assert site["strip"] == truth[code][0], code
        assert site["strip_coverage"] == pytest.approx(truth[code][1]), code
        assert site["addresses"] == ADDRESSES[code] and site["name"] == f"Site {code}"
    assert sites["alpha"]["strip"][13] == "partial" and sites["alpha"]["strip_coverage"][13] == pytest.approx(0.5)
    assert sites["delta"]["strip"][12] == "complete" and sites["delta"]["strip"][11] != "quiet"
    # Their captures ended long ago: of the last day nothing is known, which is not 0.
    for site in sites.values():
        assert len(site["activity"]) in (24, 25) and not any(site["activity"])
        assert all(value is None for value in site["activity"])


def test_long_spans_have_a_strip_of_days(console, world):
    answer = console.get("sites", **{"from": str(TODAY - datetime.timedelta(days=20)), "to": str(TOMORROW)})
    assert answer["strip"]["seconds"] == 86_400 and answer["strip"]["count"] == 21
    alpha = next(site for site in answer["sites"] if site["site"] == "alpha")
    found = [c for c in alpha["strip_coverage"] if c is not None]
    rows = world[1].rows("""
        SELECT coverage FROM api.coverage WHERE span = 86400 AND site = 'alpha' AND start >= %s AND start < %s ORDER BY start""",
        TODAY - datetime.timedelta(days=20), TOMORROW)
    assert found == pytest.approx([coverage for coverage, in rows])


def test_a_site_tells_when_it_did_not_observe(console):
    site = console.get("site/alpha", **SPAN)
    assert moment(site["silences_since"]) == DAY
    hole, = [s for s in site["silences"] if moment(s["start"]) < hour(23)]
    edges = [moment(hole["start"]).timestamp(), moment(hole["stop"]).timestamp()]
    assert edges == pytest.approx(HOLE[1:], abs=1) and hole["seconds"] == pytest.approx(1_800, abs=2)
    assert hole["sensor"] == "edge"
    assert len(site["hours"]) == 24 and site["hours"][13]["state"] == "partial"
    assert site["about"]["site"] == "alpha" and site["about"]["addresses"] == ADDRESSES["alpha"]
    sensor, = site["sensors"]
    # What a capture file cannot tell is not told.
    assert sensor["received_24h"] is None and sensor["kernel_dropped_24h"] is None and sensor["clock_offset_seconds"] is None
    assert sensor["key_since"] and sensor["site_addresses"] == ADDRESSES["alpha"]
    console.problem("site/nowhere", 404)
    assert "31 days" in console.problem("site/alpha", **{"from": "now-60d"})["detail"]


def test_the_key_of_a_sensor_is_as_old_as_the_registry_says(console, world):
    for sensor in console.get("sites")["sensors"]:
        enrolled = world[1].value("""
            SELECT k.enrolled_at FROM meta.sensor_key k JOIN meta.sensor s ON s.id = k.sensor JOIN meta.site t ON t.id = s.site
            WHERE t.code = %s AND s.name = %s""", sensor["site"], sensor["sensor"])
        assert moment(sensor["key_since"]) == enrolled
    for site in console.get("sites")["sites"]:
        assert (site["name"], site["zone"]) == world[1].row(
            "SELECT name, zone FROM meta.site WHERE code = %s", site["site"])


def test_a_site_is_compared_with_the_others(console, world):
    found = console.get("site/alpha/pool", limit=100, **SPAN)
    rows = world[1].rows("""
        SELECT finding, class, service_port, packets FROM api.site_against_pool('alpha', %s, %s, 100)""", SPAN["from"], SPAN["to"])
    assert [(p["finding"], p["class"], p["service_port"], p["packets"]) for p in found["ports"]] == [
        (finding, kind, port, int(packets)) for finding, kind, port, packets in rows] != []
    # Longer spans than can be compared are cut at their beginning, which is said.
    long = console.get("site/alpha/pool", **{"from": "2020-01-01", "to": str(TOMORROW)})
    assert long["asked"]["from"] == "2020-01-01T00:00:00Z" < long["span"]["from"] and long["ports"] is not None


# Countries.

def country(packet):
    address = ipaddress.ip_address(packet.source)
    return next((code for block, code, *_ in ORIGINS if address in ipaddress.ip_network(block)), None)


@pytest.mark.parametrize("scanners", ["all", "without", "only"])
def test_countries_are_those_of_the_packets(console, world, scanners):
    packets = [p for p in world[0] if day_of(p) == TODAY
               and (scanners == "all" or (p.source in SCANNERS) == (scanners == "only"))]
    answer = console.get("countries", scanners=scanners, **SPAN)
    truth = collections.Counter(map(country, packets))
    assert {c["country"]: c["packets"] for c in answer["countries"]} == dict(truth)
    assert answer["total"]["packets"] == len(packets)
    sizes = {code: ipaddress.ip_network(block).num_addresses for block, code, *_ in ORIGINS}
    sources = {code: len({p.source for p in packets if country(p) == code}) for code in truth}
    for row in answer["countries"]:
        assert row["addresses"] == sizes.get(row["country"])
        if row["country"] is None:
            assert row["sources_per_1000"] is None
        elif row["sources_precision"] == "exact":
            assert row["sources"] == sources[row["country"]]
            assert row["sources_per_1000"] == pytest.approx(1_000 * row["sources"] / row["addresses"], abs=0.001)
    assert answer["addresses_are"] == "announced" and answer["origins"]["name"] == "invented"


def test_countries_are_filtered(console, world):
    found = [p for p in world[0] if day_of(p) == TODAY and p.site == "beta" and p.port == 23]
    answer = console.get("countries", q="site = beta and port = 23", **SPAN)
    assert {c["country"]: c["packets"] for c in answer["countries"]} == collections.Counter(map(country, found))
    assert console.problem("countries", q="contry = SG")["parameter"] == "q"


def test_change_leaves_out_sites_that_did_not_observe_both(console, world):
    noon = int(hour(12).timestamp())
    answer = console.get("countries/change", **{"from": str(noon), "to": str(noon + 3_600)})
    assert answer["left_out"] == ["delta"] and answer["sites"] == ["alpha", "beta", "gamma"]
    for row in answer["countries"]:
        for name, start in (("packets", noon), ("packets_before", noon - 7 * 86_400)):
            assert row[name] == sum(p.site != "delta" and start <= p.time < start + 3_600 and country(p) == row["country"]
                                    for p in world[0]), (row, name)
    # Nobody observed the hour before noon a week ago.
    answer = console.get("countries/change", **{"from": str(noon - 3_600), "to": str(noon)})
    assert answer["countries"] is None and answer["sites"] == []
    console.problem("countries/change", 422, **{"from": "now-10m"})


def test_maps_have_places_and_say_how_outlines_are_made(console, world, tmp_path):
    points = console.get("points")
    assert points["SG"] == pytest.approx([1.283, 103.85]) and points["US"] == pytest.approx([40.714, -74.006])
    none = json.loads(console.ask("/api/v1/land").content)
    assert none["features"] == [] and "ops/console/land" in none["why"]
    wrong = tmp_path / "wrong.json"
    wrong.write_text("{}")
    other, process = serve(world[1], tmp_path, land=str(wrong))
    assert "no file of outlines" in json.loads(other.ask("/api/v1/land").content)["why"]
    assert process.stop() == 0


def test_outlines_of_countries_are_made_once_and_served(world, tmp_path):
    outlines = tmp_path / "land" / "land.json"
    made = subprocess.run([f"{ROOT}/ops/console/land", outlines.parent], capture_output=True, text=True, timeout=300)
    if made.returncode == 69:
        assert "could not be had" in made.stderr
        pytest.skip(f"needs Debian's archive: {made.stderr}")
    assert made.returncode == 0, made.stderr
    before = outlines.stat()
    assert subprocess.run([f"{ROOT}/ops/console/land", outlines.parent], timeout=60).returncode == 0
    assert outlines.stat().st_mtime_ns == before.st_mtime_ns
    console, process = serve(world[1], tmp_path, land=str(outlines))
    reply = console.ask("/api/v1/land", Accept_Encoding="gzip")
    assert reply.status == 200 and reply.fields["content-type"] == "application/geo+json"
    land = json.loads(reply.content)
    assert len(land["features"]) == 177 and len(reply.raw) < 60_000
    assert {"TH", "ID", "FR", "NO"} <= {f.get("id") for f in land["features"]}
    again = console.ask("/api/v1/land", If_None_Match=reply.fields["etag"])
    assert again.status == 304
    # A file that was cut short is made anew.
    outlines.write_text(outlines.read_text()[:1000])
    checked = subprocess.run([f"{ROOT}/ops/console/outlines", "--check", outlines], capture_output=True, text=True, timeout=60)
    assert checked.returncode == 65 and "make it again" in checked.stderr
    assert process.stop() == 0


# A site that stops.

@pytest.fixture
def network():
    made = Namespace()
    yield made
    made.close()


@pytest.fixture
def scene(request, network, folder, database):
    """Two sites that capture on a link in windows of ten seconds, and a console."""
    telescope = Telescope(folder, database, prefix=network.prefix)
    telescope.configure({"rollups": {"quiet": "1s", "refresh": "1s"}})
    telescope.start_collector()
    sensors = {}
    for code, prefix in (("steady", "198.18.0.0/24"), ("stopping", "198.18.1.0/24")):
        telescope.add_site(code, prefix)
        sensors[code] = telescope.add_sensor(
            code, "edge", sensor={"window": f"{WINDOW}s"}, capture={"interface": network.far, "prefixes": [prefix]})
    (folder / "served").mkdir()
    console, process = serve(database, folder / "served")
    yield telescope, sensors, console
    assert process.stop() == 0, process.log()
    telescope.close()
    report = getattr(request.node, "report_call", None)
    if report is not None and report.failed:
        print(telescope.logs())


def states(console):
    return {site["site"]: site["state"] for site in console.get("sites", **{"from": "now-1h"})["sites"]}


def silent(answer):
    return {row["site"]: row["silent_since"] for row in answer["coverage"] if row["silent_since"]}


def test_a_site_that_stops_is_told_within_two_windows(scene):
    telescope, sensors, console = scene
    database = telescope.database
    assert states(console) == {"steady": "silent", "stopping": "silent"}
    assert all(site["silent_since"] is None for site in console.get("sites")["sites"])
    processes = {code: sensor.start() for code, sensor in sensors.items()}
    until(lambda: set(states(console).values()) == {"ok"}, 60, telescope.logs, interval=0.2)
    until(lambda: len(console.get("overview")["coverage"]) == 2, 30, "rollups of both", interval=0.2)
    assert silent(console.get("overview")) == {}

    processes["stopping"].kill()
    stopped = time.time()
    until(lambda: states(console)["stopping"] != "ok", 60, "a site that is not live", interval=0.2)
    assert time.time() - stopped <= 2 * WINDOW + 1
    assert states(console)["steady"] == "ok"

    observed = database.value("SELECT last_observed FROM api.sensor_status WHERE site = 'stopping'")
    assert 0 <= stopped - observed.timestamp() <= WINDOW + 1
    answers = [console.get(path) for path in (
        "overview", "sites", "ports", "series", "series?site=stopping", "countries", "filtered/top/ports", "filtered/series")]
    for answer in answers:
        assert {code: moment(since) for code, since in silent(answer).items()} == {"stopping": observed}
    site = console.get("site/stopping", **{"from": "now-1h"})
    assert moment(site["about"]["silent_since"]) == observed
    going = site["silences"][0]
    assert moment(going["start"]) == observed and going["stop"] is None and going["seconds"] >= 2 * WINDOW
    assert all(moment(window["start"]) < observed for window in site["windows"])
    # Before it was registered it was not silent.
    assert all(moment(silence["start"]) >= moment(site["about"]["registered_at"]) for silence in site["silences"])
    assert site["windows"] and {window["packets"] for window in site["windows"]} == {0}
    # Before it was there, nothing is known of it, which is not 0; what it observed without a packet is.
    strip, = [s for s in console.get("sites")["sites"] if s["site"] == "stopping"]
    assert strip["activity"][0] is None and 0 in strip["activity"]

    processes["stopping"] = sensors["stopping"].start()
    until(lambda: states(console)["stopping"] == "ok", 60, telescope.logs, interval=0.2)
    assert silent(console.get("overview")) == {}
    over = console.get("site/stopping", **{"from": "now-1h"})["silences"][0]
    assert moment(over["start"]) == observed and over["stop"] is not None
    for process in processes.values():
        assert process.stop() == 0


def test_drops_and_versions_are_those_of_the_accounts(scene):
    telescope, sensors, console = scene
    process = sensors["steady"].start()
    until(lambda: states(console)["steady"] == "ok", 60, telescope.logs, interval=0.2)
    assert process.stop() == 0
    sensor, = console.get("site/steady")["sensors"]
    row = telescope.database.row("""
        SELECT sum(received), sum(kernel_dropped), sum(interface_dropped), sum(overflowed), max(sensor_version) FROM api.account
        WHERE site = 'steady'""")
    assert [sensor[name] for name in ("received_24h", "kernel_dropped_24h", "interface_dropped_24h", "overflowed_24h")] == [
        int(value) for value in row[:4]]
    assert sensor["version"] == row[4] and sensor["clock"] in ("synchronised", "unsynchronised", "unknown")
    assert sensor["link"] == "up" and sensor["waiting_batches"] == 0 and sensor["waiting_since"] is None
