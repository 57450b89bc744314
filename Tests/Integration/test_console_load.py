"""A console that many follow, and some with ill will, beside an ingest that must not notice."""
import pathlib
import shutil
import tempfile
import threading
import time

import pytest

from support.console import Console, Events
from support.database import Database
from support.telescope import Telescope, free_port, generate
from support.waiting import until

FOLLOWERS, SLOW = 500, 100
BLOCK = "198.18.0.0/22"


@pytest.fixture(scope="module")
def beset():
    """A collector whose console has 500 followers and 100 clients that take nothing of what they asked for."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="darkscope-it-", dir="/tmp"))
    database = Database()
    made = Telescope(folder, database)
    clients = []
    try:
        made.console = Console(free_port())
        made.configure({"console": {"listen": f"127.0.0.1:{made.console.port}", "access": "open"}})
        made.start_collector()
        made.add_site("sg-1", BLOCK)
        made.sensor = made.add_sensor("sg-1", "edge")
        made.before = made.collector.memory()
        clients += [made.console.connect() for _ in range(SLOW)]
        for wire in clients[:SLOW // 2]:
            wire.sendall(b"GET /assets")
        for wire in clients[SLOW // 2:]:
            # Many answers, of which it reads none.
            wire.sendall(b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 40)
        made.followers = [Events(made.console, seconds=60) for _ in range(FOLLOWERS)]
        clients += made.followers
        yield made
    finally:
        for client in clients:
            client.close()
        made.close()
        database.drop()
        shutil.rmtree(folder, ignore_errors=True)


def test_ingest_goes_on_while_many_follow_and_every_follower_hears_of_it(beset, folder):
    until(lambda: f"darkscope_console_followers {FOLLOWERS}\n".encode() in beset.console.ask("/metrics").content, 20, "followers")
    start = int(time.time()) // 60 * 60 - 300
    (file, truth), = generate(folder, 20_000, {"sg-1": BLOCK}, start=start, span=240).values()
    statuses = []

    def ask():
        while not over.is_set():
            statuses.append(beset.console.ask("/api/v1/overview").status)

    over = threading.Event()
    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    beset.sensor.read(file)
    # As if it had been captured just now.
    beset.database.rows("UPDATE raw.batch SET capture = 1")
    heard = [follower.next() for follower in beset.followers]
    over.set()
    for asker in askers:
        asker.join()
    beset.assert_conserved()
    assert beset.packets() == beset.database.value("SELECT sum(aggregated) FROM api.account") > 0
    assert len({event[0] for event in heard}) == 1 and {event[1] for event in heard} == {"window"}
    assert statuses and set(statuses) <= {200, 503} and 200 in statuses
    assert beset.collector.is_alive()


def test_memory_stays_bounded(beset):
    assert beset.collector.memory("VmHWM") - beset.before < 160 << 20, "of 600 clients, a quarter of a MiB each"
    assert beset.collector.threads() < 60
    assert beset.console.ask("/readyz").status == 200
