"""Scans and attacks of known rates among generated traffic, through the programs into the events."""
import collections
import math

from support import events
from support.flood import ESTIMATE
from support.telescope import generate
from support.waiting import until

SITES = {"th-events": ("198.18.0.0/20", "permuted"), "id-events": ("198.18.64.0/22", "full")}
# Three hours of a Thursday.
START, SPAN = 1_767_258_000, 10_800
SCAN_SILENCE = 21_600_000
ADDRESSES = {None: 5_120, "th-events": 4_096, "id-events": 1_024}


def is_event(key, span):
    if key[0] == "scan":
        return span.destinations >= 10
    return span.packets >= 25 and span.last - span.first >= 60_000 and span.peak >= 5


def is_marginal(key, span):
    """Whether what a record does not tell can decide: destinations of several minutes, and when packets of one came."""
    if key[0] == "scan":
        return 7 <= span.destinations <= 14
    return span.packets >= 25 and span.last - span.first >= 60_000 and 4 <= span.peak <= 6


def found_events(database):
    """{site: {(key, first, last): row}}."""
    found = collections.defaultdict(dict)
    times = "(extract(epoch FROM first_seen) * 1000)::int8, (extract(epoch FROM last_seen) * 1000)::int8"
    for site, source, kind, port, first, last, *row in database.rows(f"""
            SELECT site, host(source), class, service_port, {times}, packets, destinations_least, destinations_most,
                rate_low, rate_high, sites FROM api.scan_event"""):
        found[site][("scan", source, kind, port), first, last] = row
    for site, victim, protocol, first, last, *row in database.rows(f"""
            SELECT site, host(victim), protocol, {times}, packets, destinations_least, destinations_most, rate_low,
                rate_high, sites, ports FROM api.attack_event"""):
        found[site][("attack", victim, protocol), first, last] = row
    return found


def test_scans_and_attacks_are_found_among_background_radiation(telescope, folder):
    truth = generate(folder, 30_000, {code: block for code, (block, _) in SITES.items()}, start=START, span=SPAN)
    plans = events.plans(SPAN)
    telescope.configure({"rollups": {"quiet": "1s", "refresh": "1s"}})
    telescope.start_collector()
    packets = {}
    for number, (code, (block, destinations)) in enumerate(SITES.items()):
        file = truth[code][0]
        events.mix(file, plans, block, START, seed=number)
        packets[code] = list(events.keys(file))
        telescope.add_site(code, block, destinations=destinations)
        telescope.add_sensor(code, "edge").read(file)
    packets[None] = [(key, time, (code, destination))
                     for code in SITES for key, time, destination in packets[code]]
    database = telescope.database
    # The registry knows the blocks since now: say that they were dark before.
    database.rows("UPDATE meta.dark_prefix SET validity = '[2026-01-01,)'")
    until(lambda: database.value("""
        SELECT (SELECT count(*) FROM rollup.dirty WHERE kind = 1 AND start < to_timestamp(%s))
            + (SELECT count(*) FROM event.dirty WHERE start < to_timestamp(%s))""", *2 * [START + 86_400]) == 0
        and database.value("SELECT count(*) FROM event.telescope WHERE telescope = 0 AND addresses = 5120") == 3,
        90, "events")
    assert database.value("SELECT sum(left_out) FROM api.telescope") == 0
    found = found_events(database)
    for site, expected in packets.items():
        compare(site, found[site], events.spans(expected, SCAN_SILENCE))
    rates(plans, found)
    sites(packets, found[None])


def compare(site, found, spans):
    """Prints and asserts precision and recall against a plain loop over the packets."""
    plain = {(key, span.first, span.last): span for key, parts in spans.items() for span in parts}
    for kind in ("scan", "attack"):
        expected = {name for name, span in plain.items() if name[0][0] == kind and is_event(name[0], span)}
        made = {name for name in found if name[0][0] == kind}
        precision, recall = len(made & expected) / len(made), len(made & expected) / len(expected)
        print(f"{site or 'all sites'}: {len(expected)} {kind}s, precision {precision:.4f}, recall {recall:.4f}")
        assert precision >= 0.95 and recall >= 0.93 and len(expected) >= 10
        # No event is of packets that are none; what differs is at the threshold.
        assert made <= plain.keys()
        assert [(name, plain[name]) for name in made ^ expected if not is_marginal(name[0], plain[name])] == []
    for name, (count, least, most, *_) in found.items():
        span = plain[name]
        assert count == span.packets
        # A record's destinations are exact to 64 and an estimate beyond.
        error = ESTIMATE if span.destinations > 64 else 0
        assert least * (1 - error) <= span.destinations <= most * (1 + error)


def rates(plans, found):
    """The rate of a plan is within the interval of 95 % of about so many of its events."""
    inside, outside, missed = 0, 0, 0
    for site, addresses in ADDRESSES.items():
        by_address = {name[0][1]: row for name, row in found[site].items()}
        for plan in plans:
            perceived = plan.rate * addresses / events.INTERNET
            row = by_address.get(plan.address)
            if row is None:
                # As many packets as an event has, and a few more.
                needed = 10 if plan.kind in events.SCANS else 25
                missed += perceived * (plan.end - plan.begin) > needed + 4 * math.sqrt(needed) and (
                    plan.kind in events.SCANS or perceived * 60 > 10)
            elif row[3] <= plan.rate <= row[4]:
                inside += 1
            else:
                outside += 1
    print(f"rates: {inside} within their interval, {outside} not; {missed} plans that should be seen were missed")
    assert missed == 0 and inside >= 90 and outside <= 0.05 * (inside + outside) + 3 * math.sqrt(0.05 * (inside + outside))


def sites(packets, pooled):
    for (key, first, last), row in pooled.items():
        seen = {code for code in SITES for other, time, _ in packets[code] if other == key and first <= time <= last}\
            if key[1].startswith("45.0.") else None
        assert seen is None or set(row[5]) == seen
        if key[0] == "attack" and key[1].startswith("45.0.2."):
            assert row[6] in ([80], [53])
