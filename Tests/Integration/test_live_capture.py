"""Live capture on a link of the test's own: what is sent is what SQL says."""
import collections
import pathlib
import signal

import pytest

from support import captures, frames
from support.network import Namespace
from support.telescope import Telescope, generate
from support.waiting import until

BLOCK = "198.18.0.0/24"
BLOCK6 = "2001:db8:18::/48"


@pytest.fixture
def network():
    made = Namespace()
    yield made
    made.close()


def capture(network, **more):
    return {"interface": network.far, "prefixes": [BLOCK, BLOCK6], **more}


@pytest.fixture
def scene(request, network, folder, database):
    """A telescope inside the network, and its sensor that captures on the link in windows of 10 s."""
    telescope = Telescope(folder, database, prefix=network.prefix)
    telescope.start_collector()
    telescope.add_site("live", BLOCK, BLOCK6)
    sensor = telescope.add_sensor("live", "edge", sensor={"window": "10s"}, capture=capture(network))
    yield telescope, sensor
    telescope.close()
    report = getattr(request.node, "report_call", None)
    if report is not None and report.failed:
        print(telescope.logs())


def wait_for_capture(telescope, process, windows=1):
    """Until so many windows are stored: a window without a packet is stored too."""
    seen = telescope.database.value("SELECT count(*) FROM api.account")
    until(lambda: telescope.database.value("SELECT count(*) FROM api.account") >= seen + windows, 40,
          lambda: f"a window\n{process.log()[-2000:]}")


def expected_sums(file):
    """Packets by class and port of what the kernel's filter lets through."""
    return collections.Counter((facts.kind, facts.port) for _, facts in captures.into_block(file, BLOCK))


def stored_sums(telescope):
    return {(kind, port): int(packets) for kind, port, packets in telescope.database.rows(
        "SELECT class, service_port, sum(packets) FROM api.flow GROUP BY 1, 2")}


def test_what_is_sent_is_stored(scene, network, folder):
    telescope, sensor = scene
    (file, _), = generate(folder, 10_000, {"live": BLOCK}).values()
    process = sensor.start()
    wait_for_capture(telescope, process)
    account = telescope.database.row(
        "SELECT received, aggregated, link, capture, observed_to - observed_from FROM api.account ORDER BY window_start LIMIT 1")
    assert account[:4] == (0, 0, "up", "live") and account[4].total_seconds() <= 10
    network.send(file)
    # Asked to stop, a sensor delivers the open window first.
    assert process.stop() == 0
    assert stored_sums(telescope) == expected_sums(file)
    assert telescope.database.value("SELECT sum(kernel_dropped) + sum(interface_dropped) FROM api.account") == 0
    telescope.assert_conserved()
    assert telescope.missing() == 0


def syns(path, count, port):
    """A file of as many SYNs to a port, each from another source."""
    return frames.write(path, [
        frames.syn("198.18.0.7", port, source=f"192.0.{number >> 8}.{number & 255}") for number in range(count)])


def start(sensor):
    """Starts to capture; the process."""
    process = sensor.start()
    until(lambda: "msg=capturing" in process.log(), 30, lambda: process.log()[-2000:])
    return process


def capture_account(telescope):
    """Sums of the accounts: received, counted by the kernel, dropped by it, aggregated, non-IP."""
    return tuple(map(int, telescope.database.row(
        "SELECT sum(received), sum(kernel_received), sum(kernel_dropped) + sum(interface_dropped), sum(aggregated),"
        " sum(non_ip) FROM api.account")))


def links(telescope):
    """The states of the link in ascending order of the windows, repetitions left out."""
    found = [link for link, in telescope.database.rows("SELECT link FROM api.account ORDER BY window_start")]
    return [link for number, link in enumerate(found) if number == 0 or found[number - 1] != link]


@pytest.mark.parametrize("tags", [(), ((0x8100, 7),), ((0x88A8, 7), (0x8100, 9))], ids=["untagged", "vlan", "qinq"])
def test_the_kernel_keeps_back_what_is_not_for_dark_addresses(scene, network, folder, tags):
    telescope, sensor = scene
    wanted = [frames.syn("198.18.0.255", 23, tags=tags), frames.syn("2001:db8:18::1", 80, source="2001:db8::1", tags=tags)]
    foreign = [
        frames.syn("198.18.1.0", 443, tags=tags), frames.syn("203.0.113.1", 443, source="198.18.0.1", tags=tags),
        frames.syn("2001:db8:19::1", 443, source="2001:db8:18::1", tags=tags), frames.arp("198.18.0.1", tags=tags)]
    process = start(sensor)
    network.send(frames.write(folder / "frames.pcap", wanted * 3 + foreign * 5 + wanted))
    assert process.stop() == 0
    assert stored_sums(telescope) == {("tcp-syn", 23): 4, ("tcp-syn", 80): 4}
    assert capture_account(telescope) == (8, 8, 0, 8, 0)


@pytest.mark.parametrize("ring", [1, 32])
def test_the_ring_has_the_configured_size(scene, network, folder, ring):
    telescope, sensor = scene
    sensor.configure({"sensor": {"window": "10s"}, "capture": capture(network, ring=f"{ring}MiB")})
    process = start(sensor)
    mapped = [line.split()[0].split("-") for line in pathlib.Path(f"/proc/{process.id}/maps").read_text().splitlines()
              if line.endswith("]") and "socket:[" in line]
    assert sum(int(to, 16) - int(begin, 16) for begin, to in mapped) == pytest.approx(ring << 20, rel=0.25)
    # More than the small ring holds, and less than the large one, while nobody takes anything out of it.
    count = 30_000
    process.signal(signal.SIGSTOP)
    network.send(syns(folder / "frames.pcap", count, 23), per_second=20_000)
    process.signal(signal.SIGCONT)
    assert process.stop() == 0
    received, kernel, dropped, aggregated, _ = capture_account(telescope)
    assert kernel == count == received + dropped and aggregated == received
    assert dropped == 0 if ring == 32 else dropped > count / 2
    telescope.assert_conserved()


@pytest.mark.long
def test_a_link_without_carrier_is_down_in_the_account(scene, network, folder):
    telescope, sensor = scene
    process = start(sensor)
    network.send(syns(folder / "before.pcap", 100, 23))
    network.link("set", network.near, "down")
    until(lambda: "down" in links(telescope), 40, process.log)
    network.link("set", network.near, "up")
    until(lambda: links(telescope)[-1] == "up", 40, process.log)
    network.send(syns(folder / "after.pcap", 100, 80))
    assert process.stop() == 0
    assert stored_sums(telescope) == {("tcp-syn", 23): 100, ("tcp-syn", 80): 100}
    assert len(process.log().splitlines()) < 15


@pytest.mark.long
def test_an_outage_loses_no_packet_before_and_after_it(scene, network, folder):
    telescope, sensor = scene
    process = start(sensor)
    wait_for_capture(telescope, process)
    count = 500
    # The kernel hands over what it has within 100 ms: what came last is still in its ring when the link goes.
    files = [syns(folder / f"{port}.pcap", count, port) for port in (1, 2, 3)]
    network.send(files[0])
    network.link("set", network.far, "down")
    until(lambda: "down" in links(telescope), 40, process.log)
    network.link("set", network.far, "up")
    until(lambda: links(telescope)[-1] == "up", 40, process.log)
    network.send(files[1])
    network.link("del", network.far)
    until(lambda: "gone" in links(telescope), 40, process.log)
    network.connect()
    until(lambda: links(telescope)[-1] == "up", 40, process.log)
    network.send(files[2])
    assert process.stop() == 0
    assert stored_sums(telescope) == {("tcp-syn", port): count for port in (1, 2, 3)}
    assert capture_account(telescope) == (3 * count, 3 * count, 0, 3 * count, 0)
    assert links(telescope) == ["up", "down", "up", "gone", "up"]
    assert telescope.missing() == 0
    telescope.assert_conserved()
    assert "is down" in process.log() and "is up" in process.log()
    assert len(process.log().splitlines()) < 20


def test_an_outage_shorter_than_a_window_is_in_its_account(scene, network, folder):
    telescope, sensor = scene
    process = start(sensor)
    network.link("set", network.far, "down")
    until(lambda: "is down" in process.log(), 10, process.log)
    network.link("set", network.far, "up")
    until(lambda: "is up" in process.log(), 10, process.log)
    network.send(syns(folder / "after.pcap", 100, 80))
    assert process.stop() == 0
    assert stored_sums(telescope) == {("tcp-syn", 80): 100}
    assert "down" in links(telescope)
