"""`darkscope alert`: what people see of alerts and do with them, against plain Python and the tables."""
import datetime
import json
import os
import pwd
import re
import threading

import psycopg2
import pytest

from support.alerts import UTC, History, hours
from support.command_line import DATA, FAILURE, TIME, USAGE, Operator
from support.database import Database
from support.programs import run
from support.waiting import until

GRADES = ("low", "medium", "high")
ME = os.environ.get("SUDO_USER") or pwd.getpwuid(os.geteuid()).pw_name
# A destination that policy "full" lets through, and one that it hides.
DARK = "198.18.7.77"
VIEWS = ("organisation", "organisation_block", "alert", "alert_evidence", "alert_history", "alert_episode", "notice",
         "notice_item", "message", "delivery")


@pytest.fixture
def history(operator):
    end = datetime.datetime.now(UTC)
    return History(operator.database, end - hours(24 * 60), end, seed=5, organisations=5, alerts=60)


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    """An operator and a history that tests only read."""
    database = Database()
    operator = Operator(tmp_path_factory.mktemp("alerts"), database)
    end = datetime.datetime.now(UTC)
    yield operator, History(database, end - hours(24 * 60), end, seed=5, organisations=5, alerts=60)
    database.drop()


def add_evidence(database, alert, rows):
    """Rows are (class, protocol, port, packets, window's start, sensor)."""
    for kind, protocol, port, packets, start, sensor in rows:
        database.rows("""
            INSERT INTO alert.evidence SELECT organisation, prefix, address, kind, %s, %s, 60, %s, %s, %s, %s, %s, 2, %s,
                %s, 40000, %s, 52, 40, 2, 0, 0, 0, 17, NULL, id FROM alert.alert WHERE id = %s""",
            sensor, start, start, kind, protocol, port, packets, start, start, DARK, alert)


def alert_with(history, state):
    return next(a for a in history.alerts if a.state == state and not a.is_false_positive)


def standing(database, alert):
    return database.row("""
        SELECT state, acknowledged_at IS NOT NULL, suppressed_until, is_false_positive, note, news FROM alert.alert
        WHERE id = %s""", alert.number)


def events(database, alert):
    return database.rows(
        "SELECT event, person, note FROM alert.history WHERE alert = %s AND person IS NOT NULL ORDER BY id", alert.number)


# What people see.

def test_alerts_are_listed_worst_first_and_by_what_is_asked(settled):
    operator, history = settled
    def key(alert):
        seen = alert.episodes[-1].last_seen if alert.episodes else alert.organisation.created_at
        return (-GRADES.index(alert.severity), -GRADES.index(alert.confidence), -seen.timestamp(), alert.number)

    ordered = sorted(history.alerts, key=key)

    def listed(*arguments):
        return [row["id"] for row in operator.json("alert", "list", "--limit", 1000, *arguments)["alerts"]]

    def expected(matches):
        return [a.number for a in ordered if matches(a)]

    living = ("open", "ongoing", "quiet")
    assert listed() == expected(lambda a: a.state in living) != []
    assert listed("--state", "all") == [a.number for a in ordered]
    assert listed("--state", "closed", "--state", "watching") == expected(lambda a: a.state in ("closed", "watching"))
    assert listed("--state", "all", "--org", "org-2") == expected(lambda a: a.organisation.code == "org-2")
    assert listed("--state", "all", "--kind", "internal", "--kind", "backscatter") == expected(
        lambda a: a.kind != "external")
    assert listed("--state", "all", "--finding", "attack") == expected(
        lambda a: a.episodes and a.episodes[-1].finding == "attack")
    assert listed("--state", "all", "--severity", "medium", "--confidence", "high") == expected(
        lambda a: a.severity != "low" and a.confidence == "high")
    month = history.end - hours(24 * 30)
    assert listed("--state", "all", "--since", "-30d") == expected(
        lambda a: (a.episodes[-1].last_seen if a.episodes else a.organisation.created_at) >= month)
    answer = operator.json("alert", "list", "--state", "all", "--limit", 7)
    assert [row["id"] for row in answer["alerts"]] == [a.number for a in ordered[:7]] and answer["has_more"]
    header, *lines = operator.check("alert", "list", "--state", "all", "--limit", 7).splitlines()
    assert [line.split()[0] for line in lines] == [str(a.number) for a in ordered[:7]]
    assert header.split()[:8] == [
        "ALERT", "SEVERITY", "CONFIDENCE", "FINDING", "KIND", "STATE", "ORGANISATION", "ADDRESS"]
    assert "There are: org-1, " in operator.refused(FAILURE, "alert", "list", "--org", "nobody")
    assert operator.run("alert", "list", "--kind", "sideways").returncode == USAGE


def test_nothing_is_listed_as_nothing(operator):
    assert operator.json("alert", "list") == {"alerts": [], "has_more": False}
    for arguments in (("list",), ("notices",), ("outbox",), ("retry", "--all")):
        done = operator.run("alert", *arguments)
        assert (done.returncode, done.stdout) == (0, "") and done.stderr, arguments


def test_an_alert_is_shown_with_all_that_it_rests_on_and_no_dark_address(operator, history):
    alert = next(a for a in history.alerts if a.episodes and a.episodes[-1].told_at)
    day = datetime.datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    rows = [(1, 6, 23, 7, day - hours(24), 1), (1, 6, 23, 5, day, 2), (5, 17, 53, 1, day, 1), (1, 6, 8080, 2, day, 1)]
    add_evidence(operator.database, alert.number, rows)
    answer = operator.json("alert", "show", alert.number)
    last = alert.episodes[-1]
    shown = answer["alert"]
    assert (shown["id"], shown["organisation"], shown["address"], shown["kind"], shown["finding"]) == (
        alert.number, alert.organisation.code, alert.address, alert.kind, last.finding)
    assert shown["reasons"] == ["invented"] and shown["sites"] == sorted(f"al-{'abc'[s - 1]}" for s in last.sensors)
    assert shown["seconds_to_notify"] == pytest.approx((last.told_at - last.first_seen).total_seconds(), abs=1e-3)
    assert {(s["site"], s["packets"]) for s in answer["sensors"]} == {
        (f"al-{'abc'[s - 1]}", n) for s, n in last.packets.items()}
    assert [(s["class"], s["service_port"], s["packets"], s["flows"], s["sites"]) for s in answer["services"]] == [
        ("tcp-syn", 23, 12, 2, 2), ("tcp-syn", 8080, 2, 1, 1), ("udp-probe", 53, 1, 1, 1)]
    assert [(d["day"], d["packets"], d["services"]) for d in answer["days"]] == [
        (day.date().isoformat(), 8, 3), ((day - hours(24)).date().isoformat(), 7, 1)]
    told = [n for n in history.notices for a, _ in n.alerts if a is alert]
    assert [(n["reason"], n["messages"]) for n in answer["notices"]] == [(n.reason, len(n.states)) for n in told]
    assert sorted(m["state"] for m in answer["messages"]) == sorted(s for n in told for s in n.states)
    text = operator.check("alert", "show", alert.number)
    for part in ("Evidence by service", "Evidence by day (UTC)", "History", "Notices", "Messages", "invented", "telnet"):
        assert part in text, part
    assert DARK not in text and DARK not in json.dumps(answer)
    assert "no alert 9999" in operator.refused(FAILURE, "alert", "show", "9999")


def test_no_view_holds_a_dark_address(operator, history):
    add_evidence(operator.database, 1, [(1, 6, 23, 7, history.end, 1)])
    for view in VIEWS:
        assert operator.database.value(f"SELECT count(*) FROM api.{view} v WHERE v::text LIKE '%%' || %s || '%%'", DARK) == 0
    assert operator.database.value("SELECT count(*) FROM alert.evidence v WHERE v::text LIKE '%%' || %s || '%%'", DARK) == 1


def test_hostile_texts_reach_no_terminal(operator, history):
    evil = "\x1b]0;owned\x07\u202e\r\nAlert 1 is fine"
    operator.database.rows("UPDATE alert.alert SET label = %s, reasons = ARRAY[%s, 'a,\"b\\c{}', NULL], note = %s", *[evil] * 3)
    operator.database.rows("INSERT INTO alert.history (alert, event, person, note) VALUES (1, 'closed', %s, %s)", evil, evil)
    operator.database.rows("UPDATE alert.outbox SET problem = %s, state = 'dead'", evil)
    for arguments in (("list", "--state", "all"), ("show", "1"), ("outbox",), ("notices",)):
        for form in ((), ("--json",)):
            said = operator.check("alert", *arguments, *form)
            assert not set(said) & set("\x1b\x07\u202e\r"), (arguments, form)
            assert "\nAlert 1 is fine" not in said
    assert operator.json("alert", "show", "1")["alert"]["reasons"] == [evil, 'a,"b\\c{}']


# What people do.

def test_each_action_is_stored_with_who_did_it(operator, history):
    database = operator.database
    alert = alert_with(history, "ongoing")
    database.rows("UPDATE alert.alert SET news = 'grew', news_at = now() WHERE id = %s", alert.number)
    assert operator.check("alert", "ack", alert.number, "--note", "ทราบแล้ว") == f"Alert {alert.number} is acknowledged.\n"
    assert standing(database, alert) == ("ongoing", True, None, False, "ทราบแล้ว", "grew")
    # The collector that judges looks at it next.
    assert database.value("SELECT due_at <= clock_timestamp() FROM alert.alert WHERE id = %s", alert.number)
    assert "acknowledged" in operator.check("alert", "list", "--state", "all")
    end = (datetime.datetime.now(UTC) + hours(24 * 30)).replace(microsecond=0)
    text = end.strftime("%Y-%m-%dT%H:%M:%SZ")
    for caller, person in (("daemon", "daemon"), ("alice\x1b[2J", pwd.getpwuid(os.geteuid()).pw_name)):
        run("darkscope", "alert", "suppress", alert.number, "--until", text, "--database", database.conninfo, SUDO_USER=caller)
        assert standing(database, alert)[2] == end
        # Only an account that the system knows called sudo.
        assert events(database, alert)[-1] == ("suppressed", person, f"until {text}")
    operator.check("alert", "suppress", alert.number, "--for", "7d", "--note", "holiday")
    wait = standing(database, alert)[2] - datetime.datetime.now(UTC)
    assert datetime.timedelta(days=7) - wait < datetime.timedelta(minutes=1)
    assert events(database, alert)[-1][:2] == ("suppressed", ME) and events(database, alert)[-1][2].endswith("Z: holiday")
    operator.check("alert", "false-positive", alert.number, "--note", "a honeypot")
    assert standing(database, alert)[3:5] == (True, "a honeypot")
    operator.check("alert", "release", alert.number)
    assert standing(database, alert)[:5] == ("ongoing", False, None, False, "")
    operator.check("alert", "close", alert.number, "--note", "cleaned")
    assert standing(database, alert) == ("closed", False, None, False, "cleaned", "closed")
    assert [event for event, _, _ in events(database, alert)] == [
        "acknowledged", *["suppressed"] * 3, "false-positive", "released", "closed"]
    assert database.value("SELECT closed_at > now() - interval '1 minute' FROM alert.alert WHERE id = %s", alert.number)


def test_who_never_heard_of_an_alert_is_not_told_that_a_person_closed_it(operator, history):
    alert = alert_with(history, "ongoing")
    operator.database.rows(
        "UPDATE alert.alert SET state = 'open', first_told_at = NULL, news = 'opened', news_at = now() WHERE id = %s",
        alert.number)
    operator.check("alert", "close", alert.number)
    assert standing(operator.database, alert)[5] is None


def test_what_cannot_be_done_changes_nothing_and_is_said(operator, history):
    database = operator.database
    watching, closed = alert_with(history, "watching"), alert_with(history, "closed")
    living = alert_with(history, "ongoing")
    before = database.rows("SELECT * FROM alert.alert WHERE id IN (%s, %s)", watching.number, closed.number)
    done = operator.run("alert", "close", watching.number, living.number, 9999, closed.number)
    assert done.returncode == FAILURE and done.stdout == f"Alert {living.number} is closed.\n"
    assert done.stderr.splitlines() == [
        f"darkscope: alert {watching.number}: it is only watched; nothing of it was told",
        "darkscope: alert 9999: there is none of that number. See: darkscope alert list --state all",
        f"darkscope: alert {closed.number}: it is closed already"]
    for arguments in (("ack", watching.number), ("ack", closed.number), ("release", watching.number)):
        assert operator.run("alert", *arguments).returncode == FAILURE, arguments
    assert database.rows("SELECT * FROM alert.alert WHERE id IN (%s, %s)", watching.number, closed.number) == before
    assert events(database, watching) == events(database, closed) == []
    other = next(a for a in history.alerts if a.state == "ongoing" and a is not living and not a.is_false_positive)
    operator.check("alert", "ack", other.number, other.number)
    assert operator.run("alert", "ack", other.number).returncode == FAILURE
    assert len(events(database, other)) == 1


@pytest.mark.parametrize("arguments", (
    ("ack",), ("ack", "x"), ("ack", "0"), ("ack", "-1"), ("ack", "1", "--note", ""), ("ack", "1", "--note", "a\x1bb"),
    ("ack", "1", "--note", "a\nb"), ("ack", "1", "--note", "a" * 2001), ("false-positive", "1"), ("suppress", "1"),
    ("suppress", "1", "--for", "1h", "--until", "2030-01-01"), ("suppress", "1", "--until", "2020-01-01"),
    ("suppress", "1", "--for", "0"), ("suppress", "1", "--for", "367d"), ("retry",), ("retry", "1", "--all"),
    ("list", "--limit", "0"), ("test",), ("test", "--org", "a;b"), ("statistics", "--year", "99999")))
def test_wrong_arguments_are_refused_before_a_database_is_asked(arguments):
    done = run("darkscope", "alert", *arguments, "--database", "host=/nowhere")
    assert (done.returncode, done.stdout) == (USAGE, "") and "\x1b" not in done.stderr


def test_an_action_waits_for_the_collector_and_sees_what_it_did(operator, history):
    alert = alert_with(history, "ongoing")
    connection = psycopg2.connect(operator.database.conninfo)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE alert.alert SET state = 'closed', closed_at = now() WHERE id = %s", (alert.number,))
        done = []
        thread = threading.Thread(target=lambda: done.append(operator.run("alert", "ack", alert.number)))
        thread.start()
        until(lambda: operator.database.value(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"), 20, "a lock")
        connection.commit()
    thread.join()
    connection.close()
    assert done[0].returncode == FAILURE and "closed already" in done[0].stderr
    assert standing(operator.database, alert)[1] is False and events(operator.database, alert) == []


# Who may.

def test_owners_act_analysts_read_and_partners_see_nothing(operator, history):
    operator.check("role", "make")
    operator.check("role", "partner", "al-a")
    alert = alert_with(history, "ongoing")

    def as_role(role, *arguments):
        return run("darkscope", "alert", *arguments, "--database", f"{operator.database.conninfo} user={role}")

    assert as_role("analyst", "list").returncode == 0 and as_role("analyst", "show", alert.number).returncode == 0
    assert as_role("analyst", "statistics", "--year", "2026").returncode == 0
    assert as_role("analyst", "ack", alert.number).returncode != 0
    assert as_role("analyst", "test", "--org", "org-1").returncode != 0
    assert as_role("owner", "ack", alert.number).returncode == 0
    assert as_role("owner", "test", "--org", "org-1").returncode == 0
    assert as_role("partner_al_a", "list").returncode != 0
    connection = psycopg2.connect(f"{operator.database.conninfo} user=partner_al_a")
    connection.autocommit = True
    asked = [f"SELECT * FROM api.{view}" for view in VIEWS] + [
        "SELECT * FROM api.programme_year(2026)", "SELECT * FROM api.alert_statistics('2026-01-01', '2026-02-01')",
        "SELECT * FROM api.ask('SELECT target FROM message')", "SELECT * FROM meta.contact", "SELECT * FROM meta.audit"]
    with connection.cursor() as cursor:
        for sql in asked:
            with pytest.raises(psycopg2.Error) as error:
                cursor.execute(sql)
            assert error.value.pgcode == "42501", sql
    connection.close()


def test_an_unknown_zone_is_refused(settled):
    operator, _ = settled
    assert "no time zone Asia/Bangkk" in operator.refused(DATA, "alert", "statistics", "--zone", "Asia/Bangkk")


def test_times_are_rfc_3339(settled):
    operator, _ = settled
    for alert in operator.json("alert", "list", "--state", "all", "--limit", 1000)["alerts"]:
        for name in ("first_seen", "last_seen", "told_at", "closed_at"):
            assert alert[name] is None or re.fullmatch(TIME.replace("Z", r"(\.\d+)?Z"), alert[name]), alert[name]
