"""The sensor in one file: small, and content with what every system has."""
import json
import re
import shutil
import signal
import statistics
import subprocess
import time

import pytest

from support import captures, programs
from support.network import Namespace
from support.programs import ROOT, environment
from support.requirements import need, need_root, need_tools
from support.telescope import Telescope, generate
from support.waiting import until

pytestmark = pytest.mark.long

BLOCK = "198.18.0.0/24"
MEBIBYTES = 16
NEWEST = (2, 35)
LIBC = {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2"}
RUNS = 11


def output(*command, code=0):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60, env=environment())
    assert done.returncode == code, f"{command}: exit {done.returncode} instead of {code}\n{done.stderr}"
    return done.stdout if code == 0 else done.stderr


@pytest.fixture(scope="module")
def binary():
    """What ops/build-sensor makes; minutes when it is the first time."""
    need_tools("swift", "clang")
    made = ROOT / ".build" / "one-file" / "darkscope-sensor"
    done = subprocess.run([ROOT / "ops" / "build-sensor", made], capture_output=True, text=True, timeout=2400)
    # 69: packages are missing, and who runs this may not install them.
    need(done.returncode != 69, done.stderr)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return made


@pytest.fixture
def root(folder, binary):
    """A tree that holds the sensor, what it needs of libc, and nothing else."""
    need_root()
    need_tools("chroot", "ldd")
    made = folder / "root"
    libraries = re.findall(r"(/\S+) \(0x", output("ldd", binary))
    assert {file.rsplit("/", 1)[1] for file in libraries} == LIBC
    for file in libraries:
        target = made / file.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    shutil.copy(binary, made / "darkscope-sensor")
    return made


@pytest.fixture
def network():
    made = Namespace()
    yield made
    made.close()


@pytest.fixture
def scene(request, network, root, folder, database):
    """A telescope inside a network of its own, and the configuration of a live sensor that is confined to the tree."""
    telescope = Telescope(folder, database, prefix=network.prefix)
    telescope.start_collector()
    telescope.add_site("live", BLOCK)
    sensor = telescope.add_sensor(
        # The tree has no accounts.
        "live", "edge", sensor={"window": "10s", "user": None}, capture={"interface": network.far, "prefixes": [BLOCK]})
    shutil.copytree(sensor.folder, root / str(sensor.folder).lstrip("/"))
    yield telescope, sensor
    telescope.close()
    report = getattr(request.node, "report_call", None)
    if report is not None and report.failed:
        print(telescope.logs())


def start(sensor, root, *arguments):
    return sensor.start(*arguments, program="/darkscope-sensor", through=("chroot", str(root)))


def wait_until_capturing(process):
    until(lambda: "msg=capturing" in process.log() or not process.is_alive(), 30,
          lambda: f"a capture\n{process.log()[-2000:]}", interval=0.001)
    assert process.is_alive(), process.log()


def test_it_is_small_and_needs_libc_alone(binary):
    assert binary.stat().st_size <= MEBIBYTES << 20
    assert set(re.findall(r"NEEDED\s+(\S+)", output("objdump", "-p", binary))) <= LIBC
    versions = re.findall(r"\*UND\*.*\bGLIBC_([0-9.]+)\)?\s+(\S+)$", output("objdump", "-T", binary), re.MULTILINE)
    assert len(versions) > 100
    assert [f"{name} of {v}" for v, name in versions if tuple(map(int, v.split("."))) > NEWEST] == []
    sections = set(re.findall(r"\] (\.\S+)", output("readelf", "-SW", binary)))
    assert ".text" in sections and not {s for s in sections if s == ".symtab" or s.startswith(".debug")}


def test_it_is_as_hard_to_attack_as_any_program_of_debian(binary):
    assert re.search(r"Type:\s+DYN", output("readelf", "-hW", binary)), "not position-independent"
    segments = output("readelf", "-lW", binary)
    assert "GNU_RELRO" in segments
    assert re.search(r"GNU_STACK.* RW +0x", segments), "an executable stack"
    assert re.search(r"FLAGS.*\bBIND_NOW", output("readelf", "-dW", binary))


def test_the_build_refuses_what_would_not_run_elsewhere(binary, folder):
    def refusal(file):
        return output(ROOT / "ops" / "build-sensor", "--check", file, code=65)

    output(ROOT / "ops" / "build-sensor", "--check", binary)
    source, newer, more, large = (folder / name for name in ("source.c", "newer", "more", "large"))
    source.write_text("#include <stdlib.h>\nint main(void) { return arc4random() == 1; }\n")
    output("clang", source, "-o", newer)
    assert f"{newer} needs arc4random of glibc 2.36" in refusal(newer)
    source.write_text("int main(void) { return 0; }\n")
    output("clang", source, "-Wl,--no-as-needed", "-lz", "-o", more)
    assert f"{more} needs libz.so.1, " in refusal(more)
    shutil.copy(binary, large)
    with open(large, "ab") as file:
        file.truncate((MEBIBYTES << 20) + 1)
    assert f"{large} has {(MEBIBYTES << 20) + 1} bytes" in refusal(large)
    assert "is no program" in refusal(source)


def test_it_reads_a_file_where_nothing_else_is(root, folder):
    (file, totals), = generate(folder, 20_000, {"live": BLOCK}).values()
    shutil.copy(file, root / "traffic.pcap")
    assert output("chroot", root, "/darkscope-sensor", "--version") == programs.check("darkscope-sensor", "--version")
    found = json.loads(output("chroot", root, "/darkscope-sensor", "run", "--dry-run", "--read", "/traffic.pcap"))
    assert found["received"] == 20_000
    assert found == json.loads(programs.check("darkscope-sensor", "run", "--dry-run", "--read", file))
    assert {key: found[key] for key in found.keys() & totals.keys()} == {
        key: totals[key] for key in found.keys() & totals.keys()}


def test_what_it_leaves_out_ends_with_a_reason(root):
    said = output("chroot", root, "/darkscope-sensor", "--experimental-dump-help", code=69)
    assert said.count("\n") == 1 and "help as JSON is not in the sensor of one file" in said


@pytest.mark.alone
def test_the_first_packet_is_read_100_ms_after_the_start(root, folder):
    (file, _), = generate(folder, 10, {"live": BLOCK}).values()
    packet, _ = next(captures.into_block(file, BLOCK))
    captures.write(root / "one.pcap", [packet])
    seconds = []
    for _ in range(RUNS):
        begin = time.monotonic()
        found = json.loads(output("chroot", root, "/darkscope-sensor", "run", "--dry-run", "--read", "/one.pcap"))
        seconds.append(time.monotonic() - begin)
        assert found["received"] == 1
    print(f"from start to the end of a file of one packet: {statistics.median(seconds) * 1000:.1f} ms")
    assert statistics.median(seconds) <= 0.1


@pytest.mark.alone
def test_it_captures_delivers_and_stops_where_nothing_else_is(scene, network, root, folder):
    telescope, sensor = scene
    (file, _), = generate(folder, 5_000, {"live": BLOCK}).values()
    starts, stops = [], []
    for _ in range(RUNS // 2):
        begin = time.monotonic()
        process = start(sensor, root)
        wait_until_capturing(process)
        starts.append(time.monotonic() - begin)
        until(lambda: "msg=connected" in process.log(), 20, lambda: f"a connection\n{process.log()}")
        if not stops:
            network.send(file)
        begin = time.monotonic()
        process.signal(signal.SIGTERM)
        assert process.wait(20) == 0, process.log()
        stops.append(time.monotonic() - begin)
    print(f"from start to capture: {statistics.median(starts) * 1000:.1f} ms; from SIGTERM to the end: "
          f"{statistics.median(stops) * 1000:.0f} ms, {max(stops) * 1000:.0f} ms at most")
    assert statistics.median(starts) <= 0.1
    assert statistics.median(stops) <= 2
    live = sum(1 for _ in captures.into_block(file, BLOCK))
    assert telescope.packets() == live

    shutil.copy(file, root / "traffic.pcap")
    assert start(sensor, root, "--read", "/traffic.pcap").wait(60) == 0
    assert telescope.packets() == 2 * live
    telescope.assert_conserved()
    assert telescope.missing() == 0
