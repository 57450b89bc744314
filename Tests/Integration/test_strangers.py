"""Peers that are wrong, hostile or stuck are refused or bounded, and honest ones beside them are unharmed."""
import os
import socket
import threading
import time

import pytest

from support import wire
from support.telescope import generate
from support.waiting import until

MEMORY = 256 << 20
PACKETS = 3_000


@pytest.fixture
def scene(telescope, folder):
    """A running collector with an honest sensor that has a file to deliver."""
    telescope.start_collector()
    telescope.add_site("honest", "198.18.0.0/24")
    truth = generate(folder, PACKETS, {"honest": "198.18.0.0/24"})["honest"]
    return telescope, telescope.add_sensor("honest", "edge"), truth


def deliver(scene):
    """The honest sensor delivers, whatever happens beside it."""
    telescope, honest, (file, expected) = scene
    honest.read(file)
    assert telescope.packets("edge") == expected["aggregated"]


def serves(telescope):
    assert telescope.collector.is_alive(), telescope.collector.log()[-3000:]
    assert telescope.collector.memory("VmHWM") < MEMORY


def new_peer(telescope, name, register=True):
    sensor = telescope.add_sensor("honest", name, register=register)
    return wire.Peer(telescope.endpoint, telescope.server_key, sensor.secret, sensor.key)


def test_an_unknown_key_is_refused(scene):
    telescope = scene[0]
    peer = new_peer(telescope, "stranger", register=False)
    assert peer.is_refused(10)
    peer.close()
    deliver(scene)
    assert telescope.database.value("SELECT count(DISTINCT sensor) FROM api.stream") == 1


def test_a_wrong_server_key_is_refused(scene):
    telescope = scene[0]
    sensor = telescope.add_sensor("honest", "misled")
    peer = wire.Peer(telescope.endpoint, wire.new_key()[1], sensor.secret, sensor.key)
    assert peer.is_refused(10)
    peer.close()
    deliver(scene)


def test_a_peer_without_curve_is_refused(scene):
    peer = wire.Peer(scene[0].endpoint)
    assert peer.is_refused(10)
    peer.close()
    deliver(scene)


def test_a_refused_sensor_delivers_once_it_is_registered(scene):
    """Within two minutes and without a restart."""
    telescope, _, (file, expected) = scene
    sensor = telescope.add_sensor("honest", "waiting", register=False)
    process = sensor.start("--read", file)
    until(lambda: "refuses" in process.log(), 30, lambda: f"a word of the refusal\n{process.log()[-2000:]}")
    assert telescope.packets() == 0
    sensor.register()
    assert process.wait(120) == 0, process.log()[-3000:]
    assert telescope.packets() == expected["aggregated"]


def test_a_revoked_key_is_cut_within_a_second(scene, folder):
    """And no row of it appears afterwards."""
    telescope, honest, (file, expected) = scene
    recorded = record(telescope, file)
    sensor = telescope.add_sensor("honest", "revoked")
    peer = wire.Peer(telescope.endpoint, telescope.server_key, sensor.secret, sensor.key)
    epoch = os.urandom(16)
    answer = peer.greet(epoch, first=1, following=1 << 20, is_import=True)
    assert answer is not None and answer.kind == wire.WELCOME
    content = next(iter(recorded.values()))
    peer.send(wire.batch(epoch, 1, content))
    assert peer.receive(20).kind == wire.ACK
    revoked = time.monotonic()
    sensor.revoke()
    sequence, stored_late = 1, False
    while time.monotonic() - revoked < 4:
        sequence += 1
        peer.send(wire.batch(epoch, sequence, content))
        answer = peer.receive(0.05)
        if answer is not None and answer.kind == wire.ACK and time.monotonic() - revoked > 1:
            stored_late = True
    peer.close()
    assert not stored_late
    database = telescope.database
    assert database.value("""
        SELECT count(*) FROM api.account a WHERE sensor = 'revoked' AND committed_at > (
            SELECT max(revoked_at) FROM meta.sensor_key) + interval '1 s'""") == 0
    # The revoked sensor's connection was shut; a new one is refused at the handshake.
    again = wire.Peer(telescope.endpoint, telescope.server_key, sensor.secret, sensor.key)
    assert again.is_refused(10)
    again.close()
    deliver(scene)


def record(telescope, file):
    """The batches that a sensor makes of a file: {(epoch, sequence): content}."""
    recorder = wire.Recorder()
    sensor = telescope.add_sensor("honest", "recorded", port=recorder.port, register=False,
                                  uplink={"server_key": recorder.public})
    process = sensor.start("--read", file)
    recorder.serve_until(lambda: not process.is_alive(), 60)
    assert process.code == 0, process.log()[-3000:]
    recorder.close()
    return recorder.batches


def test_garbage_bytes_are_bounded(scene):
    """On the bare connection, before any handshake, also with a greeting that announces a huge command."""
    telescope = scene[0]
    greeting = b"\xff" + b"\0" * 8 + b"\x7f\x03\0CURVE" + b"\0" * 15 + b"\0" + b"\0" * 31
    bomb = greeting + b"\x06" + (1 << 30).to_bytes(8, "big")
    for opening in (os.urandom(4096), b"GET / HTTP/1.1\r\n\r\n", greeting + os.urandom(65536), bomb):
        for _ in range(8):
            with socket.create_connection(("127.0.0.1", telescope.port), timeout=10) as connection:
                try:
                    connection.sendall(opening)
                    for _ in range(256):
                        connection.sendall(b"\xa5" * 65536)
                except OSError:
                    pass
    serves(telescope)
    deliver(scene)


def test_nonsense_from_a_registered_peer_is_bounded(scene):
    telescope = scene[0]
    peer = new_peer(telescope, "nonsense")
    epoch = os.urandom(16)
    for data in (b"", b"DS", os.urandom(100), wire.hello(epoch, 1, 2, False)[:-1], wire.encode(99, {1: epoch}),
                 wire.encode(wire.BATCH, {1: epoch, 2: 1, 3: os.urandom(1000)}),
                 wire.encode(wire.BATCH, {1: epoch, 2: 1, 3: b"\xff" * 100_000})):
        for _ in range(20):
            peer.send(data)
    deliver(scene)
    serves(telescope)
    peer.close()
    assert telescope.database.value("SELECT count(*) FROM api.account WHERE sensor = 'nonsense'") == 0


def test_oversized_and_multipart_messages_are_bounded(scene):
    """From a registered peer: 64 MiB in one frame, and 512 MiB in one message of many frames."""
    telescope = scene[0]

    def flood(name, frames):
        peer = new_peer(telescope, name)
        peer.send(*frames)
        return peer

    one = flood("oversized", [b"\0" * (64 << 20)])
    many = flood("multipart", [b"\0" * (1 << 19)] * 1024)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        serves(telescope)
        time.sleep(0.05)
    deliver(scene)
    serves(telescope)
    one.close()
    many.close()


def test_stalled_peers_are_bounded(scene):
    """Peers that never read their answers, connections that never speak, and a sensor that stops in the middle."""
    telescope, _, (file, _) = scene
    recorded = record(telescope, file)
    epoch, contents = os.urandom(16), list(recorded.values())
    silent = [socket.create_connection(("127.0.0.1", telescope.port), timeout=10) for _ in range(100)]
    deaf = new_peer(telescope, "deaf")
    deaf.send(wire.hello(epoch, 1, 1 << 20, True))
    stop = threading.Event()

    def shout():
        sequence = 0
        while not stop.is_set():
            sequence += 1
            deaf.send(wire.batch(epoch, sequence % 50 + 1, contents[0]))

    thread = threading.Thread(target=shout)
    thread.start()
    try:
        begin = time.monotonic()
        deliver(scene)
        assert time.monotonic() - begin < 60
        serves(telescope)
    finally:
        stop.set()
        thread.join()
        deaf.close()
        for connection in silent:
            connection.close()
