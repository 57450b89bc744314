"""A thousand sensors lose their collector together."""
import re
import subprocess
import time

import pytest

from support.programs import environment, path
from support.waiting import until

SENSORS = 1_000
WINDOW = 60
BIN = 0.1


def connections(log, since):
    """Seconds since `since` at which uplinks connected."""
    found = []
    for line in log.read_text(errors="replace").splitlines():
        match = re.match(r"ts=(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+)Z level=info msg=connected ", line)
        if match:
            found.append(stamp(match.group(1)) - since)
    return sorted(moment for moment in found if moment >= 0)


def stamp(text):
    whole, fraction = text.split(".")
    return time.mktime(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) - time.timezone + float("0." + fraction)


def crowding(moments):
    """The fullest tenth of a second over the mean of the shortest span that holds nine tenths of all."""
    most = int(len(moments) * 0.9)
    span = min(last - first for first, last in zip(moments, moments[most - 1:]))
    bins = {}
    for moment in moments:
        bins[int(moment / BIN)] = bins.get(int(moment / BIN), 0) + 1
    return max(bins.values()) / (most / span * BIN)


@pytest.mark.alone
def test_sensors_that_lost_their_collector_together_come_back_spread_and_lose_nothing(telescope, folder):
    collector = telescope.start_collector()
    log = folder / "swarm.log"
    with open(log, "wb") as errors:
        swarm = subprocess.Popen(
            [path("sensor-swarm"), str(folder), str(SENSORS), f"127.0.0.1:{telescope.port}", telescope.server_key],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment())
    try:
        keys = [swarm.stdout.readline().strip() for _ in range(SENSORS)]
        telescope.add_site("storm")
        telescope.database.rows(
            """WITH made AS (
                INSERT INTO meta.sensor (site, name) SELECT 1, 's' || n FROM generate_series(1, %s) n RETURNING id)
            INSERT INTO meta.sensor_key (sensor, public_key)
            SELECT id, decode((%s::text[])[id - (SELECT min(id) FROM made) + 1], 'hex') FROM made""", SENSORS, keys)

        def stored():
            return telescope.database.value("SELECT count(*) FROM raw.batch")

        def spool_window(minutes):
            swarm.stdin.write(f"{int(time.time()) // WINDOW * WINDOW - minutes * WINDOW}\n")
            swarm.stdin.flush()

        swarm.stdin.write("begin\n")
        spool_window(3)
        until(lambda: stored() == SENSORS, 120, lambda: f"{SENSORS} batches; {stored()} are there")
        first_peak = collector.memory("VmHWM")

        collector.kill()
        spool_window(2)
        lost = time.time()
        collector = telescope.start_collector()
        until(lambda: stored() == 2 * SENSORS, 120, lambda: f"{2 * SENSORS} batches; {stored()} are there")
        swarm.stdin.close()
        assert int(swarm.stdout.readline()) == 2 * SENSORS
        assert swarm.wait(60) == 0

        back = connections(log, lost)
        assert len(back) >= SENSORS
        peak = max(first_peak, collector.memory("VmHWM"))
        print(f"{len(back)} connections in {back[-1]:.1f} s, at most {crowding(back):.2f} times the mean in {BIN} s; "
              f"collector {peak >> 20} MiB")
        assert crowding(back) < 3
        assert peak < 512 << 20
        telescope.assert_conserved()
    finally:
        swarm.kill()
        swarm.wait()
