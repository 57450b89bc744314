"""`ops/run --once`: it works, works again on the same data, counts nothing twice, leaves no process behind, the
organisations are told, and the console lets in whoever has the password."""
import json
import os
import pathlib
import re
import stat
import subprocess

import psycopg2
import pytest

from support.ports import free_port
from support.programs import ROOT, environment, folder as programs
from support.telescope import generate


def run(data, *arguments):
    done = subprocess.run(
        [str(ROOT / "ops" / "run"), "--once", "--port", str(free_port()), *arguments], capture_output=True, text=True, timeout=300,
        stdin=subprocess.DEVNULL, env=environment(DARKSCOPE_DATA=str(data), DARKSCOPE_BIN=str(programs().resolve())))
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def rows(data, sql):
    """What the data directory's own server answers."""
    control = [str(ROOT / "ops" / "private-postgres")]
    subprocess.run([*control, "start", str(data / "postgres")], check=True, timeout=60)
    try:
        conninfo = subprocess.run([*control, "conninfo", str(data / "postgres")], check=True, capture_output=True,
                                  text=True).stdout.strip()
        connection = psycopg2.connect(conninfo + " dbname=darkscope")
        with connection.cursor() as cursor:
            cursor.execute(sql)
            found = cursor.fetchall()
        connection.close()
        return found
    finally:
        subprocess.run([*control, "stop", str(data / "postgres")], check=True, timeout=60)


def sums(data):
    """Packets by site and stream."""
    return {(site, stream): packets for site, stream, packets in rows(
        data, "SELECT site, stream_id, sum(packets)::int8 FROM api.flow GROUP BY 1, 2")}


def told(data):
    """What is registered, and for each host of ours that something happens to: finding, packets, first notice."""
    (registered, contacts), = rows(data, """
        SELECT (SELECT count(*) FROM meta.organisation), (SELECT count(*) FROM meta.contact WHERE ended_at IS NULL)""")
    return registered, contacts, {row[0]: row[1:] for row in rows(data, """
        SELECT host(address), o.code, finding, packets, (SELECT min(i.notice) FROM alert.notice_item i WHERE i.alert = a.id)
        FROM alert.alert a JOIN meta.organisation o ON o.id = a.organisation
        WHERE host(address) IN ('192.0.2.25', '203.0.113.77', '198.51.100.80')""")}


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


def assert_console(data, said):
    """It told its overview to the account that was made, and nobody the password."""
    overview = said.split("What does the console say?")[1].split("What were")[0]
    assert re.search(r"^sites +3 ", overview, re.M), overview
    for site in ("th-bangkok", "vn-hanoi", "kh-phnom-penh"):
        assert re.search(rf"^{site} +\w+ +[\d.]+% +[\d,]+$", overview, re.M), overview
    password = data / "operator.password"
    assert stat.S_IMODE(password.stat().st_mode) == 0o600
    assert password.read_text().strip() not in said
    port = (data / "console.port").read_text().strip()
    assert f"http://127.0.0.1:{port}/     login operator, password in {password}\n" in said


@pytest.mark.long
def test_it_works_twice_and_leaves_nothing_running(folder):
    data = folder / "data"
    first = run(data, "--sites", "3", "--rate", "20")
    assert processes_of(data) == []
    for site in ("th-bangkok", "vn-hanoi", "kh-phnom-penh"):
        assert re.search(rf"{site}.*\bok\b", first), first
    assert first.count("\n    SELECT ") == 3
    assert first.count("(0 rows)") == 0
    assert_console(data, first)
    before = sums(data)
    assert {site for site, _ in before} == {"th-bangkok", "vn-hanoi", "kh-phnom-penh"}
    registered, contacts, alerts = told(data)
    assert (registered, contacts) == (3, 5)
    assert {address: row[:2] for address, row in alerts.items()} == {
        "192.0.2.25": ("example-city", "infection"), "203.0.113.77": ("example-net", "infection"),
        "198.51.100.80": ("example-cert", "attack")}
    # Each was told once, by mail, by the webhook and in a file.
    assert all(row[3] is not None for row in alerts.values())
    mails = sorted((data / "notices" / "mailbox" / "new").iterdir())
    assert len(mails) == 3 and "192.0.2.25" in first and "Subject: " in first
    (post,) = map(json.loads, (data / "notices" / "webhook.log").read_text().splitlines())
    assert post["signature"] == "good" and "203.0.113.77" in post["addresses"]
    (file,) = (data / "notices" / "pick-up" / "example-cert").iterdir()
    assert "198.51.100.80" in file.read_text()

    password = (data / "operator.password").read_text()
    assert_console(data, run(data, "--sites", "3", "--rate", "20"))
    assert (data / "operator.password").read_text() == password
    assert processes_of(data) == []
    after = sums(data)
    assert {stream: packets for stream, packets in after.items() if stream in before} == before
    again = told(data)
    assert again[:2] == (registered, contacts)
    assert all(again[2][address][3] == row[3] and again[2][address][2] >= row[2] for address, row in alerts.items())


def test_it_reads_capture_files(folder):
    (file, expected), = generate(folder, 5_000, {"any": "198.18.0.0/24"}).values()
    data = folder / "data"
    run(data, "--pcap", file)
    assert sum(sums(data).values()) == expected["aggregated"]
    run(data, "--pcap", file)
    assert sum(sums(data).values()) == expected["aggregated"]
    assert processes_of(data) == []


def test_wrong_arguments_are_told(folder):
    for arguments, code in (["--sites", "9"], 64), (["--port", "65536"], 64), (["--frobnicate"], 64), (["--pcap", "/nowhere.pcap"], 66):
        done = subprocess.run(
            [str(ROOT / "ops" / "run"), *arguments], capture_output=True, text=True, timeout=60,
            env=environment(DARKSCOPE_DATA=str(folder / "data")))
        assert done.returncode == code
        assert len(done.stderr.splitlines()) == 1 and done.stderr.startswith("ops/run: ")
