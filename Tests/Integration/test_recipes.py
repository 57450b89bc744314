"""Every recipe of ops/sql, run by psql as README.md says, against plain Python over every packet."""
import collections
import csv
import datetime
import io
import ipaddress
import pathlib
import re
import subprocess

import pytest

from support.internet import (
    ADDRESSES, ARRIVALS, ATTACK, DAY, DAYS_BEFORE, FILTERED, FIRST, HOLE, INFECTED, LOCAL, NEW, PREFIXES, RISING, SCANNERS, TODAY, TOMORROW, UTC, VICTIM,
    by_source, class_of, count, day_of, hour_of, observed_share, origin_of, tool_of)
from test_alert_recipes import ALERT_RECIPES

FOLDER = pathlib.Path(__file__).parents[2] / "ops/sql"
HOUR = DAY + datetime.timedelta(hours=12)
BEGIN = DAY - datetime.timedelta(days=DAYS_BEFORE)


def run(database, recipe, **variables):
    """The rows that an analyst gets of a recipe, each a dictionary of texts; None where there is none."""
    options = [word for name, value in variables.items() for word in ("-v", f"{name}={value}")]
    done = subprocess.run(
        ["psql", "-X", "-q", "--csv", "-P", "null=NULL", "-v", "ON_ERROR_STOP=1", *options, "-f", FOLDER / f"{recipe}.sql",
         f"{database.conninfo} user=analyst"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and not done.stderr, f"{recipe}: {done.stderr}"
    assert done.stdout, f"{recipe} has no answer"
    return [{k: None if v == "NULL" else v for k, v in row.items()} for row in csv.DictReader(io.StringIO(done.stdout))]


def number(text):
    return None if text is None else float(text)


def top(packets, rows, value):
    """The rows are those of the ports with the greatest value."""
    sums, sources = count(packets, lambda p: (class_of(p), p.port))
    sites = collections.defaultdict(set)
    for p in packets:
        sites[class_of(p), p.port].add(p.site)
    values = {"packets": sums, "sources": sources, "sites": {k: len(v) for k, v in sites.items()}}
    order = sorted(sums, key=lambda k: (-values[value][k], -sums[k], k))
    assert [(r["class"], int(r["service_port"])) for r in rows] == order[:5]
    for row, key in zip(rows, order):
        assert (int(row["packets"]), int(row["sites"])) == (sums[key], len(sites[key]))
        assert int(row["sources"]) == pytest.approx(sources[key], rel=0 if sources[key] <= 256 else 0.05)


def check_coverage_of_sites(packets, rows):
    sums, _ = count(packets, lambda p: p.site)
    assert {row["site"]: int(row["packets"]) for row in rows} == sums
    for row in rows:
        days = len({day_of(p) for p in packets if p.site == row["site"]})
        hours = sum(observed_share(row["site"], h) for h in {hour_of(p) for p in packets if p.site == row["site"]})
        assert int(row["days"]) == days and number(row["coverage"]) == pytest.approx(hours / days / 24, abs=1e-4)
        assert number(row["packets_per_address_day"]) == pytest.approx(
            sums[row["site"]] / ADDRESSES[row["site"]] / hours * 24, rel=1e-2)


def check_hours_not_complete(packets, rows):
    assert [(row["site"], row["state"], row["observed_seconds"]) for row in rows] == [("alpha", "partial", "1800")]
    assert datetime.datetime.fromisoformat(rows[0]["start"] + ":00").timestamp() == HOLE[1]


def check_traffic_by_day(packets, rows):
    zone = datetime.timezone(datetime.timedelta(hours=5, minutes=45))
    sums = collections.Counter(datetime.datetime.fromtimestamp(p.time, zone).date().isoformat() for p in packets)
    assert {row["day"]: int(row["packets"]) for row in rows if row["packets"]} == sums
    assert {row["state"] for row in rows if row["packets"] is None} <= {"missing"}


def check_port_by_hour(packets, rows):
    sums, sources = count([p for p in packets if (p.kind, p.port) == ("syn", NEW)], hour_of)
    assert len(rows) == 24
    for row in rows:
        hour = datetime.datetime.fromisoformat(row["hour"]).replace(tzinfo=UTC)
        assert (int(row["packets"]), int(row["sources"])) == (sums[hour], sources.get(hour, 0))


def check_port_at_a_site(packets, rows):
    bins = collections.Counter(
        int(p.time - DAY.timestamp()) // 600 for p in packets
        if p.time >= DAY.timestamp() and (p.site, p.kind, p.port) == ("alpha", "syn", 23))
    expected = [str(bins[n]) for n in range(144)]
    expected[78:81] = [None] * 3
    assert [row["packets"] for row in rows] == expected


def check_rising_ports(packets, rows):
    assert int(rows[0]["service_port"]) == RISING and number(rows[0]["score"]) > 6


def check_new_ports(packets, rows):
    assert {int(row["service_port"]) for row in rows} == {RISING, NEW, LOCAL}


def check_first_site_of_port(packets, rows):
    assert [row["site"] for row in rows] == sorted(ARRIVALS, key=ARRIVALS.get)
    assert [row["started_later"] for row in rows] == ["f", "f", "f", "t"]


def check_first_site_of_signature(packets, rows):
    assert {row["site"] for row in rows} == set(PREFIXES)


def check_address_history(packets, rows):
    sums, _ = count([p for p in packets if ipaddress.ip_address(p.source) in INFECTED],
                    lambda p: (day_of(p).isoformat(), p.site, p.source))
    assert {(r["day"], r["site"], r["source"]): int(r["packets"]) for r in rows} == sums


def check_block_history(packets, rows):
    sums, sources = count([p for p in packets if ipaddress.ip_address(p.source) in INFECTED],
                          lambda p: day_of(p).isoformat())
    assert {r["day"]: (int(r["packets"]), int(r["sources"])) for r in rows} == {d: (sums[d], sources[d]) for d in sums}


def today(packets):
    return [p for p in packets if p.time >= DAY.timestamp()]


def check_busiest_sources(packets, rows):
    sums = collections.Counter(p.source for p in today(packets))
    assert [int(row["packets"]) for row in rows] == sorted(sums.values(), reverse=True)[:20]
    for row in rows:
        assert int(row["packets"]) == sums[row["source"]]
        assert int(row["sites"]) == len({p.site for p in today(packets) if p.source == row["source"]})


def check_sources_at_many_sites(packets, rows):
    sites = {source: {p.site for p in found} for source, found in by_source(today(packets)).items()}
    assert {row["source"]: int(row["sites"]) for row in rows} == {s: len(v) for s, v in sites.items() if len(v) >= 4}


def check_sources_at_sites_within(packets, rows):
    begin = HOUR.timestamp()
    found = by_source([p for p in packets if begin <= p.time < begin + 1_200])
    sites = {source: {p.site for p in of} for source, of in found.items()}
    expected = {s: (str(len(v)), str(len(found[s]))) for s, v in sites.items() if len(v) >= 2}
    assert {row["source"]: (row["sites"], row["packets"]) for row in rows} == expected != {}


def check_port_sweepers(packets, rows):
    services = collections.defaultdict(set)
    for p in today(packets):
        services[p.source, p.site].add((p.kind, p.port))
    exact = {key: len(found) for key, found in services.items()}
    assert len(rows) == 20
    for row in rows:
        # Exact to four, an estimate beyond.
        assert int(row["services"]) == pytest.approx(exact[row["source"], row["site"]], abs=2)


def check_sources_of_port(packets, rows):
    sums = collections.Counter(p.source for p in today(packets) if (p.kind, p.port) == ("syn", RISING))
    assert {row["source"]: int(row["packets"]) for row in rows} == sums


def check_ports_of_address(packets, rows):
    found = collections.Counter(p.port for p in today(packets) if p.source == "203.0.113.1")
    asked = collections.Counter()
    for row in rows:
        asked[int(row["service_port"])] += int(row["packets"])
        assert row["source_port"] == "40000" and row["ttl"] == "64" and row["signature"]
    assert asked == found


def check_tools_by_day(packets, rows):
    for row in rows:
        mine = [s for s, found in by_source(p for p in packets if day_of(p).isoformat() == row["day"]).items()
                if tool_of(found) == row["tool"]]
        assert int(row["sources"]) == len(mine)
    assert len(rows) == 3 * (DAYS_BEFORE + 1)


def check_signatures_of_day(packets, rows):
    sums = collections.Counter((p.kind, p.window) for p in today(packets) if p.kind != "synack")
    with_signature = [row for row in rows if row["signature_id"] != "0"]
    assert sorted(int(row["packets"]) for row in with_signature) == sorted(sums.values())


def check_classes_by_day(packets, rows):
    sums, _ = count(packets, lambda p: (day_of(p).isoformat(), class_of(p)))
    assert {(r["day"], r["class"]): int(r["packets"]) for r in rows} == sums
    assert {r["class"] for r in rows if r["is_backscatter"] == "t"} == {"tcp-synack"}


def check_backscatter_victims(packets, rows):
    sums = collections.Counter(p.source for p in today(packets) if p.kind == "synack")
    assert {row["victim"]: int(row["packets"]) for row in rows} == {s: n for s, n in sums.items() if n >= 25}
    assert all(row["service_ports"] == "{80}" for row in rows)


def check_ports_that_share_sources(packets, rows):
    asked = collections.defaultdict(set)
    for p in today(packets):
        if p.kind != "synack":
            asked[class_of(p), p.port].add(p.source)
    own = asked.pop(("tcp-syn", FILTERED))
    assert {(r["class"], int(r["service_port"])): int(r["shared"]) for r in rows} == {
        key: len(found & own) for key, found in asked.items() if found & own}


def check_origins(packets, rows, key, value):
    """Rows of origins: packets, sources and sites of the probes."""
    probes = [p for p in today(packets) if p.kind != "synack"]
    sums, sources = count(probes, lambda p: origin_of(p)[value])
    assert {row[key]: (int(row["packets"]), int(row["sources"]), int(row["sites"])) for row in rows} == {
        None if name is None else str(name): (
            sums[name], sources[name], len({p.site for p in probes if origin_of(p)[value] == name})) for name in sums}


def check_origin_history(packets, rows):
    zone = datetime.timezone(datetime.timedelta(hours=7))
    local = lambda p: datetime.datetime.fromtimestamp(p.time, zone).date().isoformat()  # noqa: E731
    sums, sources = count([p for p in packets if p.kind != "synack" and origin_of(p)[0] == "ID"], local)
    assert {r["day"]: (int(r["packets"]), int(r["sources"])) for r in rows} == {
        day: (sums[day], sources.get(day, 0)) for day in set(map(local, packets))}
    space = collections.Counter()
    for site, day, hour in {(p.site, local(p), hour_of(p)) for p in packets}:
        space[day] += ADDRESSES[site] * observed_share(site, hour) / 24
    for row in rows:
        assert number(row["packets_per_address_day"]) == pytest.approx(sums[row["day"]] / space[row["day"]], rel=1e-2)


def check_top_ports_without_scanners(packets, rows):
    sums, _ = count(today(packets), lambda p: (class_of(p), p.port))
    rest, _ = count([p for p in today(packets) if p.source not in SCANNERS], lambda p: (class_of(p), p.port))
    assert {(r["class"], int(r["service_port"])): (int(r["packets"]), int(r["without_scanners"])) for r in rows} == {
        key: (sums[key], rest[key]) for key in sums}


def check_scanner_labels(packets, rows):
    assert (rows[0]["list"], rows[0]["blocks"], rows[0]["addresses"]) == ("invented", "4", "4")


def check_scans(packets, rows):
    rising = [row for row in rows if row["service_port"] == str(RISING)]
    # Three packets at each of four sites, in an hour.
    assert rising and all((row["packets"], row["sites"]) == ("12", "4") for row in rising)
    assert {row["scanner"] for row in rows if row["source"] in SCANNERS} == {"invented"}


def check_attacks(packets, rows):
    assert [row["victim"] for row in rows] == [VICTIM]
    sent = [p for p in packets if p.source == VICTIM and 0 <= p.time - DAY.timestamp() - ATTACK < 300]
    assert rows[0]["ports"] == "{80}" and len(sent) <= int(rows[0]["packets"]) <= len(sent) + 20
    assert rows[0]["sites"] == "3"


def check_surges(packets, rows):
    assert {(row["class"], row["service_port"]) for row in rows} >= {("tcp-syn", str(RISING))}
    assert all(row["explanation"].startswith(f"{row['class']} port {row['service_port']}: ") for row in rows)


def check_smallest_events(packets, rows):
    assert {row["site"]: int(row["addresses"]) for row in rows} == {None: sum(ADDRESSES.values())} | ADDRESSES


def check_site_against_pool(packets, rows):
    assert ("missing here", str(FILTERED)) in {(row["finding"], row["service_port"]) for row in rows}


def check_sites_compared(packets, rows):
    sums = collections.Counter(p.site for p in today(packets))
    for row in rows:
        assert int(row["packets"]) == sums[row["site"]] and number(row["addresses"]) == ADDRESSES[row["site"]]
        assert number(row["share"]) == pytest.approx(sums[row["site"]] / sum(sums.values()), abs=1e-4)
    assert len(rows) == 4


def check_years(packets, rows):
    ours = {row["year"]: int(row["packets"]) for row in rows if row["sites"]}
    assert ours == {str(year): n for year, n in collections.Counter(day_of(p).year for p in packets).items()}
    assert any(row["nicter_packets"] for row in rows)


DAY_ONLY = {"since": DAY, "until": TOMORROW}
DAYS = {"first_day": FIRST, "end_day": TOMORROW}
SYN = {"class": "tcp-syn"}
# Variables of each recipe, and what its answer must be; None where these packets leave it empty.
RECIPES = {
    "coverage-of-sites": ({"since": BEGIN, "until": TOMORROW}, check_coverage_of_sites),
    "hours-not-complete": ({"since": BEGIN, "until": TOMORROW, "most": 1000}, check_hours_not_complete),
    "lost-packets": ({"since": BEGIN, "until": TOMORROW}, None),
    "top-ports-by-packets": (DAY_ONLY | {"most": 5}, lambda p, r: top(today(p), r, "packets")),
    "top-ports-by-sources": (DAY_ONLY | {"most": 5}, lambda p, r: top(today(p), r, "sources")),
    "top-ports-by-spread": (DAY_ONLY | {"most": 5}, lambda p, r: top(today(p), r, "sites")),
    "traffic-by-day": ({"since": BEGIN, "until": TOMORROW, "zone": "Asia/Kathmandu"}, check_traffic_by_day),
    "port-by-hour": (DAY_ONLY | {"port": NEW}, check_port_by_hour),
    "port-at-a-site": (DAY_ONLY | {"site": "alpha"}, check_port_at_a_site),
    "rising-ports": ({"at": HOUR}, check_rising_ports),
    "new-ports": (DAY_ONLY, check_new_ports),
    "first-site-of-port": (DAYS | SYN | {"port": NEW}, check_first_site_of_port),
    "first-site-of-signature": (DAYS, check_first_site_of_signature),
    "address-history": (DAYS | {"address": INFECTED, "most": 10_000}, check_address_history),
    "block-history": (DAYS | {"block": INFECTED}, check_block_history),
    "busiest-sources": ({"day": TODAY}, check_busiest_sources),
    "sources-at-many-sites": ({"day": TODAY, "least_sites": 4, "most": 1000}, check_sources_at_many_sites),
    "sources-at-sites-within": (
        {"at": HOUR, "within": "20 minutes", "least_sites": 2, "most": 10_000}, check_sources_at_sites_within),
    "port-sweepers": ({"day": TODAY}, check_port_sweepers),
    "sources-of-port": (DAY_ONLY | {"port": RISING, "most": 1000}, check_sources_of_port),
    "ports-of-address": (DAY_ONLY | {"address": "203.0.113.1", "most": 10_000}, check_ports_of_address),
    "tools-by-day": (DAYS, check_tools_by_day),
    "signatures-of-day": ({"day": TODAY}, check_signatures_of_day),
    "classes-by-day": ({"since": BEGIN, "until": TOMORROW}, check_classes_by_day),
    "backscatter-victims": (DAY_ONLY, check_backscatter_victims),
    "ports-that-share-sources": (DAY_ONLY | {"port": FILTERED}, check_ports_that_share_sources),
    "site-against-pool": (DAY_ONLY | {"site": "beta"}, check_site_against_pool),
    "sites-compared": ({"day": TODAY}, check_sites_compared),
    "years": ({}, check_years),
    "top-countries": (DAY_ONLY, lambda p, r: check_origins(p, r, "country", 0)),
    "top-networks": (DAY_ONLY, lambda p, r: check_origins(p, r, "asn", 1)),
    "country-history": ({"since": BEGIN, "until": TOMORROW, "zone": "Asia/Jakarta"}, check_origin_history),
    "as-history": ({"since": BEGIN, "until": TOMORROW, "zone": "Asia/Jakarta"}, check_origin_history),
    "top-ports-without-scanners": (DAY_ONLY, check_top_ports_without_scanners),
    "scanner-labels": ({}, check_scanner_labels),
    "scans": (DAY_ONLY | {"most": 1000}, check_scans),
    "attacks": (DAY_ONLY, check_attacks),
    "smallest-events": ({"since": HOUR, "until": DAY + datetime.timedelta(hours=13)}, check_smallest_events),
    "surges": ({"since": BEGIN, "until": TOMORROW}, check_surges),
}


def test_every_recipe_is_run_and_described():
    recipes = set(RECIPES) | set(ALERT_RECIPES)
    assert {file.stem for file in FOLDER.glob("*.sql")} == recipes
    listed, defaults = ((FOLDER / file).read_text() for file in ("README.md", "defaults.psql"))
    for name in recipes:
        text = (FOLDER / f"{name}.sql").read_text()
        assert re.match(r"-- [^\n]*\?\n(-- |\\ir)", text.replace("\n--   ", " ")), f"{name} does not begin with its question"
        assert all(f"\n-- {head}: " in text for head in ("Columns", "Variables", "Cost")), name
        assert f"`{name}.sql`" in listed, f"README.md does not name {name}.sql"
        for variable in re.findall(r":'?([a-z_]+)", text.split("\\ir defaults.psql")[1].replace("::", "")):
            assert f"{{?{variable}}}" in defaults or f"set {variable} " in defaults, f"{name}: {variable} has no default"


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_recipe(world, name):
    packets, database = world
    variables, check = RECIPES[name]
    # With what it takes for granted it must run; the data are long past.
    run(database, name)
    rows = run(database, name, **variables)
    if check is None:
        assert rows == []
    else:
        assert rows, f"{name} finds nothing"
        check(packets, rows)
