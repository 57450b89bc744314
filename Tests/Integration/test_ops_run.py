"""`ops/run --once`: it works, works again on the same data, counts nothing twice, and leaves no process behind."""
import os
import pathlib
import re
import subprocess

import psycopg2

from support.programs import ROOT, environment, folder as programs
from support.telescope import generate


def run(data, *arguments):
    done = subprocess.run(
        [str(ROOT / "ops" / "run"), "--once", *arguments], capture_output=True, text=True, timeout=300,
        stdin=subprocess.DEVNULL, env=environment(DARKSCOPE_DATA=str(data), DARKSCOPE_BIN=str(programs().resolve())))
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def sums(data):
    """Packets by site and stream, asked of the data directory's own server."""
    control = [str(ROOT / "ops" / "private-postgres")]
    subprocess.run([*control, "start", str(data / "postgres")], check=True, timeout=60)
    try:
        conninfo = subprocess.run([*control, "conninfo", str(data / "postgres")], check=True, capture_output=True,
                                  text=True).stdout.strip()
        connection = psycopg2.connect(conninfo + " dbname=darkscope")
        with connection.cursor() as cursor:
            cursor.execute("SELECT site, stream_id, sum(packets)::int8 FROM api.flow GROUP BY 1, 2")
            found = {(site, stream): packets for site, stream, packets in cursor}
        connection.close()
        return found
    finally:
        subprocess.run([*control, "stop", str(data / "postgres")], check=True, timeout=60)


def processes_of(data):
    """Processes whose command line speaks of the directory."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if entry.name != str(os.getpid()) and str(data).encode() in (entry / "cmdline").read_bytes():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            pass
    return found


def test_it_works_twice_and_leaves_nothing_running(folder):
    data = folder / "data"
    first = run(data, "--sites", "3", "--rate", "20")
    assert processes_of(data) == []
    for site in ("th-bangkok", "vn-hanoi", "kh-phnom-penh"):
        assert re.search(rf"{site}.*\bok\b", first), first
    assert first.count("\n    SELECT ") == 3
    assert first.count("(0 rows)") == 0
    before = sums(data)
    assert {site for site, _ in before} == {"th-bangkok", "vn-hanoi", "kh-phnom-penh"}

    run(data, "--sites", "3", "--rate", "20")
    assert processes_of(data) == []
    after = sums(data)
    assert {stream: packets for stream, packets in after.items() if stream in before} == before


def test_it_reads_capture_files(folder):
    (file, expected), = generate(folder, 5_000, {"any": "198.18.0.0/24"}).values()
    data = folder / "data"
    run(data, "--pcap", file)
    assert sum(sums(data).values()) == expected["aggregated"]
    run(data, "--pcap", file)
    assert sum(sums(data).values()) == expected["aggregated"]
    assert processes_of(data) == []


def test_wrong_arguments_are_told(folder):
    for arguments, code in (["--sites", "9"], 64), (["--frobnicate"], 64), (["--pcap", "/nowhere.pcap"], 66):
        done = subprocess.run(
            [str(ROOT / "ops" / "run"), *arguments], capture_output=True, text=True, timeout=60,
            env=environment(DARKSCOPE_DATA=str(folder / "data")))
        assert done.returncode == code
        assert len(done.stderr.splitlines()) == 1 and done.stderr.startswith("ops/run: ")
