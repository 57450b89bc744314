"""`darkscope alert notices`, `outbox`, `retry` and `test`: what is on its way to organisations, against the tables."""
import collections
import json
import threading
import time

import psycopg2

from support.command_line import FAILURE
from test_alert_cli import ME, history, settled  # noqa: F401


def test_notices_and_messages_are_listed(settled):
    operator, history = settled
    answer = operator.json("alert", "notices", "--limit", 1000)["notices"]
    assert [(n["organisation"], n["reason"], n["messages"], n["dead"]) for n in reversed(answer)] == [
        (n.organisation.code, n.reason, len(n.states), n.states.count("dead")) for n in history.notices]
    assert {n["organisation"] for n in operator.json("alert", "notices", "--org", "org-1")["notices"]} == {"org-1"}
    states = collections.Counter(s for n in history.notices for s in n.states)
    found = operator.json("alert", "outbox", "--limit", 1000)["messages"]
    assert collections.Counter(m["state"] for m in found) == {"due": states["due"], "dead": states["dead"]}
    assert all(m["problem"] == "421 try later" and m["channel"] == "mail" for m in found)
    found = operator.json("alert", "outbox", "--state", "delivered", "--limit", 1000, "--org", "org-1")["messages"]
    assert len(found) == sum(n.states.count("delivered") for n in history.notices if n.organisation.code == "org-1")
    assert "421 try later" in operator.check("alert", "outbox")


def test_messages_that_were_given_up_are_due_again_unless_their_contact_ended(operator, history):
    database = operator.database
    dead = [number for number, in database.rows("SELECT id FROM alert.outbox WHERE state = 'dead' ORDER BY id")]
    assert len(dead) >= 3
    gone = dead[0]
    database.rows("UPDATE meta.contact SET ended_at = now() WHERE id = (SELECT contact FROM alert.outbox WHERE id = %s)", gone)
    left = {number for number, in database.rows("""
        SELECT b.id FROM alert.outbox b JOIN meta.contact c ON c.id = b.contact WHERE b.state = 'dead' AND ended_at IS NULL""")}
    first = min(left)
    assert operator.check("alert", "retry", first) == f"Message {first} is due again.\n"
    assert database.row("SELECT state, attempts, due_at <= clock_timestamp() FROM alert.outbox WHERE id = %s", first) == (
        "due", 0, True)
    assert database.row(
        "SELECT attempt, outcome, detail FROM alert.delivery WHERE outbox = %s ORDER BY id DESC LIMIT 1", first) == (
            0, "retry", f"made due again by {ME}")
    done = operator.run("alert", "retry", gone, 99999)
    assert done.returncode == FAILURE and done.stderr.count("not dead, or its contact ended") == 2
    assert {int(line.split()[1]) for line in operator.check("alert", "retry", "--all").splitlines()} == left - {first}
    assert database.value("SELECT count(*) FROM alert.outbox WHERE state = 'dead'") == len(dead) - len(left)


class Postman:
    """Delivers what is due as a collector's thread does; `outcome` says what becomes of each message."""

    def __init__(self, database, outcome):
        self.database, self.outcome, self.ended = database, outcome, threading.Event()
        self.thread = threading.Thread(target=self._deliver)
        self.thread.start()

    def _deliver(self):
        connection = psycopg2.connect(self.database.conninfo)
        connection.autocommit = True
        with connection.cursor() as cursor:
            while not self.ended.is_set():
                cursor.execute("SELECT id, contact FROM alert.outbox WHERE state = 'due' AND notice = (SELECT max(id) FROM alert.notice)")
                for message, contact in cursor.fetchall():
                    state, problem = self.outcome(contact)
                    cursor.execute("""
                        UPDATE alert.outbox SET state = %s, attempts = attempts + 1, problem = %s,
                            delivered_at = CASE %s WHEN 'delivered' THEN now() END WHERE id = %s""",
                        (state, problem, state, message))
                time.sleep(0.02)
        connection.close()

    def stop(self):
        self.ended.set()
        self.thread.join()


def test_a_test_goes_through_every_living_channel(operator, history):
    database = operator.database
    organisation = next(o for o in history.organisations if o.ended_at is None)
    database.rows("DELETE FROM alert.notice; DELETE FROM meta.contact")
    assert "no contact" in operator.refused(FAILURE, "alert", "test", "--org", organisation.code)
    assert database.value("SELECT count(*) FROM alert.notice") == 0
    targets = [("mail", "soc@example.org", "shadowserver"), ("webhook", "https://example.org/hook", "json"),
               ("syslog", "udp://192.0.2.9:514", "cef"), ("file", "pickup", "stix")]
    for channel, target, form in targets:
        database.rows("INSERT INTO meta.contact (organisation, channel, target, format) VALUES (%s, %s, %s, %s)",
                      organisation.number, channel, target, form)
    database.rows("""INSERT INTO meta.contact (organisation, channel, target, format, ended_at)
        VALUES (%s, 'mail', 'gone@example.org', 'text', now())""", organisation.number)
    answer = operator.json("alert", "test", "--org", organisation.code)
    assert [(m["channel"], m["target"], m["format"], m["state"]) for m in answer["messages"]] == [
        (*target, "due") for target in targets]
    assert database.row("SELECT organisation, reason, items FROM alert.notice WHERE id = %s", answer["notice"]) == (
        organisation.number, "test", 1)
    assert database.rows("""
        SELECT i.alert, i.address <<= '192.0.2.0/24', i.finding, e.class, e.service_port, i.packets = e.packets
        FROM alert.notice_item i JOIN alert.notice_evidence e USING (notice, number)""") == [(0, True, "infection", 1, 23, True)]
    assert len({key for key, in database.rows("SELECT key FROM alert.outbox")}) == len(targets)
    # Nobody delivers.
    done = operator.run("alert", "test", "--org", organisation.code, "--wait", "1")
    assert done.returncode == FAILURE and "nothing was tried" in done.stderr and done.stdout.count(" due ") == len(targets)
    postman = Postman(database, lambda contact: ("delivered", None))
    try:
        done = operator.run("alert", "test", "--org", organisation.code, "--wait", "30")
        assert done.returncode == 0 and done.stdout.splitlines()[-1] == "All of it was delivered."
    finally:
        postman.stop()
    hook = database.value("SELECT id FROM meta.contact WHERE channel = 'webhook'")
    postman = Postman(database, lambda contact: ("dead", "500 no") if contact == hook else ("delivered", None))
    try:
        done = operator.run("alert", "test", "--org", organisation.code, "--wait", "30", "--json")
        assert done.returncode == FAILURE
        assert [(m["state"], m["problem"]) for m in json.loads(done.stdout)["messages"]] == [
            ("dead", "500 no") if channel == "webhook" else ("delivered", None) for channel, _, _ in targets]
    finally:
        postman.stop()
    assert "There are: org-1, " in operator.refused(FAILURE, "alert", "test", "--org", "nobody")
    database.rows("UPDATE meta.organisation SET ended_at = now()")
    assert "served no more" in operator.refused(FAILURE, "alert", "test", "--org", organisation.code)
