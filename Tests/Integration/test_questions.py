"""The functions of schema api, asked of rollups that the programs made, against plain Python over every packet."""
import collections
import datetime
import ipaddress
import math
import statistics

import pytest

from support.internet import (
    ADDRESSES, ARRIVALS, DAY, DAYS_BEFORE, FILTERED, FIRST, INFECTED, LOCAL, NEW, NOON, PREFIXES, RISING, TODAY, TOMORROW, UTC,
    by_source, class_of, count, day_of, hour_of, observed_share, tool_of)

HOUR = DAY + datetime.timedelta(seconds=NOON)


@pytest.mark.parametrize("step", ["hour", "day"])
@pytest.mark.parametrize("port,sites", [(23, None), (FILTERED, ["beta"]), (NEW, ["alpha", "gamma"]), (None, None)])
def test_series(world, step, port, sites):
    packets, database = world
    chosen = [p for p in packets if port in (None, p.port) and (port is None or p.kind == "syn")
              and (sites is None or p.site in sites)]
    start = (lambda p: day_of(p)) if step == "day" else hour_of
    sums, sources = count(chosen, start)
    observed = {start(p) for p in packets if sites is None or p.site in sites}
    found = database.rows("""
        SELECT time AT TIME ZONE 'UTC', packets, sources, sources_precision, state
        FROM api.series(%s, %s, %s, class => %s, service_port => %s, sites => %s)""",
                          DAY - datetime.timedelta(days=3), TOMORROW, step, port and "tcp-syn", port, sites)
    assert len(found) == (4 if step == "day" else 96)
    for time, number, distinct, precision, state in found:
        key = time.date() if step == "day" else time.replace(tzinfo=UTC)
        if key not in observed:
            assert (number, distinct, state) == (None, None, "missing")
        else:
            assert number == sums[key], key
            if sources.get(key, 0) <= 256:
                assert (distinct, precision) == (sources.get(key, 0), "exact"), key
            else:
                # Three standard errors.
                assert distinct == pytest.approx(sources[key], rel=0.05) and precision == "estimate"


def test_days_in_a_zone_of_quarter_hours(world):
    packets, database = world
    zone = datetime.timezone(datetime.timedelta(hours=5, minutes=45))
    sums = collections.Counter(
        datetime.datetime.fromtimestamp(p.time, zone).date() for p in packets if p.kind == "syn" and p.port == 23)
    found = database.rows("""
        SELECT (time AT TIME ZONE 'Asia/Kathmandu')::date, packets, sources_precision FROM api.series(
            %s, %s, 'day', 'Asia/Kathmandu', 'tcp-syn', 23)""", DAY - datetime.timedelta(days=5), TOMORROW)
    assert {day: n for day, n, _ in found} == {day: sums[day] for day, _, _ in found} and len(found) == 7
    assert {precision for _, _, precision in found} <= {"exact", "at-least"}


def test_rising_ports(world):
    packets, database = world
    syns = [p for p in packets if p.kind == "syn" and (p.time - NOON) % 86_400 < 3_600]
    sums, sources = count(syns, lambda p: (day_of(p), p.port))
    rows = database.rows("""
        SELECT service_port, packets, sources, usual_7, usual_28, usual_sources_7, usual_sources_28, packets_score,
            sources_score, score, hours_7, hours_28, packets_per_address_day, hour, sites
        FROM api.rising_ports(%s, 100) WHERE class = 'tcp-syn'""", HOUR)
    usual = sum(ADDRESSES[s] for s in ("alpha", "beta", "gamma"))
    # Four sites now, three before: their packets are scaled by the space.
    scale = sum(ADDRESSES.values()) / usual
    days = [FIRST + datetime.timedelta(days=n) for n in range(DAYS_BEFORE)]
    assert rows[0][0] == RISING and rows[0][9] > 6 and rows[0][14] == 4
    seen = 0
    for row in rows:
        port = row[0]
        assert row[13] == HOUR and row[1:3] == (sums[TODAY, port], sources[TODAY, port])
        assert row[10:12] == (7, 28)
        assert row[12] == pytest.approx(row[1] * 24 / sum(ADDRESSES.values()), rel=1e-3)
        scores = {}
        for what, table, factor in [("packets", sums, scale), ("sources", sources, 1)]:
            for span in (7, 28):
                values = [table.get((day, port), 0) * factor for day in days[-span:]]
                middle = statistics.median(values)
                mad = statistics.median(abs(v - middle) for v in values)
                floor = max(1.4826 * mad, math.sqrt(max(middle, 1)), middle / 10)
                scores[what, span] = (table[TODAY, port] - middle) / floor
                shown = row[{("packets", 7): 3, ("packets", 28): 4, ("sources", 7): 5, ("sources", 28): 6}[what, span]]
                unit = 24 / sum(ADDRESSES.values()) if what == "packets" else 1
                assert shown == pytest.approx(middle * unit, rel=1e-3)
        assert row[7] == pytest.approx(min(scores["packets", 7], scores["packets", 28]), rel=2e-2, abs=1e-2)
        assert row[8] == pytest.approx(min(scores["sources", 7], scores["sources", 28]), rel=1e-6)
        assert row[9] == min(row[7], row[8])
        seen += 1
    assert seen == len({port for day, port in sums if day == TODAY})


def test_new_ports(world):
    packets, database = world
    before = {(class_of(p), p.port) for p in packets if p.time < DAY.timestamp()}
    today = [p for p in packets if p.time >= DAY.timestamp() and (class_of(p), p.port) not in before]
    sums, sources = count(today, lambda p: (class_of(p), p.port))
    first = {}
    sites = collections.defaultdict(set)
    for p in today:
        first.setdefault((class_of(p), p.port), hour_of(p))
        sites[class_of(p), p.port].add(p.site)
    assert {(c, port) for c, port in sums} == {("tcp-syn", RISING), ("tcp-syn", NEW), ("tcp-syn", LOCAL)}
    for least in (2, 20):
        rows = database.rows("SELECT * FROM api.new_ports(%s, %s, least_sources => %s)", DAY, TOMORROW, least)
        assert sorted(rows) == sorted(
            (c, port, first[c, port], sums[c, port], sources[c, port], "exact", len(sites[c, port]), DAYS_BEFORE)
            for c, port in sums if sources[c, port] >= least)


def test_who_saw_a_port_first(world):
    packets, database = world
    first = {}
    for p in packets:
        if p.port == NEW:
            first.setdefault(p.site, datetime.datetime.fromtimestamp(p.time // 300 * 300, UTC))
    order = sorted(first, key=first.get)
    rows = database.rows("SELECT site, first_seen, lag, within, started_later, coverage_of_lag, packets, sources "
                         "FROM api.first_seen('tcp-syn', %s)", NEW)
    assert [row[0] for row in rows] == order == ["alpha", "gamma", "beta", "delta"]
    for site, at, lag, within, later, coverage, number, sources in rows:
        assert at == first[site] and lag == at - first["alpha"] and within == datetime.timedelta(minutes=5)
        assert (number, sources) == (8, 8)
        # Delta was not there when alpha saw it: its lag says nothing.
        assert later == (site == "delta")
        if site == "alpha":
            assert coverage is None
        elif site != "delta":
            assert coverage == pytest.approx(1, abs=1e-3)
    # Of 10 hours, those that begin from 3:00 to 12:00, it observed the last.
    assert rows[3][5] == pytest.approx(0.1, abs=1e-3) and datetime.timedelta(hours=9) < rows[3][2]
    # Asked for a time in which nobody saw it, all observing sites are there without a time.
    rows = database.rows("SELECT site, first_seen, lag FROM api.first_seen('tcp-syn', %s, until => %s)", NEW, TODAY)
    assert rows == [(site, None, None) for site in sorted(PREFIXES)]


def test_who_saw_a_signature_first(world):
    packets, database = world
    signature, = database.row("SELECT id FROM api.signature WHERE kind = 'syn' AND signature LIKE '%%5840%%'")
    rows = database.rows("SELECT site, first_day, lag_days, started_later, packets, sources "
                         "FROM api.first_seen_signature(%s)", signature)
    assert rows == [(site, TODAY, 0, False, 8, 8) for site in sorted(ARRIVALS)]
    common, = database.row("SELECT id FROM api.signature WHERE kind = 'syn' AND id <> %s", signature)
    rows = database.rows("SELECT site, first_day, lag_days, started_later FROM api.first_seen_signature(%s)", common)
    assert rows == [(site, FIRST, 0, False) for site in ("alpha", "beta", "gamma")] + [
        ("delta", TODAY, DAYS_BEFORE, True)]


def test_block_history(world):
    packets, database = world
    for block in (str(INFECTED), "11.0.0.0/16", packets[0].source):
        network = ipaddress.ip_network(block)
        rows = database.rows("SELECT * FROM api.block_history(%s, %s, %s)", block, FIRST, TOMORROW)
        assert [row[0] for row in rows] == [FIRST + datetime.timedelta(days=n) for n in range(DAYS_BEFORE + 1)]
        for row in rows:
            chosen = [p for p in packets if day_of(p) == row[0]
                      and ipaddress.ip_address(p.source) in network]
            sources = by_source(chosen)
            tools = collections.Counter(map(tool_of, sources.values()))
            services = collections.defaultdict(set)
            for p in chosen:
                services[p.site, p.source].add((p.kind, p.port))
            flows = {(p.site, p.time // 60, p.source, p.kind, p.port) for p in chosen}
            assert row[1:10] == (
                len(sources), len(chosen), len(flows), sum(p.kind == "syn" for p in chosen),
                max(map(len, services.values())), len({p.site for p in chosen}), tools["zmap"], tools["masscan"],
                tools["mirai"])
            assert row[10].timestamp() == math.floor(chosen[0].time)
            assert row[11].timestamp() == math.floor(chosen[-1].time)
            # The noon hour of a day, or all of it at three sites and an hour at the fourth.
            assert row[13] == "partial"
    rows = database.rows("SELECT day, sources, packets, state FROM api.block_history('192.0.2.0/24', %s, %s)",
                         FIRST - datetime.timedelta(days=1), FIRST + datetime.timedelta(days=1))
    assert rows == [(FIRST - datetime.timedelta(days=1), None, None, "missing"), (FIRST, 0, 0, "partial")]
    for block, until_day in (("11.0.0.0/7", TOMORROW), ("11.0.0.0/8", "infinity")):
        with pytest.raises(Exception, match="at most /8"):
            database.rows("SELECT * FROM api.block_history(%s, %s, %s)", block, FIRST, until_day)


@pytest.mark.parametrize("sites", [None, ["alpha"], ["beta", "delta"]])
def test_spread_of_tools(world, sites):
    packets, database = world
    rows = database.rows("SELECT * FROM api.tool_spread(%s, %s, %s)", FIRST, TOMORROW, sites)
    expected = []
    for n in range(DAYS_BEFORE + 1):
        day = FIRST + datetime.timedelta(days=n)
        chosen = [p for p in packets if day_of(p) == day and (sites is None or p.site in sites)]
        sources = by_source(chosen)
        for tool in ("zmap", "masscan", "mirai"):
            mine = [rows for rows in sources.values() if tool_of(rows) == tool]
            sent = sum(map(len, mine))
            expected.append((day, tool, len(mine), sent, len({p.site for rows in mine for p in rows}),
                             pytest.approx(len(mine) / len(sources)), pytest.approx(sent / len(chosen))))
    assert rows == expected
    assert any(row[2] > 0 for row in rows if row[1] == "mirai")


def test_a_site_against_the_pool(world):
    packets, database = world
    whole = [p for p in packets if p.time >= DAY.timestamp()]
    sums, _ = count(whole, lambda p: (p.site, class_of(p), p.port))
    hours, _ = count(whole, lambda p: (p.site, hour_of(p), class_of(p), p.port))
    observed = {site: {hour_of(p) for p in whole if p.site == site} for site in PREFIXES}
    for site in PREFIXES:
        rows = database.rows("SELECT * FROM api.site_against_pool(%s, %s, %s, chance_below => 1)", site, DAY, TOMORROW)
        found = {row[1:3]: row for row in rows}
        for name, port in {(c, port) for _, c, port in sums}:
            mine = sum(n for (s, h, c, p), n in hours.items() if (s, c, p) == (site, name, port) and h in observed[site])
            expected = pool = 0
            for hour in observed[site]:
                others = [s for s in PREFIXES if s != site and hour in observed[s]]
                space = sum(ADDRESSES[s] * observed_share(s, hour) for s in others)
                n = sum(hours[s, hour, name, port] for s in others)
                expected += n * ADDRESSES[site] * observed_share(site, hour) / space
                pool += n
            if 2 * mine < expected or (name, port) in found:
                row = found[name, port]
                assert row[0] == ("missing here" if not mine else "only here" if not pool else
                                  "less here" if mine < expected else "more here")
                assert row[3] == mine and row[10] == pool and row[5] == pytest.approx(expected, rel=1e-3, abs=1e-9)
                # The bound is no less than the exact tail of Poisson.
                rate = row[5] if mine < expected else row[6]
                tail = sum(math.exp(k * math.log(rate) - rate - math.lgamma(k + 1)) for k in (
                    range(mine + 1) if mine < expected else range(mine, mine + 2_000)))
                assert tail <= row[7] * (1 + 1e-9)
    findings = database.rows("SELECT finding, class, service_port FROM api.site_against_pool('beta', %s, %s)",
                             DAY, TOMORROW)
    assert ("missing here", "tcp-syn", FILTERED) in findings
    assert ("only here", "tcp-syn", LOCAL) in database.rows(
        "SELECT finding, class, service_port FROM api.site_against_pool('alpha', %s, %s)", DAY, TOMORROW)
    with pytest.raises(Exception, match="no site"):
        database.rows("SELECT * FROM api.site_against_pool('nowhere', %s, %s)", DAY, TOMORROW)


def test_years(world):
    packets, database = world
    rows = {row[0]: row for row in database.rows(
        "SELECT year, sites, packets, packets_per_address FROM api.year WHERE sites > 0")}
    assert set(rows) == {2025, 2026}
    for year, row in rows.items():
        chosen = [p for p in packets if day_of(p).year == year]
        assert row[1:3] == (len({p.site for p in chosen}), len(chosen))
    # 28 noon hours at three sites.
    space = 28 / 24 * sum(ADDRESSES[s] for s in ("alpha", "beta", "gamma"))
    assert float(rows[2025][3]) == pytest.approx(365 * int(rows[2025][2]) / space, rel=1e-3)


def test_without_the_extension_sources_are_at_least(world):
    packets, database = world
    database.rows("DROP EXTENSION hll")
    try:
        series = "SELECT packets, sources, sources_precision FROM api.series(%s, %s, %s, 'UTC', 'tcp-syn', 23, %s)"
        today = [p for p in packets if day_of(p) == TODAY and p.kind == "syn" and p.port == 23]
        # All sites are united by the collector, those that are chosen are not.
        assert database.row(series, DAY, TOMORROW, "day", None) == (
            len(today), len({p.source for p in today}), "exact")
        per_site = [len({p.source for p in today if p.site == site}) for site in PREFIXES]
        assert database.row(series, DAY, TOMORROW, "day", list(PREFIXES)) == (len(today), max(per_site), "at-least")
        week = [p for p in packets if FIRST <= day_of(p) < TODAY and p.kind == "syn" and p.port == 23 and day_of(p).month == 12]
        per_day = [len({p.source for p in week if day_of(p) == day}) for day in set(map(day_of, week))]
        assert database.row(series, DAY - datetime.timedelta(days=1), DAY, "month", None) == (
            len(week), max(per_day), "at-least")
        assert database.row("SELECT service_port, sources_precision FROM api.rising_ports(%s, 1)", HOUR) == (
            RISING, "exact")
        assert {row[5] for row in database.rows("SELECT * FROM api.new_ports(%s, %s)", DAY, TOMORROW)} == {"at-least"}
    finally:
        database.rows("CREATE EXTENSION hll")


def test_a_partner_gets_answers_about_its_own_site(world):
    packets, database = world
    database.rows("SET ROLE partner_alpha")
    try:
        total, = database.row("SELECT sum(packets) FROM api.series(%s, %s, 'day', with_sources => false)", DAY, TOMORROW)
        assert total == sum(p.site == "alpha" and p.time >= DAY.timestamp() for p in packets)
        assert [row[0] for row in database.rows("SELECT site FROM api.first_seen('tcp-syn', %s)", NEW)] == ["alpha"]
        # There is no pool that it may see.
        assert database.rows("SELECT * FROM api.site_against_pool('alpha', %s, %s, chance_below => 1)", DAY, TOMORROW) == []
        with pytest.raises(Exception, match="no site"):
            database.rows("SELECT * FROM api.site_against_pool('beta', %s, %s)", DAY, TOMORROW)
    finally:
        database.rows("RESET ROLE")
