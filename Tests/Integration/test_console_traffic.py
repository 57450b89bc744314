"""Ports, sources, networks and countries in the console: every number against the packets of an invented Internet."""
import collections
import datetime
import urllib.parse

import pytest

from support.console import console_alone
from support.internet import (
    ADDRESSES, ARRIVALS, DAY, INFECTED, LOCAL, NEW, NOON, ORIGINS, RISING, SCANNERS, TODAY, TOMORROW, VICTIM, class_of, count,
    day_of, origin_of, tool_of)

SPAN = {"from": f"{TODAY}T00:00:00Z", "to": f"{TOMORROW}T00:00:00Z"}
# The hour that three sites observe on every day, and the fourth on this day alone.
HOUR = {"from": f"{TODAY}T12:00:00Z", "to": f"{TODAY}T13:00:00Z"}
OLD_SITES = ("alpha", "beta", "gamma")
MIDNIGHT = int(DAY.timestamp())
VIEWS = ["all", "without", "only"]


@pytest.fixture(scope="module")
def console(world, tmp_path_factory):
    with console_alone(tmp_path_factory.mktemp("console"), world[1].conninfo, access="open") as made:
        yield made


def within(packets, start, seconds, scanners="all"):
    """Packets of a span of seconds from midnight of the day on."""
    return [p for p in packets if MIDNIGHT + start <= p.time < MIDNIGHT + start + seconds
            and (scanners == "all" or (p.source in SCANNERS) == (scanners == "only"))]


def by_port(packets):
    return count(packets, lambda p: (class_of(p), p.port))


@pytest.mark.parametrize("scanners", VIEWS)
def test_ports_stand_beside_the_week_before_at_sites_that_observed_both(console, world, scanners):
    answer = console.get("ports", scanners=scanners, by="packets", limit=100, **HOUR)
    comparison = answer["comparison"]
    assert comparison["sites"] == list(OLD_SITES)
    assert [(s["site"], s["coverage"], s["coverage_before"]) for s in comparison["left_out"]] == [("delta", 1, None)]
    assert comparison["before"]["from"] == f"{TODAY - datetime.timedelta(days=7)}T12:00:00Z"
    now, sources = by_port(p for p in within(world[0], NOON, 3_600, scanners) if p.site in OLD_SITES)
    before, sources_before = by_port(
        p for p in within(world[0], NOON - 7 * 86_400, 3_600, scanners) if p.site in OLD_SITES)
    whole, _ = by_port(within(world[0], NOON, 3_600, scanners))
    assert {(r["class"], r["service_port"]): r["packets"] for r in answer["ports"]} == dict(whole)
    for row in answer["ports"]:
        key = row["class"], row["service_port"]
        assert (row["packets_compared"], row["packets_before"]) == (now[key], before[key]), key
        assert (row["sources_compared"], row["sources_before"]) == (sources.get(key, 0), sources_before.get(key, 0)), key


def test_ports_have_the_first_day_that_is_kept(console, world):
    first = {}
    for packet in sorted(world[0], key=lambda p: p.time):
        first.setdefault((class_of(packet), packet.port), str(day_of(packet)))
    answer = console.get("ports", by="packets", limit=100, **SPAN)
    assert {(r["class"], r["service_port"]): r["first_day"] for r in answer["ports"]} == {
        (r["class"], r["service_port"]): first[r["class"], r["service_port"]] for r in answer["ports"]}
    assert {first["tcp-syn", RISING], first["tcp-syn", NEW]} == {str(TODAY)}


def test_what_cannot_be_compared_is_null_and_not_zero(console):
    # A week before, only an hour of the day was observed: no site has enough of both.
    answer = console.get("ports", limit=5, **SPAN)
    assert answer["comparison"] is None and len(answer["ports"]) == 5
    assert {(r["packets_before"], r["packets_compared"]) for r in answer["ports"]} == {(None, None)}
    assert console.get("ports", compare="no", limit=5, **HOUR)["comparison"] is None


def test_many_ports_of_a_long_span_are_compared_without_the_sites_that_are_left_out(world):
    # So many rows of sensors are not read: those of the site that is left out are taken from those of all.
    rows = world[1].rows("""
        SELECT service_port, packets, sources, packets_before, sources_before, sources_precision FROM api.compare_ports(
            '2025-12-11 01:00Z', '2026-01-01 23:00Z', array_fill('tcp-syn'::text, '{1000}'),
            ARRAY(SELECT generate_series(0, 999)), 'all', '{alpha}')""")
    end, length = 23 * 3_600, 21 * 86_400 + 22 * 3_600

    def truth(start):
        return count((p for p in within(world[0], start, length) if p.site != "alpha" and p.kind == "syn"), lambda p: p.port)[0]
    now, before = truth(end - length), truth(end - length - 7 * 86_400)
    assert {port: (a, b) for port, a, _, b, *_ in rows} == {port: (now[port], before[port]) for port in range(1_000)}
    assert {row[2:3] + row[4:] for row in rows} == {(None, None, None)}


@pytest.mark.parametrize("scanners", VIEWS)
def test_a_port_has_three_views_of_its_bins_and_sites(console, world, scanners):
    answer = console.get("port/tcp-syn/80", step="hour", **SPAN)
    packets = [p for p in within(world[0], 0, 86_400, scanners) if (class_of(p), p.port) == ("tcp-syn", 80)]
    hours = collections.defaultdict(list)
    for packet in packets:
        hours[int(packet.time // 3_600 * 3_600)].append(packet)
    bins = answer["series"] if scanners == "all" else answer["views"][scanners]
    found = {datetime.datetime.fromisoformat(b["time"].replace("Z", "+00:00")).timestamp(): b for b in bins if b["packets"]}
    assert {t: b["packets"] for t, b in found.items()} == {t: len(ps) for t, ps in hours.items()}
    assert {t: b["sources"] for t, b in found.items()} == {t: len({p.source for p in ps}) for t, ps in hours.items()}
    sums, sources = count(packets, lambda p: p.site)
    assert {r["site"]: (r["packets"], r["sources"]) for r in answer["sites"][scanners]} == {
        site: (n, sources[site]) for site, n in sums.items()}


def test_views_without_scanners_are_null_where_bins_are_no_whole_hours(console):
    for step, tz in (("5 minutes", "UTC"), ("day", "Asia/Kathmandu")):
        assert console.get("port/tcp-syn/80", step=step, tz=tz, **HOUR)["views"] == {"without": None, "only": None}
    days = console.get("port/tcp-syn/80", step="day", **SPAN)["views"]
    assert len(days["without"]) == len(days["only"]) == 1


def test_a_port_tells_which_site_saw_it_first(console):
    seen = console.get(f"port/tcp-syn/{NEW}", **SPAN)["first_seen"]
    assert [r["site"] for r in seen] == sorted(ARRIVALS, key=ARRIVALS.get)
    for row in seen:
        at = datetime.datetime.fromisoformat(row["first_seen"].replace("Z", "+00:00")).timestamp() - MIDNIGHT
        assert 0 <= ARRIVALS[row["site"]] - at < row["within_seconds"]
    only = console.get(f"port/tcp-syn/{LOCAL}", **SPAN)["first_seen"]
    assert [r["site"] for r in only if r["first_seen"]] == ["alpha"]


@pytest.mark.parametrize("scanners", VIEWS)
def test_flows_of_a_port_tell_of_targets_tools_and_shared_ports(console, world, scanners):
    answer = console.get("port/tcp-syn/23/flows", scanners=scanners, limit=100, **SPAN)
    packets = within(world[0], 0, 86_400, scanners)
    own = [p for p in packets if (class_of(p), p.port) == ("tcp-syn", 23)]
    sources = {p.source for p in own}
    total = answer["total"]
    assert (total["packets"], total["sources"]) == (len(own), len(sources))
    assert (total["dark_targets"] or 0) <= len({p.destination for p in own}) and total["dark_targets_precision"] == "at-least"
    shared = collections.defaultdict(set)
    for packet in within(world[0], 0, 86_400):
        key = class_of(packet), packet.port
        if packet.source in sources and key != ("tcp-syn", 23):
            shared[key].add(packet.source)
    assert {(r["class"], r["service_port"]): r["shared_sources"] for r in answer["shared"]} == {
        key: len(found) for key, found in shared.items()}
    for row in answer["shared"]:
        assert row["share"] == pytest.approx(row["shared_sources"] / len(sources))
    tools = collections.Counter(tool_of([p for p in own if p.source == s]) or "none" for s in sources)
    assert {r["tool"]: r["sources"] for r in answer["tools"]} == dict(tools)


@pytest.mark.parametrize("scanners", VIEWS)
@pytest.mark.parametrize("kind", ["addresses", "blocks"])
def test_sources_are_ranked_by_address_and_by_block(console, world, kind, scanners):
    answer = console.get("sources", of=kind, scanners=scanners, limit=1_000, **SPAN)
    packets = within(world[0], 0, 86_400, scanners)

    def key(packet):
        return packet.source if kind == "addresses" else packet.source.rsplit(".", 1)[0] + ".0/24"
    sums, sources = count(packets, key)
    name = "source" if kind == "addresses" else "block"
    assert {r[name]: r["packets"] for r in answer["sources"]} == dict(sums)
    assert [r["packets"] for r in answer["sources"]] == sorted(sums.values(), reverse=True)
    groups = collections.defaultdict(list)
    for packet in packets:
        groups[key(packet)].append(packet)
    for row in answer["sources"]:
        found = groups[row[name]]
        assert row["sites"] == len({p.site for p in found})
        assert (row["country"], row["asn"], row["as_name"]) == origin_of(found[0])
        if kind == "blocks":
            assert row["sources"] == sources[row[name]]
            assert row["scanner_sources"] == len({p.source for p in found} & set(SCANNERS))
        else:
            assert row["tool"] == tool_of(found)
            assert (row["scanner"] == "invented") == (row["source"] in SCANNERS)
    assert answer["days"]["days"] == answer["days"]["days_known"] == 1


def test_a_source_tells_of_lists_tools_attacks_and_alerts(console, world):
    scanner = console.get(f"source/{SCANNERS[0]}", **SPAN)
    assert [(e["block"], e["list"]) for e in scanner["scanner_entries"]] == [(f"{SCANNERS[0]}/32", "invented")]
    assert scanner["alerts"] == [] and scanner["attacks"] == []
    sent = len([p for p in within(world[0], 0, 86_400) if p.source == SCANNERS[0]])
    assert scanner["tools"] == [{"tool": "zmap", "sources": 1, "packets": sent}]
    block = console.get("source/" + urllib.parse.quote(str(INFECTED), safe=""), **SPAN)
    infected = [p for p in within(world[0], 0, 86_400) if p.source.startswith("203.0.113.")]
    found = collections.Counter(
        tool_of([p for p in infected if p.source == s]) or "none" for s in {p.source for p in infected})
    assert {r["tool"]: r["sources"] for r in block["tools"]} == dict(found)
    assert console.get(f"source/{VICTIM}", **SPAN)["attacks"][0]["victim"] == VICTIM


@pytest.mark.parametrize("path, place, value", [("network/64501", 1, 64_501), ("country/ID", 0, "ID")])
def test_networks_and_countries_have_totals_and_announced_addresses(console, world, path, place, value):
    answer = console.get(path, **SPAN)
    packets = [p for p in within(world[0], 0, 86_400) if origin_of(p)[place] == value]
    sums, sources = count(packets, lambda p: p.kind == "synack")
    assert {r["is_backscatter"]: (r["packets"], r["sources"]) for r in answer["totals"]} == {
        key: (n, sources[key]) for key, n in sums.items()}
    assert {r["sites"] for r in answer["totals"]} == {len(ADDRESSES)}
    (block, country, asn, name), = [o for o in ORIGINS if value in o]
    addresses = 1 << 32 - int(str(block).split("/")[1])
    assert answer["announced_addresses"] == addresses
    assert answer["announced"] == [
        {"country": country, "asn": asn, "as_name": name, "addresses": addresses, "all_addresses": addresses}]
    assert answer["origins"]["name"] == "invented"


def test_unknown_networks_and_countries_have_nothing_and_say_so(console):
    for path in ("network/65000", "country/ZZ"):
        answer = console.get(path, **SPAN)
        assert answer["totals"] == answer["announced"] == [] and answer["announced_addresses"] is None
    assert console.problem("country/sg")["expected"].startswith("two capital letters")
    assert console.problem("network/0")["parameter"] == "asn"


def test_what_is_new_or_rises_is_told_of_the_hour(console, world):
    asked = {"from": str(TODAY), "to": HOUR["to"]}
    ports = console.get("new", **asked)
    assert ports["span"]["from"] == HOUR["from"] and ports["span"]["to"] == HOUR["to"]
    assert [r["service_port"] for r in ports["new"]] == [RISING]
    truth, sources = by_port(within(world[0], NOON, 3_600))
    assert (ports["new"][0]["packets"], ports["new"][0]["sources"]) == (truth["tcp-syn", RISING], sources["tcp-syn", RISING])
    assert ports["rising"][0]["service_port"] == RISING and all(r["score"] >= 6 for r in ports["rising"])
    assert RISING in {r["service_port"] for r in ports["surges"]}
    found = console.get("new", of="sources", limit=1_000, **asked)["new"]
    earlier = {p.source for p in world[0] if -7 * 86_400 <= p.time - MIDNIGHT < 0}
    fresh = count((p for p in within(world[0], NOON, 3_600) if p.source not in earlier), lambda p: p.source)[0]
    assert {r["source"]: r["packets"] for r in found} == dict(fresh)
    day = console.get("new", unit="day", **SPAN)
    assert {r["service_port"] for r in day["new"]} == {RISING, NEW, LOCAL}


def test_countries_are_new_or_rise_against_the_week_before(console, world):
    answer = console.get("new", of="countries", unit="day", **SPAN)
    # What was observed of the days before is too little to be compared with.
    assert answer["new"] == answer["rising"] == [] and answer["of"] == "countries"
    hour = console.get("new", of="countries", **{"from": str(TODAY), "to": HOUR["to"]})
    sums = count((p for p in within(world[0], NOON, 3_600)), lambda p: origin_of(p)[0])[0]
    for row in hour["new"] + hour["rising"]:
        assert row["packets"] == sums[row["country"]] and row["days"] == 7
