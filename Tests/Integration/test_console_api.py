"""The console's numbers: every one equals what SQL says, and every refusal says why."""
import collections
import datetime
import ipaddress
import random
import urllib.parse

import pytest
from prometheus_client.parser import text_string_to_metric_families

from support.console import console_alone
from support.internet import ADDRESSES, DAY, HOLE, LOCAL, RISING, SCANNERS, TODAY, TOMORROW, class_of, day_of

START, END = f"{TODAY}T00:00:00Z", f"{TOMORROW}T00:00:00Z"
SPAN = {"from": START, "to": END}
INJECTIONS = [
    "'", "''", '"', "';SELECT pg_sleep(9)--", "1 OR 1=1", "$1", "\\", "%", "{}", "x' || (SELECT version()) || '", "/*", "\x01",
    "NULL", "1;DROP TABLE meta.site", "\u2028", "٣", "-1", "1e9", "99999999999999999999", "a" * 300, "../../etc/passwd", "<b>",
]


def count(packets, key):
    return collections.Counter(map(key, packets))


@pytest.fixture(scope="module")
def console(world, tmp_path_factory):
    """A console alone, that may only read, on the invented Internet."""
    with console_alone(tmp_path_factory.mktemp("console"), world[1].conninfo, access="open") as made:
        yield made


def test_series_are_the_packets_of_every_hour(console, world):
    truth = count([p for p in world[0] if day_of(p) == TODAY], lambda p: int(p.time // 3_600))
    answer = console.get("series", step="hour", **SPAN)
    assert len(answer["series"]) == 24
    for bin in answer["series"]:
        hour = int(datetime.datetime.fromisoformat(bin["time"].replace("Z", "+00:00")).timestamp()) // 3_600
        assert bin["packets"] == truth[hour], bin
    # Alpha does not observe for half of an hour in which delta's capture has ended.
    hole = answer["series"][HOLE[1] % 86_400 // 3_600]
    expected = sum(a for site, a in ADDRESSES.items() if site != "delta")
    assert hole["state"] == "partial" and hole["coverage"] == pytest.approx(
        (expected - ADDRESSES["alpha"] / 2) / expected, abs=1e-6)
    sites = {site["site"]: site for site in answer["coverage"]}
    assert sites["alpha"]["coverage"] == pytest.approx(1 - 0.5 / 24, abs=1e-6) and sites["alpha"]["state"] == "partial"
    assert sites["beta"]["coverage"] == 1 and sites["beta"]["state"] == "complete"
    assert sites["delta"]["coverage"] == pytest.approx(1 / 24, abs=1e-6)


def test_a_day_begins_at_midnight_of_the_zone(console, world):
    # Kathmandu is 5:45 ahead of UTC.
    answer = console.get("series", step="day", tz="Asia/Kathmandu", **{"from": str(TODAY), "to": str(TOMORROW)})
    midnight = DAY.timestamp() - 5.75 * 3_600
    assert [bin["time"] for bin in answer["series"]] == ["2025-12-31T18:15:00Z"]
    assert answer["series"][0]["packets"] == sum(midnight <= p.time < midnight + 86_400 for p in world[0])
    assert answer["span"] == {"from": "2025-12-31T18:15:00Z", "to": "2026-01-01T18:15:00Z", "zone": "Asia/Kathmandu"}


def test_what_was_not_observed_is_null_and_not_zero(console):
    answer = console.get("series", step="hour", site="delta", **SPAN)
    assert [bin["packets"] is None for bin in answer["series"]] == [hour != 12 for hour in range(24)]
    assert {bin["state"] for bin in answer["series"]} == {"missing", "complete"}


@pytest.mark.parametrize("scanners", ["all", "without", "only"])
def test_ports_are_counted_with_and_without_scanners(console, world, scanners):
    packets = [p for p in world[0] if day_of(p) == TODAY
               and (scanners == "all" or (p.source in SCANNERS) == (scanners == "only"))]
    truth = count(packets, lambda p: (class_of(p), p.port))
    answer = console.get("ports", scanners=scanners, by="packets", limit=100, **SPAN)
    assert {(r["class"], r["service_port"]): r["packets"] for r in answer["ports"]} == dict(truth)
    sources = {key: len({p.source for p in packets if (class_of(p), p.port) == key}) for key in truth}
    assert {(r["class"], r["service_port"]): r["sources"] for r in answer["ports"] if r["sources_precision"] == "exact"} \
        == {key: sources[key] for r in answer["ports"] if r["sources_precision"] == "exact"
            for key in [(r["class"], r["service_port"])]}
    assert [r["packets"] for r in answer["ports"]] == sorted((r["packets"] for r in answer["ports"]), reverse=True)


def test_a_port_is_counted_by_site(console, world):
    answer = console.get(f"port/tcp-syn/{RISING}", **SPAN)
    truth = count([p for p in world[0] if day_of(p) == TODAY and p.port == RISING], lambda p: p.site)
    assert {r["site"]: r["packets"] for r in answer["sites"]["all"]} == dict(truth)
    assert answer["sites"]["without"] == answer["sites"]["all"] and answer["sites"]["only"] == []
    assert sum(bin["packets"] or 0 for bin in answer["series"]) == sum(truth.values())
    local = console.get(f"port/tcp-syn/{LOCAL}", **SPAN)
    assert [r["site"] for r in local["sites"]["all"]] == ["alpha"]


@pytest.mark.parametrize("q, is_in", [
    ("", lambda p: True), ("port = 23", lambda p: p.port == 23),
    ("proto = tcp and port in (22, 23) and not scanner", lambda p: class_of(p) == "tcp-syn" and p.port in (22, 23)),
    ("site = alpha and backscatter", lambda p: p.site == "alpha" and class_of(p) == "tcp-synack")])
def test_a_filter_lets_in_what_it_says(console, world, q, is_in):
    found = [p for p in world[0] if day_of(p) == TODAY and is_in(p)]
    top = console.get("filtered/top/ports", q=q, by="packets", limit=100, **SPAN)
    assert {(r["class"], r["service_port"]): r["packets"] for r in top["rows"]} == count(
        found, lambda p: (class_of(p), p.port))
    assert top["total"]["packets"] == len(found) and top["total"]["undecided_packets"] == 0
    assert "$1" in top["sql"]["text"] and "alpha" not in top["sql"]["text"] and top["views"]
    series = console.get("filtered/series", q=q, step="hour", **SPAN)
    assert sum(bin["packets"] or 0 for bin in series["rows"]) == len(found) and len(series["rows"]) == 24
    assert series["filter"] == top["filter"] and series["filter"] is (None if not q else series["filter"])


@pytest.mark.parametrize("subject, key", [
    ("ports", lambda p: (class_of(p), p.port)), ("sites", lambda p: p.site)])
@pytest.mark.parametrize("scanners", ["all", "without", "only"])
def test_a_stack_has_the_first_and_all_others_in_every_bin(console, world, subject, key, scanners):
    found = [p for p in world[0] if day_of(p) == TODAY
             and (scanners == "all" or (p.source in SCANNERS) == (scanners == "only"))]
    answer = console.get(f"filtered/stack/{subject}", n=3, step="hour", scanners=scanners, **SPAN)
    sums = count(found, key)
    assert [layer["packets"] for layer in answer["layers"]] == sorted(sums.values(), reverse=True)[:3]
    hours = count(found, lambda p: (int(p.time - DAY.timestamp()) // 3_600, key(p)))
    for layer in answer["layers"]:
        own = tuple(layer["key"][name] for name in ("class", "service_port")) if subject == "ports" else layer["key"]["site"]
        assert layer["packets"] == sums[own]
        assert layer["values"] == [hours[hour, own] for hour in range(24)]
    totals = count(found, lambda p: int(p.time - DAY.timestamp()) // 3_600)
    assert [bin["packets"] for bin in answer["bins"]] == [totals[hour] for hour in range(24)]
    assert answer["other"]["values"] == [
        totals[hour] - sum(layer["values"][hour] for layer in answer["layers"]) for hour in range(24)]
    assert answer["bins"][HOLE[1] % 86_400 // 3_600]["state"] == "partial"
    assert answer["coverage"] and answer["views"] and "$1" in answer["sql"]["text"]
    # The values of sources are those of each bin, and of nobody else.
    counted = console.get(f"filtered/stack/{subject}", n=1, step="hour", scanners=scanners, measure="sources", **SPAN)
    assert counted["other"]["values"] == [None] * 24 and counted["layers"][0]["key"] == answer["layers"][0]["key"]
    seen = collections.defaultdict(set)
    for p in found:
        if key(p) == (tuple(counted["layers"][0]["key"][name] for name in ("class", "service_port")) if subject == "ports"
                      else counted["layers"][0]["key"]["site"]):
            seen[int(p.time - DAY.timestamp()) // 3_600].add(p.source)
    for hour, value in enumerate(counted["layers"][0]["values"]):
        # Without the extension hll, at least those of the greatest part.
        assert value <= len(seen[hour]) and (value > 0) == (len(seen[hour]) > 0)


@pytest.mark.parametrize("by", ["port", "site", "proto,site", "port,country", "country,port,site"])
def test_groups_are_counted_by_each_dimension(console, world, by):
    found = [p for p in world[0] if day_of(p) == TODAY]
    answer = console.get("filtered/groups", by=by, n=1_000, **SPAN)
    assert answer["by"] == by.split(",") and answer["total"] == {"packets": len(found), "undecided_packets": 0}
    assert sum(r["packets"] for r in answer["rows"]) == len(found)
    own = {"port": lambda p: (class_of(p), p.port), "site": lambda p: p.site, "proto": lambda p: class_of(p).split("-")[0]}
    told = {"port": lambda r: (r["class"], r["service_port"]), "site": lambda r: r["site"], "proto": lambda r: r["proto"]}
    names = [name for name in by.split(",") if name in own]
    sums = collections.Counter()
    for row in answer["rows"]:
        sums[tuple(told[name](row) for name in names)] += row["packets"]
    assert sums == count(found, lambda p: tuple(own[name](p) for name in names))


def test_the_span_before_stands_beside_a_series(console, world):
    yesterday = str(TODAY - datetime.timedelta(days=1))
    before = console.get("filtered/series", step="hour", **{"from": f"{yesterday}T00:00:00Z", "to": START})
    answer = console.get("filtered/series", step="hour", previous="yes", **SPAN)
    assert answer["previous"]["rows"] == before["rows"] and answer["previous"]["span"] == before["span"]
    assert len(answer["previous"]["rows"]) == len(answer["rows"]) == 24
    assert console.get("filtered/series", step="hour", **SPAN)["previous"] is None


def test_sources_are_those_with_the_most_packets(console, world):
    truth = count([p for p in world[0] if day_of(p) == TODAY], lambda p: p.source)
    answer = console.get("sources", limit=50, **SPAN)
    assert [r["packets"] for r in answer["sources"]] == sorted(truth.values(), reverse=True)[:50]
    assert all(truth[r["source"]] == r["packets"] for r in answer["sources"])
    scanner = next(r for r in answer["sources"] if r["source"] in SCANNERS)
    assert scanner["scanner"] == "invented" and (scanner["country"], scanner["asn"]) == ("SG", 64_501)


@pytest.mark.parametrize("block", [SCANNERS[0], "203.0.113.0/24"])
def test_a_source_or_a_block_has_its_days_and_sites(console, world, block):
    found = [p for p in world[0] if day_of(p) == TODAY and ipaddress.ip_address(p.source) in ipaddress.ip_network(block)]
    answer = console.get("source/" + urllib.parse.quote(block, safe=""), **SPAN)
    assert answer["block"] == block
    assert [(d["day"], d["packets"], d["sources"]) for d in answer["days"]] == [
        (str(TODAY), len(found), len({p.source for p in found}))]
    assert {r["site"]: r["packets"] for r in answer["sites"]} == dict(count(found, lambda p: p.site))


def test_sites_and_the_overview_tell_of_every_sensor(console):
    sensors = console.get("sites", **SPAN)["sensors"]
    assert [s["site"] for s in sensors] == sorted(ADDRESSES)
    assert {s["site"]: s["site_addresses"] for s in sensors} == ADDRESSES
    overview = console.get("overview")
    assert [s["sensor"] for s in overview["sensors"]] == ["edge"] * 4
    figures = {f["name"]: f for f in overview["figures"]}
    assert figures["sites"]["value"] == 4 and figures["sites"]["unit"] == "sites"
    site = console.get("site/alpha", **SPAN)
    assert len(site["hours"]) == 24 and site["hours"][13]["state"] == "partial"


def test_answers_are_as_the_document_says(console):
    document = console.get("openapi.json")
    assert document["openapi"] == "3.1.0"
    paths = document["paths"]
    samples = {"{asn}": "64501", "{class}": "tcp-syn", "{country}": "ID", "{port}": "23", "{block}": "192.0.2.1", "{code}": "alpha",
               "{id}": "1", "{subject}": "ports", "{name}": "years"}
    for template, path in paths.items():
        if "get" not in path:
            continue
        target = "/".join(samples.get(part, part) for part in template.split("/"))
        responses = path["get"]["responses"]
        if "text/event-stream" in responses["200"]["content"]:
            continue
        reply = console.ask(target)
        assert str(reply.status) in responses, target
        kind, content = next(iter(responses[str(reply.status)]["content"].items()))
        assert reply.fields["content-type"].split(";")[0] == kind.split(";")[0], target
        schema = content["schema"]
        if reply.status == 200 and "required" in schema:
            assert list(reply.json) == schema["required"], target
            names = {"array": list, "object": dict, "string": str, "integer": int, "boolean": bool, "null": type(None)}
            for name, value in reply.json.items():
                kinds = schema["properties"][name]["type"]
                kinds = [kinds] if isinstance(kinds, str) else kinds
                assert isinstance(value, tuple(names[k] for k in kinds)), (target, name)
        # Each parameter that the document has is taken, and no other one.
        for parameter in path["get"].get("parameters", []):
            if parameter["in"] == "query" and "default" in parameter["schema"]:
                query = urllib.parse.urlencode({parameter["name"]: parameter["schema"]["default"]})
                assert console.ask(f"{target}?{query}").status != 400, (target, query)
        # Who may not ask for something is not told what could be asked.
        assert console.ask(f"{target}?nothing=1").status == (403 if reply.status == 403 else 400), target


def test_problems_name_the_parameter_and_what_was_expected(console):
    for path, parameters, name in [
            ("series", {"from": "yesterday"}, "from"), ("series", {"from": "2026-02-30"}, "from"),
            ("series", {"tz": "Mars/Olympus"}, "tz"), ("series", {"from": "now", "to": "now-1h"}, "to"),
            ("ports", {"limit": "0"}, "limit"), ("ports", {"nothing": "1"}, "nothing"),
            ("sources", {"from": "now-40d"}, "from"), ("port/tcp-syn/70000", {}, "port"), ("port/tcp/23", {}, "class")]:
        problem = console.problem(path, **parameters)
        assert problem["parameter"] == name and problem["expected"], (path, parameters)
    assert "zone" not in console.problem("site/nowhere", 404)["detail"]
    console.problem("alert/999", 404)
    problem = console.problem("filtered/top/ports", q="port = 23 and contry = SG")
    assert problem["parameter"] == "q" and "column 15" in problem["detail"] and "Did you mean country" in problem["detail"]
    assert "with commas" in console.problem("filtered/groups", by="port,port")["expected"]
    assert "with commas" in console.problem("filtered/groups", by="port,site,country,class")["expected"]
    assert "1 to 40" in console.problem("filtered/stack/ports", n=41)["expected"]
    assert "there is no site" in console.problem("filtered/series", 422, q="site = nowhere")["detail"]
    assert "rows" in console.problem("series", 422, step="5 minutes", **{"from": "2020-01-01", "to": "2026-01-01"})["detail"]


def test_no_text_reaches_sql_as_sql(console, world):
    before = world[1].row("SELECT count(*), (SELECT count(*) FROM raw.batch) FROM meta.site")
    for text in INJECTIONS:
        quoted = urllib.parse.quote(text, safe="")
        for target in [f"series?site={quoted}", f"series?tz={quoted}", f"series?from={quoted}", f"ports?by={quoted}",
                       f"site/{quoted}", f"port/{quoted}/1", f"source/{quoted}", f"alerts?organisation={quoted}",
                       f"alert/{quoted}", f"{quoted}", f"filtered/series?q={quoted}", f"filtered/top/sites?q=site+%3D+{quoted}", f"series?{quoted}={quoted}"]:
            reply = console.ask(f"/api/v1/{target}")
            assert reply.status in (200, 400, 404, 422) and reply.fields["content-type"].startswith("application/"), target
    assert world[1].row("SELECT count(*), (SELECT count(*) FROM raw.batch) FROM meta.site") == before


def test_random_questions_never_break_it(console):
    draw = random.Random(6)
    routes = [(template, path["get"].get("parameters", [])) for template, path in
              console.get("openapi.json")["paths"].items() if "get" in path and template.startswith("/api/v1/") and "events" not in template]

    def value(schema):
        kind = draw.randrange(4)
        if kind == 0 and "enum" in schema:
            return draw.choice(schema["enum"])
        if kind <= 1 and schema["type"] == "integer":
            return str(draw.choice([schema["minimum"], schema["maximum"], draw.randrange(70_000)]))
        if kind == 2:
            return draw.choice(INJECTIONS)
        return draw.choice(["now", "now-1h", "now-90d", "2026-01-01", "UTC", "Asia/Dhaka", "alpha", "0", "23", "10.0.0.0/8", "",
                            "1970-01-01", "2026-02-30", "port = 23", "not scanner and tool = zmap", "country = SG or asn in (1, 2)", "9999-12-31", "0001-01-01", "now-36525d", "253402300799", "2001:db8::/32"])

    for _ in range(400):
        template, parameters = draw.choice(routes)
        for parameter in parameters:
            if parameter["in"] == "path":
                template = template.replace(
                    f"{{{parameter['name']}}}", urllib.parse.quote(value(parameter["schema"]), safe=""))
        fields = [(p["name"], value(p["schema"])) for p in parameters if p["in"] == "query" and draw.random() < 0.5]
        target = f"{template}?{urllib.parse.urlencode(fields)}"
        reply = console.ask(target)
        assert reply.status in (200, 400, 403, 404, 422), (target, reply.status, reply.content[:300])


def test_metrics_are_what_prometheus_reads(console):
    reply = console.ask("/metrics")
    assert reply.fields["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = {family.name: family for family in text_string_to_metric_families(reply.content.decode())}
    assert found["darkscope_build_info"].samples[0].labels["program"] == "darkscope-collector"
    commits = found["darkscope_sensor_last_commit_timestamp_seconds"].samples
    assert {s.labels["sensor"] for s in commits} == {f"{site}/edge" for site in ADDRESSES}
    assert {s.labels["state"]: s.value for s in found["darkscope_sensors"].samples}.keys() == {"ok", "late", "silent"}
    requests = found["darkscope_console_requests"].samples
    assert {s.labels["route"] for s in requests} >= {"series", "ports"}
