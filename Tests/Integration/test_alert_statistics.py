"""The programme's statistics against plain Python over a random history of several months."""
import datetime
import zoneinfo

import pytest

from support.alerts import UTC, History, hours, months
from support.command_line import Operator
from support.database import Database
from support.programs import check

NOW = datetime.datetime.now(UTC)
# A whole year lies in it, or most of one.
BEGIN = NOW - hours(24 * 560)
YEARS = range(BEGIN.year, NOW.year + 1)


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    database = Database()
    operator = Operator(tmp_path_factory.mktemp("history"), database)
    made = History(database, BEGIN, NOW - hours(2))
    made.operator = operator
    yield made
    database.drop()


def same(row, expected, where):
    for name, value in expected.items():
        found = row[name]
        assert (found is None) == (value is None), (where, name, found, value)
        if value is not None:
            assert float(found) == pytest.approx(value, abs=1e-3), (where, name)


def rows(database, sql, *values):
    names = [name for name, in database.rows(
        "SELECT unnest(proargnames[pronargs + 1:]) FROM pg_proc WHERE oid = split_part(%s, '(', 1)::regproc", sql)]
    return [dict(zip(names, row)) for row in database.rows(f"SELECT * FROM {sql}", *values)]


@pytest.mark.parametrize("zone", ("UTC", "Asia/Kathmandu", "America/St_Johns"))
def test_the_programmes_year_equals_the_history(history, zone):
    years = {}
    for year in (BEGIN.year - 1, *YEARS):
        found = rows(history.database, "api.programme_year(%s, %s)", year, zone)
        spans = list(months(year, zone))
        assert [row["month"] for row in found] == [day for day, _, _ in spans] + [None]
        for row, (day, begin, end) in zip(found, spans):
            same(row, history.programme(begin, end), day)
        begin = spans[0][1]
        end = datetime.datetime(year + 1, 1, 1, tzinfo=zoneinfo.ZoneInfo(zone)).astimezone(UTC)
        same(found[-1], history.programme(begin, end), year)
        assert sum(row["opened"] for row in found[:-1]) == found[-1]["opened"]
        years[year] = found[-1]
    assert years[BEGIN.year - 1]["opened"] == 0
    assert sum(year["opened"] for year in years.values()) > 100 and sum(year["dead"] for year in years.values())
    assert any(year["median_seconds_to_clean"] for year in years.values())


def test_a_year_that_has_not_begun_has_no_rows(history):
    assert history.database.rows("SELECT * FROM api.programme_year(9000)") == []


@pytest.mark.parametrize("zone", ("UTC", "Asia/Kathmandu"))
def test_statistics_of_each_organisation_and_month_equal_the_history(history, zone):
    spans = [span for year in YEARS for span in months(year, zone)]
    found = rows(history.database, "api.alert_statistics(%s, %s, %s)", spans[0][1], spans[-1][2], zone)
    expected = {
        (day, o.code): history.figures(begin, end, o) for day, begin, end in spans for o in history.organisations
        if o.created_at < end and (o.ended_at is None or o.ended_at >= begin)}
    assert [(row["month"], row["organisation"]) for row in found] == sorted(expected)
    for row in found:
        same(row, expected[row["month"], row["organisation"]], (row["month"], row["organisation"]))


def test_too_long_a_time_is_refused(history):
    for ends in ("'-infinity', 'infinity'", "NULL, NULL", "'2000-01-01', '2020-01-01'"):
        with pytest.raises(Exception, match="ten years"):
            history.database.rows(f"SELECT * FROM api.alert_statistics({ends})")


def test_each_alert_has_its_times(history):
    found = {row[0]: row[1:] for row in history.database.rows(
        "SELECT id, seconds_to_notify, seconds_to_clean, episode_packets, sites, tool, state FROM api.alert")}
    assert len(found) == len(history.alerts)
    for alert in history.alerts:
        notify, clean, packets, sites, tool, state = found[alert.number]
        if not alert.episodes:
            assert (notify, clean, packets, sites, state) == (None, None, 0, [], "watching")
            continue
        last = alert.episodes[-1]
        assert packets == sum(last.packets.values()) and tool == "mirai" and state == alert.state
        assert sites == sorted(f"al-{'abc'[s - 1]}" for s in last.sensors)
        assert notify == (last.told_at and (last.told_at - last.first_seen).total_seconds())
        is_clean = last.closed_at and last.told_at and not alert.is_false_positive
        assert clean == (max((last.last_seen - last.told_at).total_seconds(), 0) if is_clean else None)


def test_every_opening_is_an_episode(history):
    found = history.database.rows("SELECT alert, episode, opened_at, closed_at, finding FROM api.alert_episode ORDER BY 1, 2")
    assert found == [
        (a.number, e.number, e.opened_at, e.closed_at, a.finding(e))
        for a in history.alerts for e in a.episodes]


def test_the_command_prints_the_report(history):
    answer = history.operator.json("alert", "statistics", "--year", BEGIN.year)
    assert (answer["year"], answer["zone"]) == (BEGIN.year, "UTC")
    for row, (day, begin, end) in zip(answer["months"], months(BEGIN.year, "UTC")):
        assert row["month"] == day.isoformat()
        same(row, history.programme(begin, end), day)
    header, *lines = history.operator.check("alert", "statistics", "--year", BEGIN.year).splitlines()
    assert len(lines) == 13 and lines[-1].split()[0] == "year" and header.split()[-1] == "CLEAN"
    one = history.operator.json("alert", "statistics", "--year", BEGIN.year, "--org", "org-1")["organisations"]
    assert {row["organisation"] for row in one} == {"org-1"}
    assert len(history.operator.json("alert", "statistics", "--by-organisation")["organisations"]) >= 5
    assert check("darkscope", "alert", "statistics", "--help")
