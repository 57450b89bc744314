"""Signing in to the console: sessions, who is refused what, and what people change."""
import concurrent.futures
import json
import re
import time

import pytest

from support.people import (  # noqa: F401
    PASSWORD, SITES, Browser, add_account, audit, database, port, signed_in, telescope_with_accounts)
from support.programs import check

ANOTHER = "seven hills under snow"


# Sessions.

def test_nothing_but_the_shell_is_told_without_a_session(port):
    browser = Browser(port)
    assert browser.get("session") == {
        "access": "accounts", "login": None, "name": None, "role": None, "site": None, "must_change": False,
        "form_token": None, "may": {"read": False, "alerts": False, "handle_alerts": False, "reveal": False}}
    for target in ("/api/v1/overview", "/api/v1/events", "/api/v1/openapi.json", "/api/v1/alerts", "/api/v1/sessions",
                   "/api/v1/series?from=nonsense"):
        refused = browser.ask(target)
        assert refused.status == 401 and refused.fields["www-authenticate"], target
        assert refused.fields["cache-control"] == "no-store"
    for target in ("/healthz", "/readyz", "/version", "/metrics", "/", "/sign-in", "/alerts"):
        assert browser.ask(target).status == 200, target


def test_a_session_is_a_cookie_that_no_script_and_no_other_site_has(port, database):
    browser = Browser(port)
    reply = browser.ask("/api/v1/session", "POST", {"login": "LYN", "password": PASSWORD}, User_Agent="Firefox\x85 1")
    assert reply.status == 200 and reply.fields["cache-control"] == "no-store"
    name, value = re.fullmatch(
        r"(darkscope)=([A-Za-z0-9_-]{43}); Path=/; HttpOnly; SameSite=Strict", reply.fields["set-cookie"]).groups()
    told = reply.json
    assert (told["login"], told["role"], told["site"]) == ("lyn", "analyst", None)
    assert told["may"] == {"read": True, "alerts": True, "handle_alerts": False, "reveal": True}
    # What is stored is neither the token nor the form token, and one does not tell the other.
    kept = str(database.rows("SELECT * FROM console.session")) + str(database.rows("SELECT * FROM console.audit"))
    assert value not in kept and told["form_token"] not in kept and value != told["form_token"]
    assert browser.get("session") == told
    answer = browser.ask("/api/v1/overview")
    assert answer.status == 200 and answer.fields["cache-control"] == "private, no-cache"
    assert Browser(port).ask("/api/v1/overview", Cookie=f"x=1; {name}={value}").status == 200
    for cookie in (f"{name}={value[:-1]}", f"{name}={value}x", f"__Host-{name}={value}", f"{name}={value}; {name}={value}",
                   f"{name}={'A' * 43}", f"{name}='; DROP TABLE console.session; --", f"{name}="):
        assert Browser(port).ask("/api/v1/overview", Cookie=cookie).status == 401, cookie
    browser.form = told["form_token"]
    gone = browser.ask("/api/v1/session", "DELETE")
    assert gone.status == 200 and gone.json["login"] is None
    assert gone.fields["set-cookie"] == "darkscope=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"
    assert Browser(port).ask("/api/v1/overview", Cookie=f"{name}={value}").status == 401
    assert ("lyn", "lyn", "console", "127.0.0.1", "") in audit(database, "sign-out")


@pytest.mark.parametrize("login, password", [
    ("lyn", "rain over six hills"), ("nobody", PASSWORD), ("'; --", PASSWORD), ("lyn\0", PASSWORD), ("lyn", PASSWORD + " ")])
def test_whoever_is_refused_learns_not_why(port, database, login, password):
    database.rows("DELETE FROM console.attempt")
    if "\0" in login:
        assert Browser(port).send("session", {"login": login, "password": password}, 400)["title"] == "The body cannot be read"
        return
    refused = Browser(port).ask("/api/v1/session", "POST", {"login": login, "password": password})
    assert refused.status == 401 and refused.json["title"] == "Login or password is wrong"
    assert refused.json["detail"] == "type both again" and "set-cookie" not in refused.fields


def test_tries_are_held_back_and_told_for_how_long(port, database):
    database.rows("DELETE FROM console.attempt")
    # Not from where the owner signs in: that has a count of its own.
    database.rows("DELETE FROM console.audit WHERE event = 'sign-in'")
    browser = Browser(port)
    for _ in range(5):
        browser.send("session", {"login": "paul", "password": "wrong password"}, 401)
    # A wrong password more would be held back for a second, which looking at it takes too.
    database.rows("UPDATE console.attempt SET failures = 12, failed_at = now()")
    held = browser.ask("/api/v1/session", "POST", {"login": "paul", "password": PASSWORD})
    assert held.status == 429 and 1 <= int(held.fields["retry-after"]) <= 128 and held.json["title"] == "Too many tries"
    database.rows("UPDATE console.attempt SET failed_at = failed_at - interval '1 hour'")
    assert browser.sign_in("paul")["role"] == "public"
    database.rows("DELETE FROM console.attempt")


def test_many_tries_at_once_take_little_and_leave_the_console_alone(port, database, telescope_with_accounts):
    database.rows("DELETE FROM console.attempt")
    browser = signed_in(port, "lyn")
    before = telescope_with_accounts.collector.memory()
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        tries = [pool.submit(Browser(port).ask, "/api/v1/session", "POST", {"login": f"x{n}", "password": PASSWORD},
                             seconds=240) for n in range(40)]
        assert browser.ask("/healthz").status == 200 and browser.get("overview")
        most = telescope_with_accounts.collector.memory()
        statuses = [done.result().status for done in tries]
    assert set(statuses) <= {401, 429, 503} and 503 in statuses and 401 in statuses, "few wait, the others are told to come again"
    assert most - before < 400 << 20, "two hashes at a time"
    database.rows("DELETE FROM console.attempt")


def test_another_page_can_change_nothing(port, database):
    browser = signed_in(port, "otto")
    number = database.value("SELECT max(id) FROM api.alert")
    act = f"/api/v1/alert/{number}/acknowledge"
    for fields in ({"origin": False}, {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": f"https://127.0.0.1:{port}"},
                   {"Origin": f"http://127.0.0.1:{port + 1}"}, {"Origin": f"http://localhost:{port}"},
                   {"Origin": f"http://127.0.0.1:{port}.evil.example"}):
        assert browser.ask(act, "POST", {}, **fields).json["title"] == "Another page asks", fields
        assert browser.ask("/api/v1/session", "DELETE", **fields).status == 403
        assert Browser(port).ask("/api/v1/session", "POST", {"login": "lyn", "password": PASSWORD}, **fields).status == 403
    other = signed_in(port, "otto")
    for form in ("", "x", other.form, browser.form[:-1], browser.form + "x", browser.cookies["darkscope"]):
        refused = browser.ask(act, "POST", {}, X_Form_Token=form)
        assert refused.status == 403 and "form" in refused.json["title"], form
        assert browser.ask("/api/v1/session", "DELETE", X_Form_Token=form).status == 403
    assert browser.ask(act, "POST", {}, form=False).status == 403
    # A form of HTML has none of these kinds but the first three.
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp"):
        assert browser.ask(act, "POST", {}, Content_Type=kind).status == 415, kind
    assert database.value("SELECT count(*) FROM alert.history WHERE event = 'acknowledged'") == 0
    assert browser.get("session")["login"] == "otto"


def test_a_body_is_small_and_what_was_asked_for(port):
    browser = signed_in(port, "otto")
    for body, status in ((b"", 400), (b"{", 400), (b"[]", 400), (b'{"login":"a"}', 400), (b'{"login":1,"password":"x"}', 400),
                         (b'{"login":"a","password":"b","x":1}', 400), (b"{" + b" " * 40_000 + b"}", 413),
                         (b'{"login":"a","login":"a","password":"b"}', 400), (b'{"a":' * 9_000, 413), (b"\xff", 400)):
        refused = browser.ask("/api/v1/session", "POST", body)
        assert refused.status == status and refused.json["detail"], body[:40]
    assert browser.ask("/api/v1/session", "PUT", b"{}").fields["allow"] == "GET, HEAD, POST, DELETE"
    assert browser.ask("/api/v1/overview", "POST", b"{}").fields["allow"] == "GET, HEAD"
    assert browser.ask("/api/v1/reveal").fields["allow"] == "POST"
    assert browser.ask("/api/v1/session", "DELETE", b"{}").status == 413
    # Whoever sends a body slowly does not keep a place for ever.
    wire = browser.connect(60)
    wire.sendall(f"POST /api/v1/session HTTP/1.1\r\nHost: {browser.host}\r\nOrigin: {browser.origin}\r\n"
                 f"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{".encode())
    begin = time.monotonic()
    wire.recv(65_536)
    assert time.monotonic() - begin < 40
    wire.close()


def test_a_password_that_somebody_else_set_is_changed_first(port, database):
    add_account(database.conninfo, "nora", "analyst", keep=False)
    browser = Browser(port)
    told = browser.sign_in("nora")
    assert told["must_change"] is True and told["may"]["read"] is False
    for path in ("overview", "events", "sessions"):
        assert browser.ask(f"/api/v1/{path}").json["title"] == "The password must be changed"
    elsewhere = signed_in(port, "nora")
    for present, new, parameter in ((ANOTHER, ANOTHER + "!", "present"), (PASSWORD, "short", "new"), (PASSWORD, PASSWORD, "new"),
                                    (PASSWORD, "noranoranora", "new")):
        assert browser.send("session/password", {"present": present, "new": new}, 400)["parameter"] == parameter
    changed = browser.send("session/password", {"present": PASSWORD, "new": ANOTHER})
    assert changed["must_change"] is False and changed["may"]["read"] is True
    assert browser.get("overview") and elsewhere.ask("/api/v1/session").json["login"] is None
    database.rows("DELETE FROM console.attempt")
    Browser(port).sign_in("nora", PASSWORD, 401)
    assert Browser(port).sign_in("nora", ANOTHER)["login"] == "nora"


def test_sessions_are_shown_to_their_owner_and_ended(port, database):
    database.rows("DELETE FROM console.session")
    one, two = signed_in(port, "ben"), signed_in(port, "ben")
    signed_in(port, "lyn")
    shown = one.get("sessions")["sessions"]
    assert len(shown) == 2 and {s["client"] for s in shown} == {"127.0.0.1"}
    assert one.send("sessions", method="DELETE") == {"ended": 1}
    assert two.ask("/api/v1/overview").status == 401
    left, = one.get("sessions")["sessions"]
    assert left in shown
    assert ("ben", "ben", "console", "127.0.0.1", "1 sessions") in audit(database, "ended")
    # Time ends them too, and whoever runs the host.
    database.rows("UPDATE console.session SET expires_at = now() WHERE account = (SELECT id FROM console.account WHERE login = 'ben')")
    assert one.ask("/api/v1/overview").status == 401
    three = signed_in(port, "ben")
    check("darkscope", "user", "disable", "ben", "--database", database.conninfo)
    assert three.ask("/api/v1/overview").status == 401
    database.rows("DELETE FROM console.attempt")
    Browser(port).sign_in("ben", status=401)
    check("darkscope", "user", "enable", "ben", "--database", database.conninfo)
    database.rows("DELETE FROM console.attempt")


# What people change.

def test_operators_handle_alerts_and_others_do_not(port, database):
    number = database.value("SELECT max(id) FROM api.alert")
    before = database.rows("SELECT * FROM alert.alert")
    for login in ("anna", "paul", "lyn"):
        browser = signed_in(port, login)
        for act in ("acknowledge", "suppress", "false-positive", "release", "close"):
            assert browser.send(f"alert/{number}/{act}", {}, 403)["title"] == "This is not for your role"
    assert database.rows("SELECT * FROM alert.alert") == before
    otto = signed_in(port, "otto")
    assert otto.send(f"alert/{number}/acknowledge", {"note": "called them"}) == {"alert": number, "event": "acknowledged"}
    assert "stands so" in otto.send(f"alert/{number}/acknowledge", {}, 409)["detail"]
    assert otto.send("alert/999999/acknowledge", {}, 404)["detail"] == "there is no alert 999999"
    assert otto.send(f"alert/{number}/suppress", {"hours": 0}, 400)["parameter"] == "hours"
    assert otto.send(f"alert/{number}/suppress", {"hours": 12, "note": "a'; --"})
    assert otto.send(f"alert/{number}/false-positive", {}, 400)["parameter"] == "note"
    assert otto.send(f"alert/{number}/release", {})["event"] == "released"
    assert signed_in(port, "ada").send(f"alert/{number}/close", {})["event"] == "closed"
    history = database.rows("SELECT event, person, note FROM alert.history WHERE person IN ('otto', 'ada') ORDER BY id")
    assert [(event, person) for event, person, _ in history] == [
        ("acknowledged", "otto"), ("suppressed", "otto"), ("released", "otto"), ("closed", "ada")]
    assert history[0][2] == "called them" and history[1][2].endswith(": a'; --")
    told = otto.get(f"alert/{number}")
    assert told["history"][-1]["person"] == "ada" and told["evidence"]
    # Which dark addresses were hit is in the evidence of no page; how many were is.
    assert "198.18." not in json.dumps([told, otto.get("alerts")])


def test_dark_blocks_are_shown_to_who_may_after_it_is_written_down(port, database):
    for login, site, status in (("paul", "ca-a", 403), ("anna", "ca-b", 404), ("anna", "ca-a", 200), ("lyn", "ca-b", 200),
                                ("lyn", "x'--", 404)):
        answer = signed_in(port, login).send("reveal", {"site": site}, status)
        if status == 200:
            assert [b["block"] for b in answer["blocks"]] == [SITES[site]] and answer["mask"] == f"dark:{site}/…"
    assert audit(database, "reveal") == [
        (login, login, "console", "127.0.0.1", f"dark:{site}/…") for login, site in (("anna", "ca-a"), ("lyn", "ca-b"))]
