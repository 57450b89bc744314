"""Every view of traffic, over thirty days at twenty sites, against plain Python over the packets of the captures.

What the functions of schema api answer about the same month is in test_questions_of_a_month.py, its events in
test_events_of_a_month.py.
"""
import collections
import datetime
import statistics

import pytest

from support.month import (
    BACKSCATTER, CHANGE, DAYS, LENGTH, MOVING, SITES, START, UTC, addresses, expected, group, observed, origin,
    signed, verdict)

DAY, HOUR = 86_400, 3_600
LEVELS = {"hour": HOUR, "day": DAY}

# Views and functions that tell of traffic and are checked on this month, here, in test_questions_of_a_month.py and in
# test_events_of_a_month.py.
CHECKED = {
    "account", "as_traffic", "attack_event", "block_history", "country_traffic", "coverage", "dark_space",
    "first_seen", "first_seen_signature", "flow", "gap", "malformed", "new_ports", "origin", "origin_version",
    "overflow", "port_traffic", "port_traffic_by", "rising_ports", "scan_event", "scanner", "scanner_label",
    "series", "signature", "signature_day", "site_against_pool", "source_day", "source_history", "sources_at_sites",
    "telescope", "tool_spread", "top_ports", "top_ports_by", "world_port_traffic", "world_traffic", "year",
}
# The others, and where they are checked.
ELSEWHERE = {
    "overview": "StoreTests: now beside the last seven days", "surge": "test_surges.py, with precision and recall",
    "announced": "test_console_traffic.py", "as_name": "test_console_traffic.py: names",
    "bins": "test_time_series.py, against zoneinfo in nine zones", "compare_ports": "test_console_traffic.py",
    "first_days": "test_console_traffic.py", "traffic_at_port": "test_console_traffic.py",
    **dict.fromkeys(
        ("country_traffic_by", "as_traffic_by", "sensor_traffic_by", "world_country_traffic_by", "world_as_traffic_by",
         "world_traffic_by", "world_port_traffic_by", "first_source_day"),
        "StoreTests: questions against every record, and test_parts_of_a_month.py"),
    "ask": "test_roles.py: hands on a query", "port_name": "StoreTests: a table of names",
    "sensor_status": "StoreTests: how sensors are now", "sensor_key": "test_console_sites.py: the registry's own rows",
    "site": "test_console_sites.py: the registry's own rows",
    "country_space": "StoreTests: addresses of an imported table", "storage": "test_roles.py: bytes on disk",
    "stream": "test_spool.py and StoreTests: batches, no packets",
    "bogon": "StoreTests: a property of an address", "address_number": "a property of an address",
    "class_name": "a name", "class_number": "a name", "is_backscatter": "a property of a class", "policy_name": "a name",
    "precision_name": "a name", "sensors_at": "names", "poisson_chance": "a formula that site_against_pool uses",
    "robust_score": "a formula that rising_ports uses", "tool_verdict": "a formula that tool_spread uses",
    "organisation": "test_alert_recipes.py", "organisation_block": "test_alert_recipes.py: the registry's own rows",
    "alert": "test_alert_statistics.py and test_alert_cli.py", "alert_episode": "test_alert_statistics.py",
    "alert_evidence": "test_alert_cli.py", "alert_history": "test_alert_cli.py", "notice": "test_alert_outbox.py",
    "notice_item": "test_alert_cli.py", "message": "test_alert_outbox.py", "delivery": "test_alert_outbox.py",
    "alert_statistics": "test_alert_statistics.py", "programme_year": "test_alert_statistics.py",
}


def test_nothing_of_schema_api_is_left_out_unnoticed(month):
    found = {name for name, in month.database.rows("""
        SELECT viewname FROM pg_views WHERE schemaname = 'api'
        UNION SELECT proname FROM pg_proc WHERE pronamespace = 'api'::regnamespace""")}
    assert found == CHECKED | ELSEWHERE.keys() and not CHECKED & ELSEWHERE.keys()


def floor(span):
    return lambda p: p.start // span * span


def by_port(month):
    """(view, rows, packets of each row): rows are {key: (packets, bytes, sources, precision)}."""
    rows = {}
    for start, span, site, kind, port, *values in month.database.rows("""
            SELECT extract(epoch FROM start)::int8, span, site, class, service_port, packets, bytes, sources,
                sources_precision FROM api.port_traffic"""):
        rows.setdefault(span, {})[start, site, kind, port] = tuple(values)
    for span in (300, HOUR, DAY):
        yield f"port_traffic {span}", rows[span], group(
            month.packets, lambda p: (floor(span)(p), p.site, p.kind, p.port))


def of_the_world(month):
    rows = {}
    for level, start, kind, port, sites, *values in month.database.rows("""
            SELECT level, extract(epoch FROM start)::int8, class, service_port, sites, packets, bytes, sources,
                sources_precision FROM api.world_port_traffic
            UNION ALL SELECT level, extract(epoch FROM start)::int8, 'all', 0, sites, packets, bytes, sources,
                sources_precision FROM api.world_traffic"""):
        rows.setdefault(level, {})[start, kind, port] = (sites, *values)
    assert rows.keys() == {"hour", "day", "month"}
    days = None
    for level in ("hour", "day", "month"):
        start = floor(LEVELS[level]) if level in LEVELS else month_of
        # A month is of the rows of its days.
        chosen = [p for p in month.packets if days is None or (floor(DAY)(p), p.kind, p.port) in days]
        truth = group(chosen, lambda p: (start(p), p.kind, p.port))
        whole = group(month.packets, lambda p: (start(p), "all", 0))
        left = collections.Counter((start(p), p.kind) for p in month.packets)
        found = unfold(rows[level], truth, left) | {key: rows[level][key] for key in whole}
        days = set(found) if level == "day" else None
        truth |= whole
        for key, (sites, *_) in found.items():
            assert sites == sorted({p.site for p in truth[key]}), (level, key)
        yield f"world {level}", {key: values for key, (_, *values) in found.items()}, {key: truth[key] for key in found}


def month_of(packet):
    at = datetime.datetime.fromtimestamp(packet.start, UTC)
    return int(at.replace(day=1, hour=0, minute=0, second=0).timestamp())


def unfold(rows, truth, totals):
    """The rows that have a port. Of a class these are the thousand with the most packets, and -1 has the rest."""
    groups = collections.defaultdict(dict)
    for key, packets in truth.items():
        groups[key[:-1]][key] = len(packets)
    found = {}
    for name, counts in groups.items():
        kept = {key: rows[key] for key in counts if key in rows}
        assert len(kept) == min(1_000, len(counts))
        most = max((n for key, n in counts.items() if key not in kept), default=0)
        assert most <= min(counts[key] for key in kept), name
        assert rows.get((*name, -1), (None, 0))[1] == totals[name] - sum(counts[key] for key in kept), name
        found |= kept
    assert {key for key in rows if key[-1] >= 0 and key[1] != "all"} == found.keys()
    return found


def by_origin(month):
    known = {source: origin(source) for source in {p.source for p in month.packets}}
    for field, column, view in ((0, "country", "country_traffic"), (1, "asn", "as_traffic")):
        rows = {key: tuple(values) for *key, packets, sources, precision in month.database.rows(f"""
            SELECT extract(epoch FROM start)::int8, site, {column}, is_backscatter, packets, sources, sources_precision
            FROM api.{view}""") for key, values in [(tuple(key), (packets, None, sources, precision))]}
        yield view, rows, group(month.packets, lambda p: (
            floor(HOUR)(p), p.site, known[p.source][field], p.kind in BACKSCATTER))


def by_signature(month):
    rows = {tuple(key): (packets, None, distinct, precision) for *key, packets, distinct, precision in month.database.rows(
        "SELECT day, site, signature, packets, sources, sources_precision FROM api.signature_day")}
    days = group(month.packets, lambda p: (day_of(p), p.site))
    yield "signature_day", rows, {
        (*key, name): found for key, packets in days.items() for name, found in signed(packets).items()}


def united(month):
    """Sets that SQL unites from the sketches of rows, as the comments of the views say: of days, and of the month."""
    for start, stop in ((0, 1), (10, 17), (0, DAYS)):
        chosen = [p for p in month.packets if start <= (p.start - START) // DAY < stop]
        rows = {(kind, port): (packets, None, sources, "estimate" if sources > 256 else "exact")
                for kind, port, packets, sources in month.database.rows("""
            SELECT class, service_port, sum(packets), round(hll_cardinality(hll_union_agg(sources_sketch::hll)))::int8
            FROM api.port_traffic WHERE span = 3600 AND start >= to_timestamp(%s) AND start < to_timestamp(%s)
            GROUP BY 1, 2""", START + start * DAY, START + stop * DAY)}
        yield f"united hours of {stop - start} days", rows, group(chosen, lambda p: (p.kind, p.port))
    rows = {(day, site): (packets, None, sources, "estimate" if sources > 256 else "exact")
            for day, site, packets, sources in month.database.rows("""
        SELECT extract(epoch FROM date_trunc('day', start, 'UTC'))::int8, site, sum(packets),
            round(hll_cardinality(hll_union_agg(sources_sketch::hll)))::int8
        FROM api.country_traffic GROUP BY 1, 2""")}
    yield "united countries of a day", rows, group(month.packets, lambda p: (floor(DAY)(p), p.site))


def tables(month):
    for made in (by_port, of_the_world, by_origin, by_signature, united):
        yield from made(month)


def test_rows_of_traffic_equal_the_packets(month):
    for view, rows, truth in tables(month):
        assert rows.keys() == truth.keys(), (view, list(rows.keys() ^ truth.keys())[:5])
        for key, (packets, size, sources, precision) in rows.items():
            distinct = len({p.source for p in truth[key]})
            assert packets == len(truth[key]), (view, key)
            assert size is None or size == sum(p.bytes for p in truth[key]), (view, key)
            if precision == "exact":
                assert sources == distinct, (view, key)
            else:
                assert precision == "estimate" and distinct > 250, (view, key)


def test_estimates_of_sources_are_within_three_percent(month):
    """The bound of 3 % is nearly two standard errors of 1.6 %: at least 95 of 100 sets keep it."""
    errors, largest = {}, 0
    for view, rows, truth in tables(month):
        for key, (_, _, sources, precision) in rows.items():
            if precision == "estimate":
                distinct = len({p.source for p in truth[key]})
                # The same set in two views is one.
                errors[frozenset(p.source for p in truth[key])] = sources / distinct - 1
                largest = max(largest, distinct)
    values = list(errors.values())
    share = sum(abs(error) <= 0.03 for error in values) / len(values)
    print(f"{len(values)} estimated sets, the largest of {largest}: mean error {statistics.mean(values):+.4%}, standard "
          f"deviation {statistics.stdev(values):.4%}, {share:.1%} within 3 %, the worst {max(map(abs, values)):.2%}")
    assert len(values) >= 100 and largest > 2_000
    assert share >= 0.95 and abs(statistics.mean(values)) < 0.01 and statistics.stdev(values) < 0.02


def test_flows_equal_the_packets(month):
    rows = {tuple(key): tuple(values) for *key, a, b, c, d in month.database.rows("""
        SELECT site, extract(epoch FROM window_start)::int8, host(source), class, service_port, sum(packets), sum(bytes),
            (extract(epoch FROM min(first_seen)) * 1000)::int8, (extract(epoch FROM max(last_seen)) * 1000)::int8
        FROM api.flow GROUP BY 1, 2, 3, 4, 5""") for values in [(a, b, c, d)]}
    truth = group(month.packets, lambda p: (p.site, p.start, p.source, p.kind, p.port))
    assert rows == {key: (len(ps), sum(p.bytes for p in ps), round(min(p.time for p in ps) * 1_000),
                          round(max(p.time for p in ps) * 1_000)) for key, ps in truth.items()}


def test_accounts_equal_the_frames(month):
    frames = collections.Counter(p.site for p in month.packets)
    rows = month.database.rows("""
        SELECT site, sum(received), sum(aggregated), sum(non_ip), sum(overflowed), sum(late), sum(kernel_dropped)
        FROM api.account GROUP BY 1""")
    assert {row[0] for row in rows} == SITES.keys()
    for site, received, aggregated, other, overflowed, late, dropped in rows:
        broken = month.others[site, "malformed"]
        assert (received, aggregated, other) == (
            frames[site] + broken + month.others[site, "non-ip"], frames[site], month.others[site, "non-ip"])
        assert not overflowed and not late and not dropped
        assert month.database.value("SELECT sum(frames) FROM api.malformed WHERE site = %s", site) == broken
    assert month.database.row("SELECT (SELECT count(*) FROM api.gap), (SELECT count(*) FROM api.overflow)") == (0, 0)


@pytest.mark.parametrize("span", [300, HOUR, DAY])
def test_coverage_equals_the_hours_of_the_captures(month, span):
    packets = group(month.packets, lambda p: (p.site, floor(span)(p)))
    rows = {(site, start): values for site, start, *values in month.database.rows("""
        SELECT site, extract(epoch FROM start)::int8, packets, ipv4_packets, observed_seconds, observed_address_seconds,
            expected_address_seconds, packets_per_address_day, state FROM api.coverage WHERE span = %s""", span)}
    # Five minutes that were observed and quiet are there too.
    assert rows.keys() >= packets.keys()
    for (site, start), (total, v4, seconds, space, dark, rate, state) in rows.items():
        found = packets.get((site, start), [])
        ipv4 = sum(":" not in p.source for p in found)
        assert (total, v4) == (len(found), ipv4)
        watched = observed(site, start, start + span)
        assert seconds == pytest.approx(min(span, LENGTH * (2 if span == DAY else 1)), abs=0.1)
        assert space == pytest.approx(watched, rel=1e-4)
        assert dark == pytest.approx(expected(site, start, start + span), rel=1e-9)
        assert rate == pytest.approx(ipv4 * DAY / watched, rel=1e-3)
        # A generator's broken frames lose nothing.
        assert state == ("partial" if span == DAY or seconds < span else "complete" if total else "quiet")


def test_a_day_of_another_block_divides_by_its_addresses(month):
    """Noon of the day of the change: the morning has the old block, the evening the new one."""
    before, after = addresses(MOVING, CHANGE - 1), addresses(MOVING, CHANGE)
    assert before != after
    for day in (CHANGE // DAY - 1, CHANGE // DAY, CHANGE // DAY + 1):
        dark, space = month.database.row("""
            SELECT expected_address_seconds, observed_address_seconds FROM api.coverage
            WHERE span = 86400 AND site = %s AND start = to_timestamp(%s)""", MOVING, day * DAY)
        share = min(max(CHANGE / DAY - day, 0), 1)
        assert dark == pytest.approx(DAY * (share * before + (1 - share) * after))
        assert space == pytest.approx(LENGTH * 2 * (share * before + (1 - share) * after), rel=1e-4)
    rows = month.database.rows("SELECT addresses FROM api.dark_space WHERE site = %s ORDER BY valid_from", MOVING)
    assert [int(n) for n, in rows] == [before, after]


def test_days_of_sources_equal_the_packets(month):
    rows = {tuple(row[:3]): (tuple(row[3:5]), tuple(row[5:])) for row in month.database.rows("""
        SELECT day, site, host(source), services, services_precision, packets, syn_packets, zmap, masscan, mirai, tool,
            extract(epoch FROM first_seen)::int8, extract(epoch FROM last_seen)::int8 FROM api.source_day""")}
    truth = group(month.packets, lambda p: (day_of(p), p.site, p.source))
    assert rows.keys() == truth.keys()
    for key, ((services, precision), values) in rows.items():
        packets = truth[key]
        syns = [p for p in packets if p.kind == "tcp-syn"]
        assert values == (
            len(packets), len(syns), *(sum(tool in p.tools for p in syns) for tool in ("zmap", "masscan", "mirai")),
            verdict(packets), int(min(p.time for p in packets)), int(max(p.time for p in packets))), key
        distinct = len({(p.kind, p.port) for p in packets})
        assert (precision == "exact") == (distinct <= 4)
        assert services == distinct if distinct <= 4 else services == pytest.approx(distinct, rel=0.3, abs=2), key


def day_of(packet):
    return datetime.datetime.fromtimestamp(packet.start, UTC).date()
