"""People at a console: accounts that are made, and browsers that are signed in."""
import concurrent.futures
import http.client
import json
import socket
import subprocess
import urllib.parse

import pytest

from .console import Events, Reply
from .ports import free_port
from .programs import environment, path
from .telescope import shared_telescope
from .waiting import until

PASSWORD = "rain over seven hills"
SITES = {"ca-a": "198.18.0.0/24", "ca-b": "198.18.1.0/24", "ca-c": "198.18.2.0/24"}
PEOPLE = {"anna": ("partner", "--site", "ca-a"), "ben": ("partner", "--site", "ca-b"), "paul": ("public",),
          "lyn": ("analyst",), "otto": ("operator",), "ada": ("admin",)}


def add_account(conninfo, login, role, *more, password=PASSWORD, keep=True):
    done = subprocess.run(
        [path("darkscope"), "user", "add", login, "--role", role, "--password-stdin", *(["--keep"] if keep else []), *more,
         "--database", conninfo], input=password.encode() + b"\n", capture_output=True, timeout=60, env=environment())
    assert done.returncode == 0, done


class Browser:
    """Asks as a browser does: with its cookies, its Origin, and the form token that pages send."""

    def __init__(self, port, host=None, tls=None):
        self.port, self.tls = port, tls
        self.host = host or f"127.0.0.1:{port}"
        self.cookies, self.form = {}, None
        # Address that it comes from.
        self.source = "127.0.0.1"

    @property
    def origin(self):
        return f"{'https' if self.tls else 'http'}://{self.host}"

    @property
    def fields(self):
        """What every request has."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Host": self.host, **({"Cookie": cookies} if cookies else {})}

    def ask(self, target, method="GET", body=None, origin=True, form=True, seconds=60, **fields):
        headers = {**self.fields, **{name.replace("_", "-"): value for name, value in fields.items()}}
        if method not in ("GET", "HEAD"):
            if origin:
                headers.setdefault("Origin", self.origin)
            if form and self.form:
                headers.setdefault("X-Form-Token", self.form)
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        make = http.client.HTTPSConnection if self.tls else http.client.HTTPConnection
        more = {"context": self.tls} if self.tls else {}
        connection = make("127.0.0.1", self.port, timeout=seconds, source_address=(self.source, 0), **more)
        try:
            connection.request(method, target, body=body, headers=headers)
            reply = Reply(connection.getresponse())
        finally:
            connection.close()
        self.keep(reply.fields.get("set-cookie"))
        return reply

    def keep(self, cookie):
        """What Set-Cookie says; a cookie without a value is forgotten."""
        if cookie:
            name, _, value = cookie.split(";")[0].partition("=")
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)

    def get(self, path, status=200, **parameters):
        reply = self.ask(f"/api/v1/{path}{'?' if parameters else ''}{urllib.parse.urlencode(parameters)}")
        assert reply.status == status, f"{path} {parameters}: {reply.status} {reply.content[:500]}"
        return reply.json

    def send(self, path, body=None, status=200, method="POST", **more):
        reply = self.ask(f"/api/v1/{path}", method, body=body, **more)
        assert reply.status == status, f"{path} {body}: {reply.status} {reply.content[:500]}"
        return reply.json

    def sign_in(self, login, password=PASSWORD, status=200):
        answer = self.send("session", {"login": login, "password": password}, status=status)
        self.form = answer.get("form_token")
        return answer

    def follow(self, last=None):
        """The events, as whoever is signed in is told of them."""
        return Events(self, last)

    def connect(self, seconds=30):
        wire = socket.create_connection(("127.0.0.1", self.port), timeout=seconds)
        return self.tls.wrap_socket(wire, server_hostname=self.host.split(":")[0]) if self.tls else wire


@pytest.fixture(scope="module")
def telescope_with_accounts():
    """A collector whose console wants a session; three sites, one account of each role, and an alert."""
    with shared_telescope() as made:
        database = made.database
        made.darkscope("role", "make")
        made.console_port = free_port()
        made.configure({"console": {
            "listen": f"127.0.0.1:{made.console_port}", "connections": 2, "hosts": ["console.example"],
            "trusted_proxies": ["127.0.0.2"], "connection": f"{database.conninfo} user=console"}})
        made.start_collector()
        for code, prefix in SITES.items():
            made.add_site(code, prefix)
            made.darkscope("role", "partner", code)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda who: add_account(database.conninfo, who[0], *who[1]), PEOPLE.items()))
        database.rows("INSERT INTO meta.organisation (code, name) VALUES ('city', 'Example City')")
        database.rows("INSERT INTO meta.organisation_prefix (organisation, prefix, proof) VALUES (1, '10.1.0.0/16', 'vouched')")
        database.rows("INSERT INTO meta.sensor (site, name) SELECT id, 'alarm' FROM meta.site WHERE code = 'ca-a'")
        database.rows("""
            INSERT INTO alert.arrival SELECT 1, 1, '10.1.0.1', 'external', s.id, date_trunc('minute', now()), 60, now(), 1, 6, 23,
                40, 30, now(), now(), 40000, '198.18.0.9', 50, 40, 2, 0, 0, 0, NULL, NULL FROM meta.sensor s""")
        until(lambda: database.rows("SELECT state FROM api.alert") not in ([], [("watching",)]), 30, "an alert")
        yield made


@pytest.fixture
def port(telescope_with_accounts):
    return telescope_with_accounts.console_port


@pytest.fixture
def database(telescope_with_accounts):
    return telescope_with_accounts.database


def signed_in(port, login):
    browser = Browser(port)
    browser.sign_in(login)
    return browser


def audit(database, event):
    return database.rows("""
        SELECT a.login, e.person, e.place, host(e.client), e.detail FROM console.audit e
        LEFT JOIN console.account a ON a.id = e.account WHERE e.event = %s ORDER BY e.id""", event)
