"""Nothing that is killed, cut, repeated, reordered or full changes a sum: what SQL holds is what an uninterrupted run
holds, minus the gaps that it holds too, to the packet."""
import os
import random
import subprocess
import time

import pytest

from support import captures, wire
from support.database import Database
from support.network import Namespace
from support.programs import ROOT
from support.proxy import Proxy
from support.requirements import need, need_root
from support.telescope import Telescope, generate
from support.waiting import until

SEED = int(os.environ.get("DARKSCOPE_TEST_SEED", "20261125"))
KILLS = 100
HOUR = 3600


@pytest.mark.long
def test_a_hundred_kills_change_no_sum(telescope, folder):
    """SIGKILL for a sensor or the collector at random moments while files are imported, some of them again and again."""
    print(f"DARKSCOPE_TEST_SEED={SEED}")
    chance = random.Random(SEED)
    sites = {"th-kill": "198.18.0.0/24", "vn-kill": "198.18.1.0/24"}
    start = int(time.time()) // HOUR * HOUR - 20 * HOUR
    work, total = {code: [] for code in sites}, 0
    for part in range(6):
        (folder / str(part)).mkdir()
        for code, (file, expected) in generate(
                folder / str(part), 5_000, sites, seed=part + 1, start=start + part * HOUR, span=HOUR).items():
            work[code].append(file)
            total += expected["aggregated"]
    sensors = {}
    for code, prefix in sites.items():
        telescope.add_site(code, prefix)
        sensors[code] = telescope.add_sensor(code, "edge")
    running, turn = {}, {code: 0 for code in sites}
    telescope.launch_collector()
    kills = 0
    deadline = time.monotonic() + 240
    while kills < KILLS:
        assert time.monotonic() < deadline, f"only {kills} kills in 240 s"
        for code in sites:
            process = running.get(code)
            if process is None or not process.is_alive():
                if process is not None and process.code == 0:
                    turn[code] += 1
                assert process is None or process.code in (0, -9), process.log()[-3000:]
                running[code] = sensors[code].start("--read", work[code][turn[code] % len(work[code])])
        if not telescope.collector.is_alive():
            assert telescope.collector.code == -9, telescope.collector.log()[-3000:]
            telescope.launch_collector()
        time.sleep(chance.expovariate(1 / 0.4))
        victim = chance.choice([*running.values(), telescope.collector])
        if victim.is_alive():
            victim.kill()
            kills += 1
    for process in [*running.values(), telescope.collector]:
        process.kill()
    kept = telescope.packets()
    print(f"{kills} kills; {kept} of {total} packets stored under fire; files finished: {turn}")
    telescope.start_collector()
    for code in sites:
        sensors[code].read(*work[code])
    lost, unknown = telescope.lost()
    assert unknown == 0
    assert telescope.packets() == total - lost
    assert telescope.missing() == 0
    telescope.assert_conserved()


def test_every_batch_three_times_and_reordered(telescope, folder):
    telescope.start_collector()
    telescope.add_site("site", "198.18.0.0/24")
    (file, expected), = generate(folder, 20_000, {"site": "198.18.0.0/24"}).values()
    recorder = wire.Recorder()
    sensor = telescope.add_sensor("site", "edge", port=recorder.port, uplink={"server_key": recorder.public})
    process = sensor.start("--read", file)
    recorder.serve_until(lambda: not process.is_alive(), 60)
    assert process.code == 0, process.log()[-3000:]
    recorder.close()

    peer = wire.Peer(telescope.endpoint, telescope.server_key, sensor.secret, sensor.key)
    epoch, = {epoch for epoch, _ in recorder.batches}
    numbers = sorted(sequence for _, sequence in recorder.batches)
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) >= 60
    answer = peer.greet(epoch, first=1, following=numbers[-1] + 1, is_import=True)
    assert answer.kind == wire.WELCOME
    credit = wire.number(answer, 4)
    left = numbers * 3
    random.Random(SEED).shuffle(left)
    answered = 0
    flying = 0
    acknowledged = set()
    while answered < len(numbers) * 3:
        while left and flying < credit:
            sequence = left.pop()
            peer.send(wire.batch(epoch, sequence, recorder.batches[epoch, sequence]))
            flying += 1
        answer = peer.receive(20)
        assert answer is not None, f"{answered} answers of {len(numbers) * 3}"
        assert answer.kind == wire.ACK, answer
        ranges = wire.read_ranges(answer.fields[2])
        acknowledged |= ranges
        answered += len(ranges)
        flying -= len(ranges)
        # Several copies of one batch in one transaction may be acknowledged by one number.
        if flying and not left and peer.receive(0) is None and acknowledged == set(numbers):
            break
        flying = max(flying, 0)
    peer.close()
    assert acknowledged == set(numbers)
    assert telescope.packets() == expected["aggregated"]
    assert telescope.database.value("SELECT count(*) FROM api.account") == len(
        telescope.database.rows("SELECT DISTINCT stream_id, window_start FROM api.account"))
    telescope.assert_conserved()
    # The sensor itself, told to read the file again, finds everything stored.
    sensor.port = telescope.port
    sensor.configure()
    sensor.read(file)
    assert telescope.packets() == expected["aggregated"]


def test_a_path_that_is_cut_and_stalled(telescope, folder):
    telescope.start_collector()
    telescope.add_site("site", "198.18.0.0/24")
    (file, expected), = generate(folder, 40_000, {"site": "198.18.0.0/24"}, span=2 * HOUR).values()
    proxy = Proxy(("127.0.0.1", telescope.port))
    try:
        sensor = telescope.add_sensor("site", "edge", port=proxy.port)
        proxy.limit(60_000)
        process = sensor.start("--read", file)
        for number in range(1, 6):
            until(lambda: proxy.relayed > 30_000 * number or not process.is_alive(), 60, "bytes on the path")
            proxy.cut()
        assert process.is_alive(), "the file was delivered before the path was cut five times"
        stored = telescope.packets()
        before = proxy.connections
        proxy.stall()
        until(lambda: proxy.connections > before, 120,
              lambda: f"a new connection instead of the stalled one\n{process.log()[-2000:]}")
        proxy.limit(None)
        proxy.resume()
        assert process.wait(120) == 0, process.log()[-3000:]
        assert telescope.packets() == expected["aggregated"] > stored
        assert telescope.lost() == (0, 0)
        telescope.assert_conserved()
    finally:
        proxy.close()


@pytest.mark.long
def test_a_database_that_stops_and_starts(folder):
    control = [str(ROOT / "ops" / "private-postgres")]

    def server(command, *more):
        return subprocess.run([*control, command, str(folder / "pg"), *more], check=True, timeout=60,
                              capture_output=True, text=True).stdout.strip()

    server("start")
    telescope = None
    try:
        database = Database(server("conninfo"))
        telescope = Telescope(folder, database)
        telescope.start_collector()
        telescope.add_site("site", "198.18.0.0/24")
        (file, expected), = generate(folder, 40_000, {"site": "198.18.0.0/24"}, span=4 * HOUR).values()
        proxy = Proxy(("127.0.0.1", telescope.port))
        proxy.limit(100_000)
        process = telescope.add_sensor("site", "edge", port=proxy.port).start("--read", file)
        for mode in ("fast", "immediate"):
            before = telescope.packets()
            until(lambda: telescope.packets() > before, 60, "packets stored")
            server("stop", mode)
            relayed = proxy.relayed
            until(lambda: proxy.relayed > relayed, 60, "bytes on the path while the database is away")
            assert telescope.collector.is_alive() and process.is_alive()
            server("start")
        proxy.limit(None)
        assert process.wait(120) == 0, process.log()[-3000:] + telescope.collector.log()[-3000:]
        proxy.close()
        assert telescope.packets() == expected["aggregated"]
        assert telescope.lost() == (0, 0)
        telescope.assert_conserved()
    finally:
        if telescope is not None:
            telescope.close()
            print(telescope.logs())
        server("stop", "immediate")


@pytest.mark.long
def test_a_full_disk_costs_what_the_gaps_say(folder, database):
    """A small file system under the spool, the collector away, and live traffic: the sensor stays alive, and stored and
    lost packets are what was sent."""
    need_root()
    block = "198.18.0.0/16"
    disk = folder / "disk"
    disk.mkdir()
    network = Namespace()
    telescope = Telescope(folder, database, prefix=network.prefix)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True, text=True)
    try:
        need(mounted.returncode == 0, f"cannot mount a small file system: {mounted.stderr.strip()}")
        telescope.add_site("site", block)
        sensor = telescope.add_sensor(
            "site", "edge", sensor={"window": "10s", "state_directory": disk / "state"},
            capture={"interface": network.far, "prefixes": [block]})
        (file, _), = generate(folder, 60_000, {"site": block}, sources=50_000).values()
        once = sum(1 for _ in captures.into_block(file, block))
        process = sensor.start()
        until(lambda: "capturing" in process.log(), 30, lambda: f"a capture\n{process.log()[-2000:]}")

        def free():
            status = os.statvfs(disk)
            return status.f_bavail * status.f_frsize

        # The disk was full when there is room again: the oldest gave way.
        sent, least = 0, free()
        while free() < least + (100 << 10):
            least = min(least, free())
            network.send(file, per_second=20_000)
            sent += 1
            assert process.is_alive(), process.log()[-3000:]
            assert sent < 40, f"{sent} files did not fill the disk"
        telescope.start_collector()
        until(lambda: telescope.packets() == sent * once - telescope.lost()[0], 120,
              lambda: f"{sent * once} packets, stored ({telescope.packets()}) or lost {telescope.lost()}\n{process.log()[-2000:]}",
              interval=1)
        assert process.stop() == 0, process.log()[-3000:]
        dropped = database.value("SELECT sum(kernel_dropped) + sum(interface_dropped) FROM api.account")
        lost, unknown = telescope.lost()
        assert (unknown, dropped) == (0, 0)
        assert lost > 0
        assert telescope.packets() == sent * once - lost
        telescope.assert_conserved()
    finally:
        telescope.close()
        print(telescope.logs())
        network.close()
        subprocess.run(["umount", str(disk)], capture_output=True)
