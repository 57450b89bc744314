"""`darkscope watch` on a terminal of 80 by 24: what it shows, its keys, and that the terminal is as before, however it ends."""
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import time

import pytest

from support.database import Database
from support.programs import check, environment, path, run
from support.telescope import Telescope, generate
from support.waiting import until

SITES = {"wa-a": "198.18.0.0/22", "wa-b": "198.18.4.0/24"}
USAGE = 64
FAREWELL = b"\x1b[0m\x1b[?25h\x1b[?1049l"


class Screen:
    """A program on a terminal of its own."""

    def __init__(self, *arguments, columns=80, rows=24, **more):
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        self.bytes = b""
        self.process = subprocess.Popen(
            [path("darkscope"), "watch", "--interval", "1", *map(str, arguments)], stdin=self.slave, stdout=self.slave,
            stderr=subprocess.PIPE, start_new_session=True, env=environment(**{"TERM": "xterm", "LANG": "C.UTF-8", **more}))

    def read(self, seconds=0.1):
        end = time.monotonic() + seconds
        while select.select([self.master], [], [], max(end - time.monotonic(), 0))[0]:
            self.bytes += os.read(self.master, 65_536)

    def frame(self):
        """The lines of the last frame that is whole."""
        self.read()
        frames = self.bytes.decode(errors="replace").split("\x1b[H")
        whole = frames[-1] if self.bytes.endswith(b"\x1b[K") and len(frames) > 1 else frames[-2] if len(frames) > 2 else ""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", whole).split("\n")

    def shows(self, text, seconds=20):
        """Waits for a frame with the text; that frame."""
        found = []

        def is_there():
            assert self.process.poll() is None, self.process.stderr.read()
            found[:] = self.frame()
            return any(text in line for line in found)

        until(is_there, seconds, lambda: f"{text} on the screen:\n" + "\n".join(found))
        return found

    def press(self, keys):
        os.write(self.master, keys)

    def end(self):
        """Waits for the end; the exit status."""
        until(lambda: self.read() or self.process.poll() is not None, 10, "the end of watch")
        self.read()
        return self.process.returncode

    def is_as_before(self):
        return self.bytes.endswith(FAREWELL) and termios.tcgetattr(self.slave) == self.before

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for descriptor in (self.master, self.slave):
            try:
                os.close(descriptor)
            except OSError:
                pass


@pytest.fixture(scope="module")
def database():
    """An hour of traffic at two sites that ends now, and a third site that never sent anything."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="darkscope-it-", dir="/tmp"))
    made = Database()
    telescope = Telescope(folder, made)
    try:
        truth = generate(folder, 6_000, SITES, span=3_300)
        telescope.configure({"rollups": {"quiet": "1s", "refresh": "1s"}})
        telescope.start_collector()
        for site, prefix in SITES.items():
            telescope.add_site(site, prefix)
            telescope.add_sensor(site, "edge").read(truth[site][0])
        telescope.add_site("wa-c", "198.18.5.0/24")
        telescope.add_sensor("wa-c", "edge")
        until(lambda: made.value("SELECT sum(packets) FROM api.world_traffic WHERE level = 'hour'") == telescope.packets()
              and made.value("SELECT count(*) FROM rollup.dirty WHERE span = 3600") == 0, 60, "rollups")
        made.rows("CREATE EXTENSION hll")
        telescope.darkscope("role", "make")
        telescope.darkscope("role", "partner", "wa-b")
        # Nothing changes while it is looked at.
        telescope.collector.stop()
        made.rows("INSERT INTO meta.organisation (code, name) VALUES ('city-a', 'City of A')")
        made.rows("""
            INSERT INTO alert.alert (organisation, address, kind, state, finding, severity, confidence, reasons, prefix,
                packets, flows, first_seen, last_seen, opened_at)
            SELECT id, '192.0.2.9', 'external', 'open', 'infection', 'high', 'high', '{}', 1, 20, 20, now(), now(), now()
            FROM meta.organisation""")
        yield made
    finally:
        telescope.close()
        made.drop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def watch(database):
    """Starts watching on a terminal."""
    screens = []

    def start(*arguments, role=None, **more):
        conninfo = database.conninfo + (f" user={role}" if role else "")
        screens.append(Screen(*arguments, "--database", conninfo, **more))
        return screens[-1]

    yield start
    for screen in screens:
        screen.close()


def halves(frame):
    """The cells of the four panes: sites, packets, ports, events."""
    rule = next(n for n, line in enumerate(frame) if line.startswith("──"))
    upper = [line.split("│") for line in frame[1:rule]]
    lower = [line.split("│") for line in frame[rule + 1:-1]]
    return [row[0] for row in upper], [row[1] for row in upper], [row[0] for row in lower], [row[1] for row in lower]


def test_what_is_watched_is_what_the_database_says(watch, database):
    screen = watch()
    frame = screen.shows("tcp-syn")
    assert len(frame) == 24 and {len(line) for line in frame} == {80}
    assert re.match(r" Darkscope · \d\d:\d\d:\d\d UTC · 2 of 3 sites ok · as of \d s ago", frame[0])
    sites, packets, ports, events = halves(frame)
    # The site that needs somebody is the first.
    assert [line.split()[0] for line in sites[1:4]] == ["wa-c", "wa-a", "wa-b"]
    assert "✕ silent" in sites[1] and "● ok" in sites[2] and "×" in sites[1] and "▁" not in sites[1]
    assert "most" in packets[0] and re.search(r"observed \d\d\.\d %", packets[-1]) and any("█" in line for line in packets[1:])
    assert ports[0].startswith(" PORTS") and events[0].startswith(" EVENTS")
    assert any(re.match(r" \d\d:\d\d alert 192\.0\.2\.9 infection high", line) for line in events)
    rows = json.loads(check("darkscope", "top", "--from", "now-1h", "--json", "--database", database.conninfo))["rows"]
    told = [line.split()[:4] for line in ports[1:] if line.strip()]
    assert told == [
        [row["class"], str(row["service_port"]), f"{row['packets']:,}",
         ("~" if row["sources_precision"] == "estimate" else "") + f"{row['sources']:,}"] for row in rows[:len(told)]]
    assert len(told) == 10
    # Keys.
    screen.press(b"?")
    assert any("quit, as Ctrl-C does" in line for line in screen.shows("KEYS"))
    screen.press(b"?\x1b[A")
    screen.shows("PORTS")
    screen.press(b"r")
    screen.shows("without scanners")
    screen.press(b"r")
    frame = screen.shows("Nothing in the last hour.")
    assert any("scanners only" in line for line in frame)
    # Every second a new frame.
    times = {screen.shows("Darkscope")[0][13:21] for _ in range(30) if not time.sleep(0.1)}
    assert len(times) >= 3
    # Another size.
    fcntl.ioctl(screen.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    until(lambda: len(screen.frame()) == 40 and {len(line) for line in screen.frame()} == {120}, 5, "the new size")
    fcntl.ioctl(screen.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 10, 40, 0, 0))
    screen.shows("The terminal has 40 x 10")
    screen.press(b"q")
    assert screen.end() == 0 and screen.is_as_before()


def test_a_filter_and_a_site_are_put_to_the_ports(watch, database):
    screen = watch("--site", "wa-b", "port < 1024 and proto = tcp", TERM="vt100", LANG="C", NO_COLOR="1")
    frame = screen.shows("tcp-syn")
    assert all(line.isascii() for line in frame) and b"\x1b[3" not in screen.bytes
    rule = next(n for n, line in enumerate(frame) if line.startswith("--"))
    told = [line.split("|")[0].split()[:3] for line in frame[rule + 2:-1] if line.split("|")[0].strip()]
    rows = json.loads(check("darkscope", "top", "--from", "now-1h", "port < 1024 and proto = tcp", "--site", "wa-b", "--json",
                            "--database", database.conninfo))["rows"]
    assert told == [[row["class"], str(row["service_port"]), f"{row['packets']:,}"] for row in rows[:len(told)]] != []
    assert [line.split()[0] for line in frame[2:3]] == ["wa-b"]


def test_a_partner_watches_its_own_site(watch):
    screen = watch(role="partner_wa_b")
    frame = screen.shows("tcp-syn")
    sites, packets, ports, events = halves(frame)
    assert [line.split()[0] for line in sites[1:] if line.strip()] == ["wa-b"] and "1 of 1 sites ok" in frame[0]
    assert not any(" alert 192.0.2.9" in line for line in events) and "q quit" in frame[-1]
    assert "wa-a" not in "".join(frame) and "city-a" not in "".join(frame)


def test_the_terminal_is_as_before_however_it_ends(watch, database):
    for ending in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, b"\x03", signal.SIGSEGV, signal.SIGABRT):
        screen = watch()
        screen.shows("PORTS")
        assert termios.tcgetattr(screen.slave) != screen.before
        if isinstance(ending, bytes):
            screen.press(ending)
        else:
            screen.process.send_signal(ending)
        expected = -ending if ending in (signal.SIGSEGV, signal.SIGABRT) else 0
        assert screen.end() == expected, ending
        assert screen.is_as_before(), (ending, screen.bytes[-80:])
        screen.close()
    # A terminal that goes away.
    screen = watch()
    screen.shows("PORTS")
    os.close(screen.slave)
    os.close(screen.master)
    until(lambda: screen.process.poll() is not None, 10, "the end of watch")
    assert screen.process.returncode == 0


def test_a_database_that_goes_away_and_comes_back(watch, database):
    screen = watch()
    screen.shows("tcp-syn")
    database._administer(f"ALTER DATABASE {database.name} WITH ALLOW_CONNECTIONS false")
    try:
        database._administer(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database.name}'")
        frame = screen.shows("reconnecting (2)")
        # What was told stays, and says that it is old.
        assert any("tcp-syn" in line for line in frame) and "as of" in frame[0] and "database" in frame[-1]
    finally:
        database._administer(f"ALTER DATABASE {database.name} WITH ALLOW_CONNECTIONS true")
    frame = screen.shows("sites ok · as of")
    until(lambda: "reconnecting" not in screen.frame()[0], 20, "an answer")
    screen.press(b"q")
    assert screen.end() == 0 and screen.is_as_before()


def test_what_cannot_be_watched_is_said_before_the_screen_is_taken(watch, database):
    done = run("darkscope", "watch", "--database", database.conninfo)
    assert done.returncode == USAGE and "needs a terminal" in done.stderr and done.stdout == ""
    for arguments, more, code, said in (
        ((), {"TERM": "dumb"}, USAGE, b"move its cursor"), (("prot = tcp",), {}, USAGE, b"column 1"),
        (("--site", "omega"), {}, 1, b"there is no site omega"), (("tool = mirai",), {}, USAGE, b"tool cannot go together"),
    ):
        screen = watch(*arguments, **more)
        assert screen.end() == code and said in screen.process.stderr.read()
        assert screen.bytes == b"" and termios.tcgetattr(screen.slave) == screen.before
