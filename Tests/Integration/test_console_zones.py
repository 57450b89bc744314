"""Times of the pages (lib/zone.js) in Chromium, beside zoneinfo: every tick, the start and the length of every day."""
import datetime
import json
import zoneinfo

import pytest

from support.chromium import in_chromium

MINUTE, QUARTER, DAY = 60, 900, 86_400

# Zones, the first day that is looked at (UTC) and how many: offsets of quarters of hours, and days on which clocks change.
DAYS = [
    ("UTC", "2026-11-30", 2),
    ("Asia/Kathmandu", "2026-11-30", 2),  # UTC+5:45
    ("Asia/Kolkata", "2026-11-30", 2),  # UTC+5:30
    ("Asia/Yangon", "2026-11-30", 2),  # UTC+6:30
    ("Pacific/Chatham", "2026-04-03", 3),  # UTC+13:45 goes back to UTC+12:45
    ("America/New_York", "2026-03-07", 3),  # a day of 23 hours
    ("America/New_York", "2026-10-31", 3),  # a day of 25 hours
    ("America/Santiago", "2026-09-05", 3),  # clocks skip midnight
    ("America/Santiago", "2026-04-03", 4),  # the hour before midnight comes twice
    ("America/Havana", "2026-10-31", 3),  # midnight comes twice
    ("Australia/Lord_Howe", "2026-10-02", 4),  # a day of 23.5 hours
    ("Australia/Lord_Howe", "2026-04-03", 4),  # a day of 24.5 hours
    ("Pacific/Apia", "2011-12-29", 3),  # a day of the calendar is left out
]
# Spans of those days in hours, and widths in pixels: they lead to all steps from a minute to 12 hours.
SPANS = [(0.2, 900), (1, 300), (3, 500), (6, 600), (6, 1600), (24, 700), (24, 2200), (48, 600), (72, 500), (72, 900)]
YEARS = [
    ("Asia/Kathmandu", "2026-01-01"), ("America/New_York", "2026-01-01"), ("America/Santiago", "2026-01-01"),
    ("Australia/Lord_Howe", "2026-01-01"),
]
# Days of a span from the start of a year, and widths: steps from days to years.
LONG = [(5, 600), (12, 700), (40, 700), (90, 600), (200, 500), (365, 700), (365, 400), (1_800, 400)]

SCRIPT = """
import {{ dayLabel, iso, label, nextDay, offset, startOfDay, stepOf, ticks }} from "/lib/zone.js";
const found = () => {cases}.map(c => c.ticks ? {{ step: stepOf(c.from, c.to, c.width), ticks: ticks(c.from, c.to, c.zone, c.width) }}
    : c.moments.map(ms => ({{ start: startOfDay(ms, c.zone), next: nextDay(ms, c.zone), iso: iso(ms),
        clock: label(ms, c.zone, "clock"), day: dayLabel(ms, c.zone), offset: offset(ms, c.zone) }})));
"""


def unix(day):
    return int(datetime.datetime.fromisoformat(day + "T00:00:00+00:00").timestamp())


def local(moment, zone):
    return datetime.datetime.fromtimestamp(moment, zone)


def starts_day(moment, zone):
    """Whether a day begins at a moment; clocks change by minutes, so that the minute before tells."""
    return local(moment, zone).date() != local(moment - MINUTE, zone).date()


def expected(case, unit, count):
    """Every moment of a span that has a tick, found by looking at all of its minutes or quarters of an hour."""
    zone = zoneinfo.ZoneInfo(case["zone"])
    found = []
    for moment in range(case["from"] // 1_000, case["to"] // 1_000 + 1, MINUTE if unit == "minute" else QUARTER):
        at = local(moment, zone)
        if unit in ("minute", "hour"):
            step = count * (60 if unit == "hour" else 1)
            # What comes twice has two ticks only where ticks are as near as that.
            is_due = (at.hour * 60 + at.minute) % step == 0 and at.second == 0 and (step <= 60 or at.fold == 0)
            if is_due or starts_day(moment, zone):
                found.append(moment)
        elif starts_day(moment, zone):
            day = (at.date() - datetime.date(1970, 1, 1)).days
            # Weeks begin on Mondays, and the first day of 1970 was a Thursday.
            rules = {
                "day": (day + (3 if count % 7 == 0 else 0)) % count == 0,
                "month": at.day == 1 and (at.month - 1) % count == 0,
                "year": at.day == 1 and at.month == 1 and at.year % count == 0,
            }
            if rules[unit]:
                found.append(moment)
    return found


@pytest.fixture(scope="module")
def tick_cases(tmp_path_factory):
    cases = []
    for zone, day, days in DAYS:
        for hours, width in SPANS:
            for start in range(0, days * 24, 5):
                begin = unix(day) + start * 3_600
                cases.append(dict(ticks=True, zone=zone, width=width, **{
                    "from": begin * 1_000, "to": int(begin + hours * 3_600) * 1_000}))
    for zone, day in YEARS:
        for days, width in LONG:
            cases.append(dict(ticks=True, zone=zone, width=width, **{
                "from": unix(day) * 1_000, "to": (unix(day) + days * DAY) * 1_000}))
    return list(zip(cases, in_chromium(SCRIPT.format(cases=json.dumps(cases)), tmp_path_factory.mktemp("ticks"))))


def test_ticks_are_where_the_clocks_of_the_zone_say(tick_cases):
    steps = set()
    for case, answer in tick_cases:
        unit, count = answer["step"]
        steps.add((unit, count))
        assert [tick["ms"] / 1_000 for tick in answer["ticks"]] == expected(case, unit, count), (case, unit, count)
    assert {"minute", "hour", "day", "month", "year"} <= {unit for unit, _ in steps}
    assert {("minute", 1), ("hour", 1), ("hour", 3), ("hour", 12), ("day", 7)} <= steps


def test_ticks_say_the_time_of_the_zone(tick_cases):
    for case, answer in tick_cases:
        zone = zoneinfo.ZoneInfo(case["zone"])
        for tick in answer["ticks"]:
            at = local(tick["ms"] // 1_000, zone)
            text = {
                "time": f"{at:%H:%M}", "day": f"{at.day} {at:%b}", "month": f"{at:%b}", "year": f"{at.year}",
            }[tick["kind"]]
            assert tick["text"] == text, (case, tick)


def test_days_begin_and_end_where_the_date_changes(tmp_path):
    cases = [
        dict(zone=zone, moments=[(unix(day) + at) * 1_000 for at in range(0, days * DAY, 1_800)]) for zone, day, days in DAYS]
    lengths = {}
    for case, answers in zip(cases, in_chromium(SCRIPT.format(cases=json.dumps(cases)), tmp_path)):
        zone = zoneinfo.ZoneInfo(case["zone"])
        for milliseconds, answer in zip(case["moments"], answers):
            moment = milliseconds // 1_000
            start = next(at for at in range(moment, moment - 2 * DAY, -MINUTE) if starts_day(at, zone))
            stop = next(at for at in range(moment + MINUTE, moment + 2 * DAY, MINUTE) if starts_day(at, zone))
            assert (answer["start"], answer["next"]) == (start * 1_000, stop * 1_000), (case["zone"], moment)
            at = local(moment, zone)
            assert answer["offset"] == at.utcoffset().total_seconds() * 1_000
            assert answer["clock"] == f"{at:%H:%M:%S}"
            assert answer["day"] == f"{at:%a} {at.day} {at:%b %Y}"
            assert answer["iso"] == datetime.datetime.fromtimestamp(moment, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            lengths.setdefault(case["zone"], set()).add((stop - start) / 3_600)
    assert lengths["America/New_York"] == {23, 24, 25}
    assert lengths["America/Santiago"] == {23, 24, 25}
    assert lengths["Australia/Lord_Howe"] == {23.5, 24, 24.5}
    assert lengths["Asia/Kathmandu"] == {24}
