"""Countries, networks and totals, of each sensor and of all together, against plain Python over the packets of a month."""
import collections
import datetime

import pytest

from support.month import BACKSCATTER, END, FIRST, START, group, origin
from test_questions_of_a_month import agree

DAY, HOUR = 86_400, 3_600
KEYS = {
    "country_traffic_by": ("country", lambda p: origin(p.source)[0]),
    "as_traffic_by": ("asn", lambda p: origin(p.source)[1]),
    "sensor_traffic_by": ("NULL", lambda p: None),
}


def day_of(packet):
    return FIRST + datetime.timedelta(days=(packet.start - START) // DAY)


@pytest.mark.parametrize("span", [HOUR, DAY])
@pytest.mark.parametrize("function", KEYS)
def test_each_sensor_and_all_together_saw_what_came(month, function, span):
    column, key = KEYS[function]
    for name, place, site in ((function, "site", lambda p: p.site),
                              ("world_traffic_by" if column == "NULL" else f"world_{function}", "NULL", lambda p: None)):
        truth = group(month.packets, lambda p: (
            (p.start - START) // span, site(p), key(p), p.kind in BACKSCATTER))
        rows = month.database.rows(f"""
            SELECT (extract(epoch FROM start)::int8 - %s) / %s, {place}, {column}, is_backscatter, packets, sources,
                sources_precision, {'cardinality(site_ids)' if place == 'NULL' else '1'}
            FROM api.{name}(to_timestamp(%s), to_timestamp(%s), 'all', %s)""", START, span, START, END, span)
        assert len(rows) == len(truth)
        for *found, packets, sources, precision, sites in rows:
            mine = truth[tuple(found)]
            assert packets == len(mine)
            agree(sources, precision, mine)
            assert sites == (len({p.site for p in mine}) if place == "NULL" else 1)


def test_with_and_without_scanners_is_everything(month):
    for function in [*KEYS, "world_traffic_by", "world_country_traffic_by", "world_as_traffic_by", "world_port_traffic_by"]:
        sums = {choice: month.database.value(
            f"SELECT coalesce(sum(packets), 0) FROM api.{function}(to_timestamp(%s), to_timestamp(%s), %s, 86400)",
            START, END, choice) for choice in ("all", "without", "only")}
        assert sums["all"] == len(month.packets) == sums["without"] + sums["only"], function


def test_the_first_sources_of_a_day(month):
    truth = collections.defaultdict(lambda: [0, set()])
    for p in month.packets:
        truth[day_of(p), p.source][0] += 1
        truth[day_of(p), p.source][1].add(p.site)
    rows = month.database.rows("SELECT day, host(source), packets, sites_seen FROM api.first_source_day")
    assert {row[:2]: row[2:] for row in rows}.items() <= {
        key: (packets, len(sites)) for key, (packets, sites) in truth.items()}.items()
    for day in {day for day, _ in truth}:
        most = sorted((packets for (at, _), (packets, _) in truth.items() if at == day), reverse=True)[:2_000]
        assert sorted((row[2] for row in rows if row[0] == day), reverse=True) == most
