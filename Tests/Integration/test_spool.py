"""Damage to a real spool: the sensor always starts, loses at most what was damaged, and the loss is a gap in SQL.

A bounded random sample; every truncation and every bit is tried in Tests/SpoolTests.
"""
import json
import os
import random
import re
import shutil

import pytest

from support.network import Namespace
from support.programs import check, run
from support.telescope import Telescope, generate
from support.waiting import until

SEED = int(os.environ.get("DARKSCOPE_TEST_SEED", "20261125"))
BLOCK = "198.18.0.0/24"
WINDOWS = 12


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A state directory whose spool holds a file of twelve windows that could not be delivered."""
    from support.database import Database
    folder = tmp_path_factory.mktemp("spool")
    folder.chmod(0o755)
    network = Namespace()
    database = Database()
    telescope = Telescope(folder, database, prefix=network.prefix)
    try:
        telescope.add_site("site", BLOCK)
        sensor = telescope.add_sensor("site", "original")
        (file, expected), = generate(folder, 6_000, {"site": BLOCK}, span=WINDOWS * 60).values()
        process = sensor.start("--read", file)
        until(lambda: spooled_packets(sensor) == expected["aggregated"], 60,
              lambda: f"a full spool\n{process.log()[-2000:]}")
        process.kill()
        telescope.start_collector()
        yield telescope, sensor, expected, network
    finally:
        telescope.close()
        database.drop()
        network.close()


def spooled_packets(sensor):
    done = run("darkscope-sensor", "spool", "dump", sensor.state / "spool")
    return sum(map(int, re.findall(r" (\d+) packets", done.stdout)))


def segments(state):
    """The largest first: that of the file."""
    return sorted(state.rglob("*.seg"), key=lambda path: -path.stat().st_size)


def deliver(filled, name, damage):
    """A sensor with a damaged copy of the spool delivers what is left: (stored packets, gap rows)."""
    telescope, original, _, network = filled
    sensor = telescope.add_sensor("site", name, capture={"interface": network.far, "prefixes": [BLOCK]})
    shutil.copytree(original.state, sensor.state)
    damage(sensor.state)
    process = sensor.start()
    database = telescope.database

    def is_settled():
        assert process.is_alive(), f"the sensor ended with {process.code}\n{process.log()[-3000:]}"
        dump = run("darkscope-sensor", "spool", "dump", sensor.state / "spool")
        return dump.returncode == 0 and "undelivered" not in dump.stdout and database.value(
            "SELECT count(*) > 0 AND sum(missing) = 0 FROM api.stream WHERE sensor = %s", name)

    try:
        until(is_settled, 60, lambda: f"the whole stream, stored or declared lost\n{process.log()[-3000:]}")
    finally:
        process.kill()
    stored = int(database.value("SELECT coalesce(sum(packets), 0) FROM api.flow WHERE sensor = %s", name))
    gaps = database.rows("SELECT reason, sequence, packets FROM api.gap WHERE sensor = %s AND reason <> 'stopped'", name)
    print(name, stored, gaps)
    return stored, gaps


def test_an_undamaged_spool_is_delivered_whole(filled):
    assert deliver(filled, "whole", lambda state: None) == (filled[2]["aggregated"], [])


def test_a_flipped_bit_costs_one_record_at_most(filled):
    print(f"DARKSCOPE_TEST_SEED={SEED}")
    chance = random.Random(SEED)
    for number in range(12):
        def flip(state):
            segment = segments(state)[0]
            data = bytearray(segment.read_bytes())
            bit = chance.randrange(len(data) * 8)
            print(f"flip {number}: bit {bit} of {len(data)} bytes")
            data[bit // 8] ^= 1 << bit % 8
            segment.write_bytes(data)
        stored, gaps = deliver(filled, f"flip-{number}", flip)
        assert len(gaps) <= 1
        assert stored == filled[2]["aggregated"] or gaps


@pytest.mark.long
def test_a_cut_file_costs_its_tail(filled):
    print(f"DARKSCOPE_TEST_SEED={SEED}")
    chance = random.Random(SEED + 1)
    for number in range(5):
        def cut(state):
            segment = segments(state)[0]
            size = segment.stat().st_size
            os.truncate(segment, chance.randrange(size))
            print(f"cut {number}: {segment.stat().st_size} of {size} bytes left")
        telescope, original, expected, network = filled
        name = f"cut-{number}"
        sensor = telescope.add_sensor("site", name, capture={"interface": network.far, "prefixes": [BLOCK]})
        shutil.copytree(original.state, sensor.state)
        cut(sensor.state)
        process = sensor.start()
        until(lambda: telescope.database.value("SELECT count(*) FROM api.stream WHERE sensor = %s", name), 60,
              lambda: f"a stream\n{process.log()[-3000:]}")
        process.kill()


def test_lost_files_and_nonsense_do_not_stop_a_sensor(filled):
    def lose_cursor(state):
        for cursor in state.rglob("cursor"):
            cursor.unlink()

    def nonsense_cursor(state):
        for cursor in state.rglob("cursor"):
            cursor.write_bytes(os.urandom(100))

    def strange_file(state):
        segments(state)[0].with_name("ffffffffffffff00.seg").write_bytes(os.urandom(1000))

    for name, damage in (("no-cursor", lose_cursor), ("bad-cursor", nonsense_cursor), ("strange", strange_file)):
        stored, _ = deliver(filled, name, damage)
        assert stored == filled[2]["aggregated"]


def test_verify_tells_good_from_damaged(filled, tmp_path):
    _, original, _, _ = filled
    good = run("darkscope-sensor", "spool", "verify", original.state / "spool")
    assert good.returncode == 0, good
    shutil.copytree(original.state, tmp_path / "state")
    segment = segments(tmp_path / "state")[0]
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    bad = run("darkscope-sensor", "spool", "verify", tmp_path / "state" / "spool")
    assert bad.returncode == 65, bad
    assert segment.name in bad.stdout
    assert segment.read_bytes() == bytes(data), "verify changed the spool"


def test_dumped_batches_are_explained(filled, tmp_path):
    _, original, _, _ = filled
    lines = check("darkscope-sensor", "spool", "dump", "--to", tmp_path, original.state / "spool").splitlines()
    records = sum(int(re.search(r" (\d+) records", line).group(1)) for line in lines)
    files = sorted(tmp_path.glob("*.batch"))
    told = json.loads(check("darkscope", "batch", "explain", "--json", *files))
    assert told["batches"] == len(files) == len(lines) >= WINDOWS
    assert told["records"] == records and told["bytes"] == sum(file.stat().st_size for file in files)
    failed = run("darkscope-sensor", "spool", "dump", "--to", tmp_path / "none", original.state / "spool")
    assert failed.returncode == 73 and "No such file" in failed.stderr
