"""How people come to a console, by proxies or none, with accounts or without, and whose events they are told."""
import re
import time

from support.console import Console
from support.people import (  # noqa: F401
    PASSWORD, SITES, Browser, audit, database, port, signed_in, telescope_with_accounts)
from support.programs import run
from support.telescope import free_port, generate, toml
from support.waiting import until
from test_console_server import start


def test_a_proxy_is_believed_when_it_is_named(port, database):
    forwarded = {"X_Forwarded_For": "203.0.113.5, 198.51.100.9", "X_Forwarded_Proto": "https", "Host": "console.example",
                 "Origin": "https://console.example"}
    # This one is not: passwords do not come in clear, and what it says of the client is not believed.
    refused = Browser(port).ask("/api/v1/session", "POST", {"login": "lyn", "password": PASSWORD}, **forwarded)
    assert refused.status == 403 and "trusted_proxies" in refused.json["detail"]
    refused = Browser(port).ask("/api/v1/session", "POST", {"login": "lyn", "password": PASSWORD},
                                **{**forwarded, "Origin": "http://console.example"})
    assert refused.status == 403 and refused.json["title"] == "Signing in needs TLS"
    browser = Browser(port)
    browser.source = "127.0.0.2"
    reply = browser.ask("/api/v1/session", "POST", {"login": "lyn", "password": PASSWORD}, **forwarded)
    assert reply.status == 200, reply.content
    cookie = reply.fields["set-cookie"]
    assert re.fullmatch(r"__Host-darkscope=\S{43}; Path=/; HttpOnly; SameSite=Strict; Secure", cookie)
    assert audit(database, "sign-in")[-1][3] == "198.51.100.9"
    # What tells of sites is not for those who come from elsewhere, unless they are analysts.
    assert browser.ask("/metrics", **forwarded).status == 200
    assert browser.ask("/readyz", **forwarded).json == {"status": "ready", "reasons": []}
    browser.cookies = {}
    assert browser.ask("/metrics", **forwarded).status == 403
    assert Browser(port).ask("/metrics", **forwarded).status == 403
    # A session of TLS is none without it.
    browser.cookies = {"darkscope": cookie.split("=")[1].split(";")[0]}
    assert browser.ask("/api/v1/overview", **forwarded).status == 401


def test_the_public_may_look_where_it_is_let(telescope_with_accounts):
    port = free_port()
    console(telescope_with_accounts, "public", {"access": "public", "listen": f"127.0.0.1:{port}"})
    browser = Browser(port)
    assert browser.get("session")["role"] == "public" and browser.get("session")["may"]["read"] is True
    assert browser.get("overview")["sensors"] == []
    for path in ("alerts", "alert/1"):
        browser.get(path, 403)
    browser.get("sessions", 401)
    assert browser.send("reveal", {"site": "ca-a"}, 401)
    assert browser.sign_in("anna")["site"] == "ca-a" and browser.get("overview")["sensors"] != []
    browser.send("session", method="DELETE")
    assert browser.get("session")["role"] == "public"


def test_an_open_console_has_no_accounts(telescope_with_accounts, database):
    port = free_port()
    console(telescope_with_accounts, "open", {"access": "open", "listen": f"127.0.0.1:{port}"})
    browser = Browser(port)
    told = browser.get("session")
    assert (told["access"], told["role"], told["login"], told["form_token"]) == ("open", "analyst", None, None)
    assert told["may"] == {"read": True, "alerts": True, "handle_alerts": False, "reveal": False}
    number = database.value("SELECT max(id) FROM api.alert")
    for path, body in ((f"alert/{number}/close", {}), ("reveal", {"site": "ca-a"}),
                       ("session", {"login": "lyn", "password": PASSWORD})):
        assert browser.send(path, body, 403)["title"] == "There are no accounts here"
    assert browser.get("overview") and browser.get(f"alert/{number}")


def console(telescope, name, section, **more):
    """A console alone, as the role console."""
    config = telescope.folder / f"{name}.toml"
    config.write_text(toml({
        "database": {"connection": f"{telescope.database.conninfo} user=console"}, "console": section, **more}))
    return start(telescope, name, config)


def test_what_is_missing_for_accounts_is_told(telescope_with_accounts, database):
    """A role that may not become those of accounts asks nothing, and readiness says what to do."""
    port = free_port()
    config = telescope_with_accounts.folder / "wrong.toml"
    config.write_text(toml({"database": {"connection": f"{database.conninfo} user=analyst"},
                            "console": {"listen": f"127.0.0.1:{port}"}}))
    start(telescope_with_accounts, "wrong", config)
    ready = Browser(port).ask("/readyz")
    assert ready.status == 503 and "darkscope role make; and connect with user=console" in ready.json["reasons"][0]
    assert Browser(port).send("session", {"login": "lyn", "password": PASSWORD}, 503)
    config.write_text(toml({"console": {"trusted_proxies": ["proxy"]}}))
    done = run("darkscope-collector", "run", "--config", config, "--check-config")
    assert done.returncode == 78 and "console.trusted_proxies" in done.stderr and "proxy is no address" in done.stderr


# Events. The last: it makes what is stored look live.

def test_each_is_told_of_the_windows_that_it_may_see(port, database, telescope_with_accounts, folder):
    telescope = telescope_with_accounts
    people = {login: signed_in(port, login) for login in ("anna", "ben", "paul", "lyn")}
    streams = {login: browser.follow() for login, browser in people.items()}
    assert all("200 OK" in stream.head for stream in streams.values())
    start = int(time.time()) // 60 * 60 - 480
    for code, (file, _) in generate(folder, 3_000, SITES, start=start, span=180).items():
        sensor = telescope.add_sensor(code, "edge")
        sensor.read(file)
    assert database.value("SELECT count(*) FROM raw.batch WHERE capture <> 1") > 0
    # As if it had been captured just now, all at once.
    database.rows("UPDATE raw.batch SET capture = 1")

    def truth(site):
        return {start: int(packets) for start, packets in database.rows(f"""
            SELECT to_char(window_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), sum(aggregated)
            FROM api.account WHERE {"true" if site is None else f"site = '{site}'"} GROUP BY 1""")}

    for login, site in (("anna", "ca-a"), ("ben", "ca-b"), ("lyn", None), ("paul", None)):
        found = {}
        while found != truth(site):
            _, name, data = streams[login].next()
            assert name == "window" and data["sites"] == (1 if site else 3), (login, data)
            found[data["start"]] = data["packets"]
    # A session's end ends its stream: at once when it signs out here, soon when it is ended elsewhere.
    begin = time.monotonic()
    people["anna"].send("session", method="DELETE")
    assert streams["anna"].rest() == [] and time.monotonic() - begin < 3
    database.rows("UPDATE console.account SET state = 'disabled' WHERE login = 'ben'")
    assert streams["ben"].rest() == [] and time.monotonic() - begin < 20
    database.rows("DELETE FROM console.session WHERE account = (SELECT id FROM console.account WHERE login = 'paul')")
    assert streams["paul"].rest() == [] and time.monotonic() - begin < 30
    assert people["lyn"].get("session")["login"] == "lyn"
    for stream in streams.values():
        stream.close()
    until(lambda: b"darkscope_console_followers 0\n" in Console(port).ask("/metrics").content, 20, "nobody who follows")
