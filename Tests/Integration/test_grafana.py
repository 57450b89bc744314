"""The dashboards of ops/grafana: their form, and every panel's SQL as Grafana would run it, on data of known truth."""
import collections
import datetime
import json
import pathlib
import re
import subprocess
import zoneinfo

import psycopg2
import pytest

from support import grafana
from support.alerts import UTC, History, hours, months
from support.command_line import Operator
from support.database import Database
from support.internet import (
    ADDRESSES, DAY, FIRST, HOLE, NOON, ORIGINS, RISING, SCANNERS, TODAY, TOMORROW, VICTIM, class_of, count, day_of, hour_of,
    observed_share, origin_of)

FOLDER = pathlib.Path(__file__).parents[2] / "ops/grafana"
DASHBOARDS = {path.stem: json.loads(path.read_text()) for path in sorted((FOLDER / "dashboards").glob("*.json"))}
PANELS = [(name, panel["id"]) for name, dashboard in DASHBOARDS.items() for panel in dashboard["panels"]]
NIGHT = DAY + datetime.timedelta(days=1)
NOON_HOUR = DAY + datetime.timedelta(seconds=NOON)
RANGES = {
    "1 h": grafana.Range(NOON_HOUR, NOON_HOUR + hours(1)), "24 h": grafana.Range(DAY, NIGHT),
    "7 d": grafana.Range(NIGHT - hours(7 * 24), NIGHT), "nothing": grafana.Range(DAY - hours(365 * 24), DAY - hours(364 * 24))}
# Totals stand beside how completely they were measured; these panels have none: states, clocks, room on the disk,
# evidence about single addresses, and reports of what was told.
WITHOUT_COVERAGE = {
    ("sites", "Completeness"), ("sites", "Observed share by site"), ("sites", "Clocks"), ("sites", "Sensors now"),
    ("sites", "Room in the database"), ("overview", "Open alerts now"), ("sources", "$address: who is that?"),
    ("programme", "The year, month by month"), ("programme", "Episodes opened, closed and open"),
    ("programme", "Organisations in the range")}
UNITS = {"none", "short", "s", "bytes", "percentunit", "pps"}
TIMESTAMPTZ, NUMBERS, TEXT = 1184, {20, 23, 701, 1700}, 25


def panel_of(dashboard, title):
    (panel,) = [p for p in DASHBOARDS[dashboard]["panels"] if p["title"] == title]
    return panel


class Reader:
    """Panels as Grafana's role asks for them."""

    def __init__(self, database):
        self.connection = psycopg2.connect(f"{database.conninfo} user=analyst")
        self.connection.autocommit = True

    def ask(self, name, panel, within, **chosen):
        """(column: type), rows."""
        sql = grafana.query(DASHBOARDS[name], panel, within, chosen)
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return {c.name: c.type_code for c in cursor.description}, cursor.fetchall()

    def rows(self, name, title, within, **chosen):
        """Each row a dictionary."""
        columns, rows = self.ask(name, panel_of(name, title), within, **chosen)
        return [dict(zip(columns, row)) for row in rows]


@pytest.fixture(scope="module")
def reader(world):
    return Reader(world[1])


def test_the_dashboards_are_what_their_descriptions_make():
    done = subprocess.run([FOLDER / "make", "--check"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert set(DASHBOARDS) == {"overview", "ports", "sources", "sites", "alerts", "programme"}


def test_identifiers_are_unique_and_the_data_source_is_the_provisioned_one():
    provisioned = (FOLDER / "provisioning/datasources/darkscope.yaml").read_text()
    assert re.search(r"^    uid: darkscope$", provisioned, re.M) and re.search(r"^    type: postgres$", provisioned, re.M)
    uids = [d["uid"] for d in DASHBOARDS.values()]
    assert len(set(uids)) == len(uids) and all(re.fullmatch(r"[a-z-]{1,40}", uid) for uid in uids)
    for name, dashboard in DASHBOARDS.items():
        ids = [panel["id"] for panel in dashboard["panels"]]
        assert len(set(ids)) == len(ids), name
        for thing in [*dashboard["panels"], *[t for p in dashboard["panels"] for t in p["targets"]],
                      *[v for v in dashboard["templating"]["list"] if v["type"] == "query"]]:
            assert thing["datasource"] == {"type": "postgres", "uid": "darkscope"}


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_lie_beside_each_other(name):
    taken = set()
    for panel in DASHBOARDS[name]["panels"]:
        place = panel["gridPos"]
        assert place["x"] >= 0 and place["y"] >= 0 and place["w"] > 0 and place["h"] > 0 and place["x"] + place["w"] <= 24
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                 for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_say_what_they_show_and_in_what_unit(name):
    used = " ".join(panel["targets"][0]["rawSql"] for panel in DASHBOARDS[name]["panels"])
    for panel in DASHBOARDS[name]["panels"]:
        assert len(panel["description"]) > 60 and panel["description"].endswith("."), panel["title"]
        properties = [p for o in panel["fieldConfig"]["overrides"] for p in o["properties"] if p["id"] == "unit"]
        assert {panel["fieldConfig"]["defaults"]["unit"], *[p["value"] for p in properties]} <= UNITS, panel["title"]
        sql = panel["targets"][0]["rawSql"]
        assert re.search(r"\b(FROM|JOIN|LATERAL)\s+(raw|rollup|meta|event|trend|alert|enrichment)\.", sql) is None
        assert not re.search(r"\$__\w+\([^)]*\(", sql), f"{panel['title']}: a macro's argument holds a bracket"
    for variable in DASHBOARDS[name]["templating"]["list"]:
        assert f"${variable['name']}" in used, f"{variable['name']} is offered and not used"


@pytest.mark.parametrize("name,number", PANELS, ids=[f"{name}-{number}" for name, number in PANELS])
def test_panel_runs_over_every_range_and_view(reader, name, number):
    panel = DASHBOARDS[name]["panels"][number - 1]
    found = 0
    for within in RANGES.values():
        for scanners, site in (("all", ["$__all"]), ("without", ["alpha", "beta"]), ("only", ["$__all"])):
            if not {"$scanners", "$site"} & set(re.findall(r"\$\w+", panel["targets"][0]["rawSql"])) and scanners != "all":
                continue
            columns, rows = reader.ask(name, panel, within, scanners=scanners, site=site, port=str(RISING),
                                       zone="Asia/Kathmandu", address=VICTIM)
            is_series = panel["targets"][0]["format"] == "time_series"
            found += len(rows)
            if is_series:
                kinds = list(columns.items())
                # $__timeGroup makes seconds, which Grafana takes as well.
                assert kinds[0][0] == "time" and kinds[0][1] in (TIMESTAMPTZ, 1700, 701), panel["title"]
                times = [row[0] for row in rows]
                assert None not in times and times == sorted(times), panel["title"]
                is_long = "metric" in columns
                assert all(kind in NUMBERS for column, kind in kinds[1:] if column != "metric"), (panel["title"], kinds)
                if is_long:
                    assert list(columns) == ["time", "metric", "value"] and columns["metric"] == TEXT
                    assert len({row[:2] for row in rows}) == len(rows), "two values at one time"
                else:
                    assert len(set(times)) == len(times), "two rows at one time"
            names = set(columns) | ({"coverage"} if any("coverage" in row for row in rows) else set())
            if not rows and is_series and "metric" in columns:
                names |= {"coverage"} & set(re.findall(r"\bcoverage\b", panel["targets"][0]["rawSql"]))
            if name != "alerts" and (name, panel["title"]) not in WITHOUT_COVERAGE:
                assert "coverage" in names, panel["title"]
            units = {o["matcher"]["options"] for o in panel["fieldConfig"]["overrides"]}
            assert is_series or units <= set(columns), (panel["title"], units - set(columns))
    if name in ("overview", "ports", "sources", "sites") and panel["title"] not in ("Clocks", "What was lost for good"):
        assert found, f"{panel['title']} shows nothing of the world"


def test_variables_can_be_asked_for(reader):
    for dashboard in DASHBOARDS.values():
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                with reader.connection.cursor() as cursor:
                    cursor.execute(variable["query"])
                    assert variable["name"] != "site" or [row[0] for row in cursor.fetchall()] == sorted(ADDRESSES)


VIEWS = {"all": lambda p: True, "without": lambda p: p.source not in SCANNERS, "only": lambda p: p.source in SCANNERS}


def of_range(packets, within, view="all"):
    return [p for p in packets if within.since.timestamp() <= p.time < within.until.timestamp() and VIEWS[view](p)]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("span", ["1 h", "24 h", "7 d"])
def test_packets_equal_the_truth_and_gaps_are_no_zeros(world, reader, span, view):
    rows = reader.rows("overview", "Packets", RANGES[span], scanners=view)
    chosen = of_range(world[0], RANGES[span], view)
    assert sum(row["packets"] or 0 for row in rows) == len(chosen)
    sums, _ = count(chosen, hour_of)
    seen = {hour_of(p) for p in world[0]}
    if span == "7 d":
        for row in rows:
            assert row["packets"] == (sums[row["time"]] if row["time"] in seen else None), row["time"]
            assert (row["coverage"] is None) == (row["time"] not in seen)
    # A part of the sites, which are asked for by name.
    part = reader.rows("overview", "Packets", RANGES[span], scanners=view, site=["alpha", "gamma"])
    assert sum(row["packets"] or 0 for row in part) == len([p for p in chosen if p.site in ("alpha", "gamma")])


def test_a_service_equals_the_truth(world, reader):
    chosen = [p for p in of_range(world[0], RANGES["24 h"]) if (p.kind, p.port) == ("syn", RISING)]
    rows = reader.rows("ports", "$class $port: packets", RANGES["24 h"], port=str(RISING))
    assert {r["time"]: r["packets"] for r in rows if r["packets"]} == count(chosen, hour_of)[0]
    rows = reader.rows("ports", "$class $port: distinct sources", RANGES["24 h"], port=str(RISING))
    assert {r["time"]: r["sources"] for r in rows if r["sources"]} == count(chosen, hour_of)[1]
    rows = reader.rows("ports", "$class $port: by site, packets an address and day", RANGES["24 h"], port=str(RISING))
    rates = {(r["time"], r["metric"]): r["value"] for r in rows if r["value"] and r["metric"] != "coverage"}
    for key, packets in count(chosen, lambda p: (hour_of(p), p.site))[0].items():
        assert rates.pop(key) == pytest.approx(packets * 24 / ADDRESSES[key[1]] / observed_share(key[1], key[0]), rel=1e-3)
    assert not rates


@pytest.mark.parametrize("view", VIEWS)
def test_first_ports_and_their_graph_equal_the_truth(world, reader, view):
    chosen = of_range(world[0], RANGES["24 h"], view)
    sums, sources = count(chosen, lambda p: (class_of(p), p.port))
    table = reader.rows("ports", "First ports by packets", RANGES["24 h"], scanners=view)
    first = {tuple(r["service"].split(" ")[:2]): (r["packets"], r["sources"]) for r in table}
    best = sorted(sums, key=lambda k: (-sums[k], k[0], k[1]))
    for kind, port in best[:25]:
        assert first[str(port), kind][0] == sums[kind, port]
        if sources[kind, port] <= 256:
            assert first[str(port), kind][1] == sources[kind, port]
    graph = collections.Counter()
    for row in reader.rows("overview", "Packets by port: the first eight, and the rest", RANGES["24 h"], scanners=view):
        graph[" ".join(row["metric"].split(" ")[:2])] += row["value"]
    del graph["coverage"]
    assert {k for k in graph if k != "others"} == {f"{port} {kind}" for kind, port in best[:8]}
    assert sum(graph.values()) == len(chosen) and all(graph[f"{port} {kind}"] == sums[kind, port] for kind, port in best[:8])


def test_countries_and_sites_equal_the_truth(world, reader):
    chosen = [p for p in of_range(world[0], RANGES["24 h"]) if p.kind != "synack"]
    sums, _ = count(chosen, lambda p: origin_of(p)[0] or "unknown")
    rows = reader.rows("overview", "First countries", RANGES["24 h"])
    assert {r["country"]: r["packets"] for r in rows} == sums and len(sums) >= len(ORIGINS)
    assert sum(r["share"] for r in rows) == pytest.approx(1)
    graph = collections.Counter()
    for row in reader.rows("sources", "Packets by country: the first eight, and the rest", RANGES["24 h"]):
        graph[row["metric"]] += row["value"]
    del graph["coverage"]
    assert graph == sums
    sums, _ = count(of_range(world[0], RANGES["24 h"]), lambda p: p.site)
    rows = {r["site"]: r for r in reader.rows("overview", "Sites", RANGES["24 h"])}
    assert {site: r["packets"] for site, r in rows.items()} == sums
    # Alpha has a hole of half an hour, and delta observed one hour of 24.
    assert {site: r["coverage"] for site, r in rows.items()} == pytest.approx(
        {"alpha": 23.5 / 24, "beta": 1, "gamma": 1, "delta": 1 / 24}, abs=1e-3)


def test_coverage_of_a_range_counts_what_nobody_measured(world, reader):
    (row,) = reader.rows("overview", "At the end of the range, beside what is usual", RANGES["7 d"])
    hour = {(p.site, hour_of(p)) for p in of_range(world[0], RANGES["7 d"])}
    by_hour = collections.defaultdict(list)
    for site, start in hour:
        by_hour[start].append((ADDRESSES[site] * observed_share(site, start), ADDRESSES[site]))
    shares = [sum(o for o, _ in parts) / sum(a for _, a in parts) for parts in by_hour.values()]
    assert row["coverage"] == pytest.approx(sum(shares) / (7 * 24), abs=1e-3)


def test_the_strip_of_completeness_shows_the_hole(reader):
    rows = reader.rows("sites", "Completeness", RANGES["24 h"])
    states = {(r["metric"], r["time"]): r["value"] for r in rows}
    at = datetime.datetime.fromtimestamp(HOLE[1], UTC)
    assert states["alpha/edge", at] == 1 and states["beta/edge", at] == 4
    codes = panel_of("sites", "Completeness")["fieldConfig"]["defaults"]["mappings"][0]["options"]
    assert codes["1"]["text"] == "▲ partial" and codes["4"]["text"] == "● complete"
    fine = reader.rows("sites", "Completeness", grafana.Range(NOON_HOUR, NOON_HOUR + hours(4)))
    hole = [r["value"] for r in fine if r["metric"] == "alpha/edge" and HOLE[1] <= r["time"].timestamp() < HOLE[2]]
    assert hole == [0] * 6


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "Asia/Jakarta"])
def test_days_are_those_of_the_zone(world, reader, zone):
    rows = reader.rows("sites", "In days of the zone", RANGES["7 d"], zone=zone)
    day = lambda p: str(datetime.datetime.fromtimestamp(p.time, zoneinfo.ZoneInfo(zone)).date())  # noqa: E731
    days = {r["day"] for r in rows}
    sums, _ = count([p for p in world[0] if day(p) in days], day)
    assert {r["day"]: r["packets"] for r in rows if r["packets"]} == sums


def test_busiest_sources_follow_the_view(world, reader):
    for view, keep in VIEWS.items():
        sums, _ = count([p for p in world[0] if day_of(p) == TODAY and keep(p)], lambda p: p.source)
        rows = reader.rows("sources", "Busiest sources of a day", RANGES["24 h"], scanners=view)
        assert {r["source"]: r["packets"] for r in rows} == dict(sorted(sums.items(), key=lambda i: (-i[1],))[:len(rows)]) or \
            [r["packets"] for r in rows] == sorted(sums.values(), reverse=True)[:50]
        assert rows and all(r["packets"] == sums[r["source"]] for r in rows)
        assert {bool(r["scanner"]) for r in rows} == ({True, False} if view == "all" else {view == "only"})
    rows = reader.rows("sources", "$address: day by day", grafana.Range(
        datetime.datetime.combine(FIRST, datetime.time(), UTC), datetime.datetime.combine(TOMORROW, datetime.time(), UTC)),
        address=VICTIM)
    sums, _ = count([p for p in world[0] if p.source == VICTIM], lambda p: (day_of(p), p.site))
    assert {(r["day"].date(), r["site"]): r["packets"] for r in rows} == sums
    (row,) = reader.rows("sources", "$address: who is that?", RANGES["24 h"], address=SCANNERS[0])
    assert (row["address"], row["country"], row["scanner"]) == (SCANNERS[0], "SG", "invented")


@pytest.fixture(scope="module")
def programme(tmp_path_factory):
    """A random history of alerts of which every figure is known, and its database."""
    database = Database()
    Operator(tmp_path_factory.mktemp("programme"), database).check("role", "make")
    now = datetime.datetime.now(UTC)
    history = History(database, now - hours(24 * 560), now - hours(2))
    yield history, Reader(database)
    database.drop()


def test_alerts_and_notices_equal_the_history(programme):
    history, reader = programme
    last = grafana.Range(history.end - hours(300 * 24), history.end)
    is_open = [a for a in history.alerts if a.state in ("open", "ongoing") and not a.is_false_positive]
    (now,) = reader.rows("alerts", "Now", last)
    assert (now["open"], now["of high severity"]) == (len(is_open), sum(a.severity == "high" for a in is_open))
    states = collections.Counter(state for n in history.notices for state in n.states)
    assert (now["messages waiting"], now["messages given up"]) == (states["due"], states["dead"]) and states["dead"]
    assert len(reader.rows("alerts", "Open alerts, the worst first", last)) == len(is_open) > 5
    code = is_open[0].organisation.code
    mine = [a for a in is_open if a.organisation.code == code]
    assert len(reader.rows("alerts", "Open alerts, the worst first", last, organisation=[code])) == len(mine)
    opened = collections.Counter()
    for row in reader.rows("alerts", "Opened, by kind", last):
        opened[row["metric"]] += row["value"]
    assert opened == collections.Counter(a.kind for a in history.alerts for e in a.episodes
                                         if last.since <= e.opened_at <= last.until)
    made = collections.Counter()
    for row in reader.rows("alerts", "Notices and what became of their messages", last):
        made[row["metric"]] += row["value"]
    two = datetime.timedelta(seconds=2)
    assert made == collections.Counter(s for n in history.notices for s in n.states
                                       if n.reason != "test" and last.since <= n.made_at + two <= last.until)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu"])
def test_the_programmes_year_equals_the_history(programme, zone):
    history, reader = programme
    within = grafana.Range(history.end - hours(24 * 365), history.end)
    year = history.end.astimezone(zoneinfo.ZoneInfo(zone)).year
    rows = reader.rows("programme", "The year, month by month", within, zone=zone)
    spans = list(months(year, zone))
    assert [r["month"] for r in rows] == [f"{day:%Y-%m}" for day, _, _ in spans] + ["year"]
    for row, (day, begin, end) in zip(rows, spans):
        expected = history.figures(begin, end)
        assert {k: row[k] for k in ("opened", "closed", "told", "notices", "dead")} == {
            k: expected[k] for k in ("opened", "closed", "told", "notices", "dead")}, day
    graph = reader.rows("programme", "Episodes opened, closed and open", within, zone=zone)
    # Organisations count in the months in which they are served.
    opened = 0
    for _, begin, end in [*months(year - 1, zone), *spans]:
        opened += sum(history.figures(max(begin, within.since), min(end, within.until), o)["opened"]
                      for o in history.organisations
                      if end > within.since and o.created_at < end and (o.ended_at is None or o.ended_at >= begin))
    assert sum(r["opened"] for r in graph) == opened > 100
    table = reader.rows("programme", "Organisations in the range", within, zone=zone)
    assert sum(r["opened"] for r in table) == opened
