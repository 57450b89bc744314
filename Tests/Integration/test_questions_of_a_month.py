"""What the functions of schema api answer about thirty days at twenty sites, against plain Python over the packets."""
import collections
import datetime
import ipaddress
import math
import statistics
import zoneinfo

import pytest

from support.month import (
    CHANGE, DAYS, END, FIRST, LENGTH, MOVING, NEW, RISE, RISING, SITES, SPANS, START, UTC, WINDOW, expected, group,
    observed, origin, signed, verdict)

DAY, HOUR = 86_400, 3_600
CLASSES = ["tcp-syn", "tcp-synack", "tcp-rst", "tcp-other", "udp-probe", "udp-response", "icmp-request", "icmp-reply",
           "icmp-error", "icmp-other", "fragment", "other"]


def at(seconds):
    return datetime.datetime.fromtimestamp(seconds, UTC)


def day_of(packet):
    return at(packet.start).date()


def sources(packets):
    return len({p.source for p in packets})


def agree(found, precision, packets):
    """Whether a number of sources is as its precision says: exact, within three standard errors, or no more."""
    distinct = sources(packets)
    assert {"exact": found == distinct, "estimate": abs(found - distinct) <= 0.05 * distinct,
            "at-least": found <= distinct * 1.05}[precision], (found, precision, distinct)


def ranked(rows, ports, ranking, most):
    """The rows are those of the ports with the greatest values, each with its own."""
    values = {"packets": {k: len(v) for k, v in ports.items()}, "sources": {k: sources(v) for k, v in ports.items()},
              "sites": {k: len({p.site for p in v}) for k, v in ports.items()}}
    assert len(rows) == min(most, len(ports))
    for kind, port, packets, distinct, precision, sites in rows:
        mine = ports[kind, port]
        assert (packets, sites) == (len(mine), values["sites"][kind, port])
        agree(distinct, precision, mine)
    shown = [row[:2] for row in rows]
    order = sorted(ports, key=lambda k: (-values[ranking][k], -len(ports[k]), CLASSES.index(k[0]), k[1]))
    if ranking == "sources" and any(row[4] == "estimate" for row in rows):
        # Estimates may change places with those that are near.
        numbers = [row[3] for row in rows]
        assert numbers == sorted(numbers, reverse=True)
        assert all(values[ranking][key] >= 0.92 * values[ranking][order[len(rows) - 1]] for key in shown)
    else:
        assert shown == order[:most]


SPANS_OF_QUESTIONS = {"month": (START, END), "week": (START + 12 * DAY, START + 19 * DAY), "hour": (RISE, RISE + HOUR),
                      "day and a half": (START + 3 * DAY + 12 * HOUR, START + 5 * DAY)}


@pytest.mark.parametrize("ranking", ["packets", "sources", "sites"])
@pytest.mark.parametrize("span", SPANS_OF_QUESTIONS)
def test_top_ports(month, span, ranking):
    since, until = SPANS_OF_QUESTIONS[span]
    chosen = [p for p in month.packets if since <= p.start < until]
    for most in (5, 20):
        ranked(month.database.rows("SELECT * FROM api.top_ports(%s, %s, %s, %s)", at(since), at(until), ranking, most),
               group(chosen, lambda p: (p.kind, p.port)), ranking, most)


def labelled(month, scanners, packets):
    return [p for p in packets if scanners == "all" or (p.source in month.scanners) == (scanners == "only")]


@pytest.mark.parametrize("ranking", ["packets", "sources", "sites"])
@pytest.mark.parametrize("scanners", ["all", "without", "only"])
def test_top_ports_by_scanners(month, scanners, ranking):
    for since, until in SPANS_OF_QUESTIONS.values():
        chosen = labelled(month, scanners, [p for p in month.packets if since <= p.start < until])
        ranked(month.database.rows("SELECT * FROM api.top_ports_by(%s, %s, %s, %s, 10)", at(since), at(until), scanners,
                                   ranking), group(chosen, lambda p: (p.kind, p.port)), ranking, 10)


@pytest.mark.parametrize("span", [HOUR, DAY])
@pytest.mark.parametrize("scanners", ["all", "without", "only"])
def test_traffic_by_scanners(month, scanners, span):
    truth = group(labelled(month, scanners, month.packets), lambda p: (p.start // span * span, p.site, p.kind, p.port))
    rows = {tuple(row[:4]): tuple(row[4:]) for row in month.database.rows("""
        SELECT extract(epoch FROM start)::int8, site, class, service_port, packets, bytes, sources
        FROM api.port_traffic_by(%s, %s, %s, %s)""", at(START), at(END), scanners, span)}
    assert rows == {key: (len(ps), sum(p.bytes for p in ps), sources(ps)) for key, ps in truth.items()}


def test_labels_are_those_of_the_list(month):
    listed = month.database.rows("SELECT host(block) FROM api.scanner WHERE list = 'own'")
    assert {address for address, in listed} == month.scanners
    for source in [*list(month.scanners)[:5], "100.64.0.1", "192.0.2.77"]:
        assert month.database.value("SELECT api.scanner_label(%s)", source) == ("own" if source in month.scanners else None)


def bins(step, zone):
    """Start and end of the bins of a zone that touch the month, by its wall clock."""
    local = zoneinfo.ZoneInfo(zone)

    def key(seconds):
        time = datetime.datetime.fromtimestamp(seconds, local)
        return {"day": (time.date(),), "week": (time.date() - datetime.timedelta(days=time.weekday()),),
                "month": (time.year, time.month), "hour": (time.date(), time.hour, time.utcoffset())}[step]

    edges, last = [], None
    for seconds in range(START - 40 * DAY, END + 40 * DAY, WINDOW):
        if key(seconds) != last:
            edges.append(seconds)
            last = key(seconds)
    return [(a, b) for a, b in zip(edges, edges[1:]) if a < END and b > START]


ZONES = ["UTC", "Asia/Kathmandu", "America/St_Johns"]
STEPS = ["hour", "day", "week", "month"]
SERIES = [(zone, step, *what) for zone in ZONES for step in STEPS for what in (
    (None, None, None), ("tcp-syn", None, None), ("tcp-syn", 23, None), ("tcp-syn", 445, ["s01", "s06", MOVING]))]
# Of a class at all sites, hours that begin at no full hour (UTC) are too much to read.
TOO_MUCH = {(zone, "hour", "tcp-syn", None, None) for zone in ZONES[1:]}


@pytest.mark.parametrize("zone,step,kind,port,sites", [row for row in SERIES if row[:4] + (None,) not in TOO_MUCH])
def test_series_by_the_wall_clock(month, zone, step, kind, port, sites):
    # Sources of all traffic in days of an odd zone are too much, too.
    with_sources = port is not None or zone == "UTC" and step != "hour"
    chosen = [p for p in month.packets if kind in (None, p.kind) and port in (None, p.port)
              and (sites is None or p.site in sites)]
    rows = month.database.rows("SELECT * FROM api.series(%s, %s, %s, %s, %s, %s, %s, %s)", at(START), at(END), step, zone,
                               kind, port, sites, with_sources)
    spans = bins(step, zone)
    assert [row[0].timestamp() for row in rows] == [start for start, _ in spans]
    times = sorted(chosen, key=lambda p: p.start)
    at_bin = {}
    position = 0
    for start, stop in spans:
        begin = position
        while position < len(times) and times[position].start < stop:
            position += 1
        at_bin[start] = times[begin:position]
    for (start, stop), (_, packets, distinct, precision, coverage, rate, state) in zip(spans, rows):
        space = sum(observed(site, start, stop) for site in sites or SITES)
        if not space:
            assert (packets, distinct, state) == (None, None, "missing")
            continue
        assert packets == len(at_bin[start])
        if distinct is not None:
            agree(distinct, precision, at_bin[start])
        assert rate == pytest.approx(int(packets) * DAY / space, rel=1e-3)
        assert state in ("partial", "complete")
        if step in ("hour", "day"):
            # In parts of days, the addresses of hours without anything are those of the others, on the mean.
            is_near = zone != "UTC" and start < CHANGE < stop
            dark = sum(expected(site, start, stop) for site in sites or SITES)
            assert coverage == pytest.approx(space / dark, rel=0.1 if is_near else 1e-3)


def test_rising_ports(month):
    hour = RISE
    chosen = group([p for p in month.packets if (p.start - hour) % DAY < HOUR], lambda p: (p.start // DAY, p.kind, p.port))
    rows = month.database.rows("""
        SELECT class, service_port, packets, sources, sources_precision, sites, usual_7, usual_28, usual_sources_7,
            usual_sources_28, packets_score, sources_score, score, hours_7, hours_28, packets_per_address_day
        FROM api.rising_ports(%s, 10000)""", at(hour))
    assert rows[0][:2] == ("tcp-syn", RISING)
    today = hour // DAY
    space = {day: sum(observed(site, day * DAY + hour % DAY, day * DAY + hour % DAY + HOUR) for site in SITES)
             for day in range(today - 28, today + 1)}
    assert {row[:2] for row in rows} == {key[1:] for key in chosen if key[0] == today}
    for kind, port, packets, distinct, precision, sites, *numbers in rows:
        mine = chosen[today, kind, port]
        assert (packets, sites) == (len(mine), len({p.site for p in mine}))
        agree(distinct, precision, mine)
        usual, scores = {}, {}
        for what in ("packets", "sources"):
            for span in (7, 28):
                before = [chosen.get((today - n, kind, port), []) for n in range(1, span + 1)]
                values = [len(v) * space[today] / space[today - n] if what == "packets" else sources(v)
                          for n, v in enumerate(before, 1)]
                middle = statistics.median(values)
                spread = statistics.median(abs(v - middle) for v in values)
                floor = max(1.4826 * spread, math.sqrt(max(middle, 1)), middle / 10)
                usual[what, span] = middle * (DAY / space[today] if what == "packets" else 1)
                scores[what, span] = ((int(packets) if what == "packets" else distinct) - middle) / floor
        shown = [usual[what, span] for what in ("packets", "sources") for span in (7, 28)]
        assert numbers[:4] == pytest.approx(shown, rel=1e-3)
        least = [min(scores[what, 7], scores[what, 28]) for what in ("packets", "sources")]
        assert numbers[4:7] == pytest.approx([*least, min(least)], rel=1e-2, abs=1e-2)
        assert numbers[7:9] == [7, 28] and numbers[9] == pytest.approx(int(packets) * DAY / space[today], rel=1e-3)


@pytest.mark.parametrize("day,least", [(20, 2), (29, 2), (15, 1)])
def test_new_ports(month, day, least):
    since, until = START + day * DAY, START + (day + 1) * DAY
    before = {(p.kind, p.port) for p in month.packets if p.start < since}
    fresh = group([p for p in month.packets if since <= p.start < until and (p.kind, p.port) not in before],
                  lambda p: (p.kind, p.port))
    rows = month.database.rows("SELECT * FROM api.new_ports(%s, %s, 28, %s, 10000)", at(since), at(until), least)
    assert sorted(rows) == sorted(
        (kind, port, at(min(p.start for p in ps) // HOUR * HOUR), len(ps), sources(ps), "exact", len({p.site for p in ps}),
         min(day, 28)) for (kind, port), ps in fresh.items() if sources(ps) >= least)
    assert day != 20 or NEW in {row[1] for row in rows}


@pytest.mark.parametrize("kind,port", [("tcp-syn", NEW), ("tcp-syn", RISING), ("tcp-syn", 23), ("udp-probe", 53)])
def test_who_saw_a_port_first(month, kind, port):
    seen = group([p for p in month.packets if (p.kind, p.port) == (kind, port)], lambda p: p.site)
    first = {site: min(p.start for p in ps) for site, ps in seen.items()}
    rows = month.database.rows("SELECT * FROM api.first_seen(%s, %s)", kind, port)
    assert [row[0] for row in rows] == sorted(SITES, key=lambda site: (first.get(site, math.inf), site))
    for site, start, within, lag, since, later, coverage, packets, distinct, _ in rows:
        assert since == at(SPANS[0])
        if site not in first:
            assert (start, lag, packets) == (None, None, None)
            continue
        hour = [p for p in seen[site] if p.start // HOUR == first[site] // HOUR]
        assert (start, within) == (at(first[site]), datetime.timedelta(minutes=5))
        assert lag == at(first[site]) - at(min(first.values())) and later is False
        assert (packets, distinct) == (len(hour), sources(hour))
        if first[site] > min(first.values()):
            hours = range(min(first.values()) // HOUR * HOUR, first[site], HOUR)
            share = sum(any(s <= h < s + LENGTH for s in SPANS) for h in hours) / len(hours)
            assert coverage == pytest.approx(share, abs=1e-3)


def test_who_saw_a_signature_first(month):
    seen = collections.defaultdict(lambda: collections.defaultdict(list))
    for (day, site), packets in group(month.packets, lambda p: (day_of(p), p.site)).items():
        for name, found in signed(packets).items():
            seen[name][site].append((day, found))
    numbers = dict(month.database.rows("SELECT signature, id FROM api.signature"))
    assert numbers.keys() == seen.keys()
    # The commonest, a rare one, and what some sites saw.
    by_sites = sorted(seen, key=lambda name: (len(seen[name]), name))
    for name in (by_sites[-1], by_sites[0], next(n for n in by_sites if len(seen[n]) == 10)):
        first = {site: min(found, key=lambda row: row[0]) for site, found in seen[name].items()}
        start = min(day for day, _ in first.values())
        assert month.database.rows("""
            SELECT site, first_day, lag_days, observing_since, started_later, packets, sources
            FROM api.first_seen_signature(%s)""", numbers[name]) == [
                (site, day, (day - start).days, FIRST, False, len(ps), sources(ps))
                for day, site, ps in sorted((day, site, ps) for site, (day, ps) in first.items())] + [
                (site, None, None, FIRST, False, None, None) for site in sorted(SITES.keys() - first.keys())]


def test_origins_of_addresses(month):
    assert month.database.rows("SELECT version, name, active FROM api.origin_version") == [(1, "own", True)]
    for source in sorted({p.source for p in month.packets})[::100]:
        assert month.database.row("SELECT country, asn, version FROM api.origin(%s)", source) == (*origin(source), 1)


def test_history_of_blocks(month):
    by_day = collections.Counter(p.source for p in month.packets)
    for block in [by_day.most_common(1)[0][0], by_day.most_common(9)[8][0], "100.64.0.0/16", "203.0.113.0/24", "64.0.0.0/8"]:
        network = ipaddress.ip_network(block)
        chosen = [p for p in month.packets if ipaddress.ip_address(p.source) in network]
        days = group(chosen, day_of)
        last = FIRST + datetime.timedelta(days=DAYS)
        rows = month.database.rows("SELECT * FROM api.block_history(%s, %s, %s)", block, FIRST, last)
        assert [row[0] for row in rows] == [FIRST + datetime.timedelta(days=n) for n in range(DAYS)]
        for row in rows:
            mine = days.get(row[0], [])
            each = group(mine, lambda p: p.source)
            tools = collections.Counter(map(verdict, each.values()))
            assert row[1:3] == (len(each), len(mine)) and row[4] == sum(p.kind == "tcp-syn" for p in mine)
            assert row[6:10] == (len({p.site for p in mine}), tools["zmap"], tools["masscan"], tools["mirai"])
            if mine:
                services = max(len({(p.kind, p.port) for p in ps}) for ps in group(
                    mine, lambda p: (p.site, p.source)).values())
                # An estimate where there are more than four.
                assert row[5] == pytest.approx(services, rel=0.3, abs=2 if services > 4 else 0)
                assert [row[10].timestamp(), row[11].timestamp()] == [
                    int(edge(p.time for p in mine)) for edge in (min, max)]
        rows = month.database.rows("""
            SELECT day, site, host(source), packets FROM api.source_history(%s, %s, %s)""", block, FIRST, last)
        assert {row[:3]: row[3] for row in rows} == {
            key: len(ps) for key, ps in group(chosen, lambda p: (day_of(p), p.site, p.source)).items()}


@pytest.mark.parametrize("number, days, least", [(3, 1, 2), (3, 1, 3), (13, 1, 1), (20, 3, 2)])
def test_sources_at_several_sites(month, number, days, least):
    begin = FIRST + datetime.timedelta(days=number)
    end = begin + datetime.timedelta(days=days)
    each = group([p for p in month.packets if begin <= day_of(p) < end], lambda p: p.source)
    seen = {source: (len({p.site for p in ps}), len(ps), *(int(edge(p.time for p in ps)) for edge in (min, max)))
            for source, ps in each.items()}
    rows = month.database.rows("""
        SELECT host(source), sites_seen, packets, extract(epoch FROM first_seen)::int8, extract(epoch FROM last_seen)::int8
        FROM api.sources_at_sites(%s, %s, %s, 1000000)""", begin, end, least)
    assert {row[0]: row[1:] for row in rows} == {source: values for source, values in seen.items() if values[0] >= least}
    assert rows and [row[1] for row in rows] == sorted((row[1] for row in rows), reverse=True)


@pytest.mark.parametrize("sites", [None, ["s03"], ["s00", "s07", MOVING]])
def test_spread_of_tools(month, sites):
    made = []
    days = group([p for p in month.packets if sites is None or p.site in sites], day_of)
    for day in sorted(days):
        each = group(days[day], lambda p: p.source)
        for tool in ("zmap", "masscan", "mirai"):
            mine = [ps for ps in each.values() if verdict(ps) == tool]
            sent = sum(map(len, mine))
            made.append((day, tool, len(mine), sent, len({p.site for ps in mine for p in ps}),
                         pytest.approx(len(mine) / len(each)), pytest.approx(sent / len(days[day]))))
    assert month.database.rows("SELECT * FROM api.tool_spread(%s, %s, %s)", FIRST,
                               FIRST + datetime.timedelta(days=DAYS), sites) == made


@pytest.mark.parametrize("site", ["s00", MOVING])
def test_a_site_against_the_pool(month, site):
    since, until = START + 11 * DAY, START + 16 * DAY
    chosen = [p for p in month.packets if since <= p.start < until]
    hours = group(chosen, lambda p: (p.start // HOUR * HOUR, p.kind, p.port))
    expectation, mine, pool = collections.Counter(), collections.Counter(), collections.Counter()
    ratio = {}
    for start in sorted({key[0] for key in hours}):
        own = observed(site, start, start + HOUR)
        ratio[start] = own / (sum(observed(s, start, start + HOUR) for s in SITES) - own)
    for (start, kind, port), ps in hours.items():
        own = sum(p.site == site for p in ps)
        mine[kind, port] += own
        pool[kind, port] += len(ps) - own
        expectation[kind, port] += (len(ps) - own) * ratio[start]
    rows = month.database.rows("SELECT * FROM api.site_against_pool(%s, %s, %s, 10000, 2, 1)", site, at(since), at(until))
    found = {row[1:3]: row for row in rows}
    assert {key for key in mine if 2 * mine[key] < expectation[key]} <= found.keys() <= mine.keys()
    for key, (finding, _, _, packets, most, usual, usual_most, chance, _, _, others, *_) in found.items():
        assert (packets, others) == (mine[key], pool[key])
        assert usual == pytest.approx(expectation[key], rel=1e-3, abs=1e-9)
        assert finding == ("missing here" if not mine[key] else "only here" if not pool[key] else
                           "less here" if mine[key] < usual else "more here")


def test_the_year(month):
    total, sites, packets, dark, rate = month.database.row(
        "SELECT year, sites, packets, addresses, packets_per_address FROM api.year WHERE sites > 0")
    ipv4 = sum(":" not in p.source for p in month.packets)
    space = sum(observed(site, START, END) for site in SITES)
    assert (total, sites, packets) == (2024, len(SITES), len(month.packets))
    assert float(dark) == pytest.approx(sum(expected(site, START, END) for site in SITES) / (END - START), abs=1)
    # A leap year.
    assert float(rate) == pytest.approx(ipv4 * 366 * DAY / space, rel=1e-3)
