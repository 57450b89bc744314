"""A console as its clients meet it: HTTP on loopback."""
import contextlib
import gzip
import http.client
import json
import socket
import urllib.parse

from .ports import free_port
from .programs import Process
from .telescope import toml
from .waiting import until


class Reply:
    """An answer: status, fields, and the content as it was before it was compressed."""

    def __init__(self, response):
        self.status = response.status
        self.fields = {name.lower(): value for name, value in response.getheaders()}
        self.raw = response.read()
        self.content = gzip.decompress(self.raw) if self.fields.get("content-encoding") == "gzip" else self.raw

    @property
    def json(self):
        return json.loads(self.content)


class Console:
    def __init__(self, port):
        self.port = port

    def connect(self, seconds=30):
        """A socket of its own."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=seconds)

    def ask(self, target, method="GET", seconds=30, **fields):
        """Asks for a target as it is written; names of fields with _ for -."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.request(method, target, headers={k.replace("_", "-"): v for k, v in fields.items()})
            return Reply(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **parameters):
        """What the API answers, which it must."""
        query = urllib.parse.urlencode(parameters)
        reply = self.ask(f"/api/v1/{path}{'?' if query else ''}{query}")
        assert reply.status == 200, f"{path}?{query}: {reply.status} {reply.content[:500]}"
        assert reply.fields["content-type"] == "application/json"
        return reply.json

    def problem(self, path, status=400, **parameters):
        """Why the API does not answer."""
        query = urllib.parse.urlencode(parameters)
        reply = self.ask(f"/api/v1/{path}{'?' if query else ''}{query}")
        assert reply.status == status, f"{path}?{query}: {reply.status} {reply.content[:500]}"
        assert reply.fields["content-type"] == "application/problem+json"
        assert reply.json["status"] == status and reply.json["title"] and reply.json["detail"]
        return reply.json

    def exchange(self, data, seconds=30):
        """Sends bytes as they are; all that comes until the other side closes."""
        with self.connect(seconds) as wire:
            wire.sendall(data)
            return receive_all(wire)


@contextlib.contextmanager
def console_alone(folder, conninfo, **settings):
    """A console that only reads, without an ingest."""
    port = free_port()
    (folder / "collector.toml").write_text(toml({
        "database": {"connection": conninfo}, "console": {"listen": f"127.0.0.1:{port}", **settings}}))
    process = Process(
        "darkscope-collector", "console", "--config", folder / "collector.toml", "--ready-file", folder / "ready",
        log=folder / "log")

    def is_ready():
        assert process.is_alive(), process.log()
        return (folder / "ready").exists()
    until(is_ready, 30, lambda: f"a console\n{process.log()}")
    yield Console(port)
    assert process.stop() == 0, process.log()


def receive_all(wire):
    found = b""
    try:
        while data := wire.recv(65_536):
            found += data
    except ConnectionResetError:
        pass
    return found


class Events:
    """A client that follows the events."""

    def __init__(self, console, last=None, seconds=30):
        self.wire = console.connect(seconds)
        field = f"Last-Event-ID: {last}\r\n" if last else ""
        for name, value in getattr(console, "fields", {"Host": "localhost"}).items():
            field += f"{name}: {value}\r\n"
        self.wire.sendall(f"GET /api/v1/events HTTP/1.1\r\n{field}\r\n".encode())
        self._lines = self.wire.makefile("rb")
        self.head = b"".join(iter(self._lines.readline, b"\r\n")).decode()

    def next(self):
        """The next event as (id, name, data)."""
        found = {}
        while line := self._lines.readline().decode().strip("\r\n"):
            if ": " in line and not line.startswith("retry"):
                name, _, value = line.partition(": ")
                found[name] = value
            # The end of an event is an empty line in a chunk that ends with it.
            if {"id", "event", "data"} <= set(found):
                return found["id"], found["event"], json.loads(found["data"])
        return self.next()

    def rest(self):
        """Names of the events until the stream ends."""
        # A chunk of no bytes is the last (RFC 9112 §7.1).
        lines = iter(self._lines.readline, b"0\r\n")
        return [line.decode().strip() for line in lines if line.startswith(b"event: ")]

    def close(self):
        self._lines.close()
        self.wire.close()
