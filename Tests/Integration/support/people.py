"""People at a console: accounts that are made, and browsers that are signed in."""
import http.client
import json
import socket
import subprocess
import urllib.parse

from .console import Events, Reply
from .programs import check, environment, path

PASSWORD = "rain over seven hills"


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

    def ask(self, target, method="GET", body=None, origin=True, form=True, **fields):
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
        connection = make("127.0.0.1", self.port, timeout=60, source_address=(self.source, 0), **more)
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
