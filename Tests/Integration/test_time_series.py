"""api.bins and api.series against the zones of Python's zoneinfo and plain sums, over rollups written by the test."""
import datetime
import random
import zoneinfo

import psycopg2
import pytest

UTC = datetime.timezone.utc
FIVE = datetime.timedelta(minutes=5)
HOUR = datetime.timedelta(hours=1)
ADDRESSES = 256

# Days of a change of the clock, of half and quarter hours, leap days, ends of years; a midnight that does not exist
# (Beirut) and one that comes twice (Havana).
SPANS = [
    ("UTC", "2024-02-27", 4),
    ("Asia/Kathmandu", "2023-12-30", 4),
    ("Asia/Yangon", "2024-02-28", 3),
    ("America/St_Johns", "2024-03-09", 3),
    ("America/St_Johns", "2024-11-02", 3),
    ("Australia/Lord_Howe", "2024-04-06", 3),
    ("Asia/Beirut", "2024-03-30", 3),
    ("America/Havana", "2024-11-02", 3),
    ("Europe/Berlin", "2024-12-30", 3),
]


def moment(text, zone):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=zoneinfo.ZoneInfo(zone)).astimezone(UTC)


def local_key(at, zone, step):
    """What the wall clock says of a moment: moments with the same key are of one bin."""
    local = at.astimezone(zoneinfo.ZoneInfo(zone))
    if step == "day":
        return local.date()
    if step == "week":
        return local.date() - datetime.timedelta(days=local.weekday())
    if step == "month":
        return local.year, local.month
    if step == "hour":
        return local.date(), local.hour, local.utcoffset()
    minutes = int(step.split()[0])
    return local.date(), local.hour, local.minute // minutes, local.utcoffset()


def bins_of(grid, zone, step):
    """Start and end of every run of moments with one key."""
    found = []
    for at in grid:
        key = local_key(at, zone, step)
        if found and found[-1][0] == key:
            found[-1][2] = at + FIVE
        else:
            found.append([key, at, at + FIVE])
    return [(start, stop) for _, start, stop in found]


def grid(start, stop):
    at = start
    while at < stop:
        yield at
        at += FIVE


def test_bins_are_those_of_the_wall_clock(telescope):
    for zone, first, days in SPANS:
        start = moment(first, zone)
        stop = moment((datetime.date.fromisoformat(first) + datetime.timedelta(days=days)).isoformat(), zone)
        # Whole bins at both ends: what is around, cut where the bins of the span begin and end.
        around = list(grid(start - datetime.timedelta(days=40), stop + datetime.timedelta(days=40)))
        for step in ("5 minutes", "10 minutes", "hour", "day", "week", "month"):
            expected = [b for b in bins_of(around, zone, step) if b[0] < stop and b[1] > start]
            # A span that begins and ends anywhere in its bins has the same ones.
            for inside in (datetime.timedelta(), datetime.timedelta(minutes=2)):
                assert telescope.database.rows("SELECT * FROM api.bins(%s, %s, %s, %s)", start + inside, stop - inside,
                                               step, zone) == expected, (zone, step)


def test_what_cannot_be_answered_is_refused_with_what_to_do(telescope):
    for arguments, words in [
        (("2020-01-01Z", "2026-01-01Z", "5 minutes", "UTC"), "20,000 bins"),
        (("2020-01-01Z", "2026-01-01Z", "fortnight", "UTC"), "5 minutes, 10 minutes, hour"),
        (("-infinity", "2026-01-01Z", "day", "UTC"), "finite"),
        (("2026-01-01Z", "2026-01-02Z", "day", "Asia/Atlantis"), "Asia/Atlantis"),
    ]:
        with pytest.raises(psycopg2.Error, match=words):
            telescope.database.rows("SELECT * FROM api.bins(%s, %s, %s, %s)", *arguments)
        with pytest.raises(psycopg2.Error, match=words):
            telescope.database.rows("SELECT * FROM api.series(%s, %s, %s, %s)", *arguments)
    for more, words in [("class => 'tcp'", "tcp-syn"), ("sites => '{nowhere}'", "no site")]:
        with pytest.raises(psycopg2.Error, match=words):
            telescope.database.rows(f"SELECT * FROM api.series('2026-01-01Z', '2026-01-02Z', {more})")


class Rollups:
    """Rollups of two sensors at one site and of one at another, and what they are made of: five minutes in which a
    sensor observed, and packets by port in some of them."""

    def __init__(self, database, start, stop, seed):
        self.database = database
        draw = random.Random(seed)
        database.rows("""
            INSERT INTO meta.site (code, name) VALUES ('one', 'One'), ('two', 'Two');
            INSERT INTO meta.sensor (site, name) VALUES (1, 'a'), (1, 'b'), (2, 'a')""")
        self.observed, self.packets = set(), {}
        for sensor in (1, 2, 3):
            for hour in range(int((stop - start) / HOUR)):
                at = start + hour * HOUR
                # An hour is observed, half observed, silent, or quiet.
                kind = draw.choices(["full", "half", "none", "quiet"], [8, 1, 1, 1])[0]
                for five in range(12):
                    if kind == "none" or kind == "half" and five < 6:
                        continue
                    self.observed.add((sensor, at + five * FIVE))
                    for port in (23, 445, -1):
                        if kind != "quiet" and draw.random() < 0.7:
                            self.packets[sensor, at + five * FIVE, port] = draw.randrange(1, 100)
        self.write(start, stop)

    def write(self, start, stop):
        for span, table in [(300, "port_5m"), (3600, "port_hour"), (86400, "port_day")]:
            def floor(at):
                return datetime.datetime.fromtimestamp(at.timestamp() // span * span, UTC)
            sums, seconds, totals = {}, {}, {}
            for (sensor, at, port), packets in self.packets.items():
                sums[floor(at), sensor, port] = sums.get((floor(at), sensor, port), 0) + packets
                totals[floor(at), sensor] = totals.get((floor(at), sensor), 0) + packets
            for sensor in (1, 2, 3):
                for at in grid(start, stop):
                    key = floor(at), sensor
                    seconds[key] = seconds.get(key, 0) + 300 * ((sensor, at) in self.observed)
            sketch = "" if span == 300 else ", ''"
            self.insert(f"INSERT INTO rollup.{table} VALUES", [
                f"('{at}', {sensor}, 1, {port}, {packets}, 0, 0, 7, 0{sketch})"
                for (at, sensor, port), packets in sums.items()])
            self.insert("INSERT INTO rollup.coverage VALUES", [
                f"({span}, '{at}', {sensor}, {observed}, {observed * ADDRESSES}, {span * ADDRESSES},"
                f" {totals.get((at, sensor), 0)}, 0, 1, 0, 0, 0, 0, 0, 0)"
                for (at, sensor), observed in seconds.items()])

    def insert(self, head, rows):
        for first in range(0, len(rows), 5_000):
            self.database.rows(head + ",".join(rows[first:first + 5_000]))

    def expected(self, start, stop, sensors, ports):
        """Packets, coverage, rate and state of a bin."""
        moments = list(grid(start, stop))
        seen = sum((sensor, at) in self.observed for at in moments for sensor in sensors)
        if not seen:
            return None, 0, None, "missing"
        packets = sum(self.packets.get((sensor, at, port), 0)
                      for at in moments for sensor in sensors for port in ports)
        whole = seen == len(moments) * len(sensors)
        state = "partial" if not whole else "complete" if packets else "quiet"
        return packets, seen / len(moments) / len(sensors), packets * 86_400 / (seen * 300 * ADDRESSES), state


def check(database, rollups, start, stop, step, zone, sites, sensors, port, sources=True):
    found = database.rows("""
        SELECT time, packets, coverage, packets_per_address_day, state, sources, sources_precision
        FROM api.series(%s, %s, %s, %s, service_port => %s, sites => %s, with_sources => %s)""",
                          start, stop, step, zone, port, sites, sources)
    bins = database.rows("SELECT * FROM api.bins(%s, %s, %s, %s)", start, stop, step, zone)
    assert len(found) == len(bins) > 0
    for (time, packets, coverage, rate, state, count, precision), (first, end) in zip(found, bins):
        expected = rollups.expected(first, end, sensors, (port,) if port else (23, 445, -1))
        assert time == first and (packets, state) == (expected[0], expected[3]), (zone, step, time)
        assert coverage == pytest.approx(expected[1]) and rate == pytest.approx(expected[2])
        if packets is None or not sources:
            assert count is None and precision is None
        elif packets == 0:
            assert (count, precision) == (0, "exact")
        else:
            assert count == 7 and precision in ("exact", "at-least")


@pytest.mark.parametrize("zone,first,days", [
    ("UTC", "2024-02-28", 3), ("Asia/Kathmandu", "2023-12-30", 3), ("Asia/Yangon", "2024-02-28", 3),
    ("America/St_Johns", "2024-03-09", 3), ("Europe/Berlin", "2024-10-26", 3)])
def test_series_are_sums_over_the_bins_of_a_zone(telescope, zone, first, days):
    database = telescope.database
    start = moment(first, zone)
    stop = moment((datetime.date.fromisoformat(first) + datetime.timedelta(days=days)).isoformat(), zone)
    # Rollups of whole days (UTC) around the days of the zone.
    floor = start.replace(hour=0, minute=0) - datetime.timedelta(days=1)
    rollups = Rollups(database, floor, floor + datetime.timedelta(days=days + 3), seed=days)
    for step in ("10 minutes", "hour", "day"):
        for sites, sensors in [(None, (1, 2, 3)), (["one"], (1, 2)), (["two"], (3,))]:
            check(database, rollups, start, stop, step, zone, sites, sensors, 23)
        check(database, rollups, start, stop, step, zone, None, (1, 2, 3), None, sources=False)
        check(database, rollups, start, stop, step, zone, ["two"], (3,), None)


def test_an_hour_of_long_windows_is_spread_over_its_bins(telescope):
    database = telescope.database
    start = moment("2024-05-01", "UTC")
    Rollups(database, start, start + 2 * HOUR, seed=1)
    database.rows("DELETE FROM rollup.coverage WHERE span = 300")
    observed = database.value("SELECT sum(observed_seconds) FROM rollup.coverage WHERE span = 3600")
    rows = database.rows("SELECT coverage, state FROM api.series(%s, %s, '5 minutes')", start, start + 2 * HOUR)
    assert sum(row[0] for row in rows) / 12 * 3 * 3600 == pytest.approx(observed)


def test_what_may_still_come_is_late(telescope):
    database = telescope.database
    Rollups(database, moment("2024-05-01", "UTC"), moment("2024-05-02", "UTC"), seed=1)
    state = "SELECT state FROM api.series(now() - interval '10 minutes', now() - interval '10 minutes' + interval '1 us')"
    assert database.value(state) == "late"


def test_all_sites_are_read_together_where_that_holds_everything(telescope):
    database = telescope.database
    start = moment("2024-05-01", "UTC")
    rollups = Rollups(database, start, start + 2 * HOUR, seed=3)
    # What no sensor has, so that it shows.
    database.rows("""
        INSERT INTO rollup.world_port_hour VALUES (%s, 1, 23, 1000000, 0, 0, 400, 1, '{1,2}', '');
        INSERT INTO rollup.world_total VALUES (3600, %s, 2000000, 0, 0, 500, 1, '{1,2}', '')""", start, start)
    port = "SELECT packets, sources, sources_precision FROM api.series(%s, %s, 'hour', 'UTC', 'tcp-syn', 23, %s)"
    assert database.rows(port, start, start + HOUR, None) == [(1_000_000, 400, "estimate")]
    total = "SELECT packets, sources, sources_precision FROM api.series(%s, %s)"
    assert database.rows(total, start, start + HOUR) == [(2_000_000, 500, "estimate")]
    own = rollups.expected(start, start + HOUR, (1, 2), (23,))[0]
    assert database.value(port, start, start + HOUR, ["one"]) == own
    # An hour that is to be made again is read from the sensors.
    database.rows("INSERT INTO rollup.world_dirty (span, start) VALUES (3600, %s)", start)
    assert database.value(port, start, start + HOUR, None) == rollups.expected(start, start + HOUR, (1, 2, 3), (23,))[0]
    assert database.value(total, start, start + HOUR) == rollups.expected(
        start, start + HOUR, (1, 2, 3), (23, 445, -1))[0]
