"""The recipes of ops/sql about alerts, run by psql as an analyst does, against plain Python over a random history."""
import collections
import csv
import datetime
import io
import pathlib
import statistics
import subprocess

import pytest

from support.alerts import UTC, History, hours, months
from support.command_line import Operator
from support.database import Database

FOLDER = pathlib.Path(__file__).parents[2] / "ops/sql"
NOW = datetime.datetime.now(UTC)
BEGIN = NOW - hours(24 * 560)
SINCE, UNTIL = BEGIN + hours(24 * 100), NOW - hours(24 * 100)
YEAR = (NOW - hours(24 * 365)).year


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    database = Database()
    operator = Operator(tmp_path_factory.mktemp("recipes"), database)
    made = History(database, BEGIN, NOW - hours(2), seed=3)
    at = datetime.datetime(2026, 1, 2, 3, tzinfo=UTC)
    for port, start, sensor in ((23, at, 1), (23, at, 2), (2323, at, 1), (23, at + hours(24), 1)):
        database.rows("""
            INSERT INTO alert.evidence SELECT organisation, prefix, address, kind, %s, %s, 60, %s, 1, 6, %s, 4, 2, %s, %s,
                40000, NULL, 52, 40, 2, 0, 0, 0, NULL, NULL, id FROM alert.alert WHERE id = 1""",
            sensor, start, start, port, start, start)
    operator.check("role", "make")
    yield made
    database.drop()


def run(database, recipe, **variables):
    options = [word for name, value in variables.items() for word in ("-v", f"{name}={value}")]
    done = subprocess.run(
        ["psql", "-X", "-q", "--csv", "-P", "null=NULL", "-v", "ON_ERROR_STOP=1", *options, "-f", FOLDER / f"{recipe}.sql",
         f"{database.conninfo} user=analyst"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and not done.stderr, f"{recipe}: {done.stderr}"
    return [{k: None if v == "NULL" else v for k, v in row.items()} for row in csv.DictReader(io.StringIO(done.stdout))]


def is_open(alert):
    return alert.episodes and alert.episodes[-1].closed_at is None and not alert.is_false_positive


def check_open(history, rows):
    worst = ("high", "medium", "low")
    expected = sorted(filter(is_open, history.alerts), key=lambda a: (
        worst.index(a.severity), worst.index(a.confidence), -a.episodes[-1].last_seen.timestamp(), a.number))
    assert [int(row["alert"]) for row in rows] == [a.number for a in expected]
    for row, alert in zip(rows, expected):
        assert int(row["packets"]) == sum(alert.episodes[-1].packets.values())
        assert int(row["dark_addresses"]) == 4 * int(row["sites"]) == 4 * len(alert.episodes[-1].sensors)
        assert (row["told_at"] is None) == (alert.episodes[-1].told_at is None)
    code = expected[0].organisation.code
    of_one = [a.number for a in expected if a.organisation.code == code]
    rows = run(history.database, "alerts-open", organisation=code, most=1000)
    assert [int(row["alert"]) for row in rows] == of_one != [a.number for a in expected]


def check_evidence(history, rows):
    assert [(r["day"], r["class"], r["service_port"], r["service"], r["packets"], r["flows"], r["sites"]) for r in rows] == [
        ("2026-01-03", "tcp-syn", "23", "telnet", "4", "1", "1"), ("2026-01-02", "tcp-syn", "23", "telnet", "8", "2", "2"),
        ("2026-01-02", "tcp-syn", "2323", rows[2]["service"], "4", "1", "1")]
    assert all(row["source_ports"] == "{40000}" for row in rows)


def check_by_organisation(history, rows):
    living = [o for o in history.organisations if o.ended_at is None]
    assert {row["organisation"] for row in rows} == {o.code for o in living}
    for row in rows:
        alerts = [a for a in history.alerts if is_open(a) and a.organisation.code == row["organisation"]]
        findings = collections.Counter(a.episodes[-1].finding for a in alerts)
        assert [int(row[k]) for k in ("open", "infections", "misconfigurations", "attacks", "severe", "untold")] == [
            len(alerts), findings["infection"], findings["misconfiguration"], findings["attack"],
            sum(a.severity == "high" for a in alerts), sum(a.episodes[-1].told_at is None for a in alerts)]
        # All but the claimed one and the one that ended.
        assert row["proven_blocks"] == "3"
    assert [int(row["open"]) for row in rows] == sorted((int(row["open"]) for row in rows), reverse=True)


def check_time_to_clean(history, rows):
    inside = lambda at: at is not None and SINCE <= at < UNTIL  # noqa: E731
    for row in rows:
        episodes = [(a, e) for a in history.alerts if a.organisation.code == row["organisation"] for e in a.episodes]
        notify = [(e.told_at - e.first_seen).total_seconds() / 60 for _, e in episodes if inside(e.told_at)]
        clean = [max((e.last_seen - e.told_at).total_seconds(), 0) / 3600 for a, e in episodes
                 if inside(e.closed_at) and e.told_at and not a.is_false_positive]
        assert (int(row["told"]), int(row["cleaned"])) == (len(notify), len(clean))
        for name, values, of in (("minutes_to_notify", notify, statistics.median), ("hours_to_clean", clean, statistics.median),
                                 ("slowest", clean, max)):
            assert (row[name] is None) == (not values)
            assert not values or float(row[name]) == pytest.approx(of(values), abs=0.051)
    assert sum(int(row["cleaned"]) for row in rows) > 10


def check_year(history, rows):
    spans = list(months(YEAR, "Asia/Jakarta"))
    assert [row["month"] for row in rows] == [day.isoformat() for day, _, _ in spans] + [None]
    for row, (_, begin, end) in zip(rows, spans):
        expected = history.programme(begin, end)
        for name, value in row.items():
            if name in expected:
                assert float(value) == expected[name], (row["month"], name)
    assert float(rows[-1]["hours_to_clean"]) > 0 and float(rows[-1]["minutes_to_notify"]) > 0


def check_undelivered(history, rows):
    states = collections.Counter(s for n in history.notices for s in n.states if s != "delivered")
    assert collections.Counter(row["state"] for row in rows) == states
    assert all(row["problem"] == "421 try later" and (row["due_at"] is None) == (row["state"] == "dead") for row in rows)
    times = [row["made_at"] for row in rows]
    assert times == sorted(times)


ALERT_RECIPES = {
    "alerts-open": ({"most": 1000}, check_open),
    "alert-evidence": ({"alert": 1}, check_evidence),
    "alerts-by-organisation": ({"most": 1000}, check_by_organisation),
    "time-to-clean": ({"since": SINCE, "until": UNTIL, "most": 1000}, check_time_to_clean),
    "programme-year": ({"year": YEAR, "zone": "Asia/Jakarta"}, check_year),
    "notices-undelivered": ({"most": 10_000}, check_undelivered),
}


@pytest.mark.parametrize("name", sorted(ALERT_RECIPES))
def test_recipe_about_alerts(history, name):
    variables, check = ALERT_RECIPES[name]
    run(history.database, name)
    rows = run(history.database, name, **variables)
    assert rows, f"{name} finds nothing"
    check(history, rows)


def test_organisations_and_their_blocks_are_told_as_registered(history):
    database = history.database
    assert database.rows("SELECT code, contacts, ended_at IS NULL FROM api.organisation ORDER BY code") == sorted(
        (o.code, o.contacts, o.ended_at is None) for o in history.organisations)
    now = datetime.datetime.now(UTC)
    assert database.rows("""
        SELECT organisation, prefix, proof, is_valid FROM api.organisation_block ORDER BY 1, 2, 3""") == sorted(
            (o.code, str(prefix), proof, begin <= now and (end is None or now < end))
            for o in history.organisations for prefix, begin, end, proof in o.blocks)
