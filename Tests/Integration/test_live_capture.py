"""Live capture on a link of the test's own: what is sent is what SQL says."""
import collections

import pytest

from support import captures
from support.network import Namespace
from support.telescope import Telescope, generate
from support.waiting import until

BLOCK = "198.18.0.0/24"


@pytest.fixture
def network():
    made = Namespace()
    yield made
    made.close()


@pytest.fixture
def scene(request, network, folder, database):
    """A telescope inside the network, and its sensor that captures on the link in windows of 10 s."""
    telescope = Telescope(folder, database, prefix=network.prefix)
    telescope.start_collector()
    telescope.add_site("live", BLOCK)
    sensor = telescope.add_sensor(
        "live", "edge", sensor={"window": "10s"}, capture={"interface": network.far, "prefixes": [BLOCK]})
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


def test_capture_comes_back_after_the_link_was_down_and_gone(scene, network, folder):
    telescope, sensor = scene
    (file, _), = generate(folder, 2_000, {"live": BLOCK}).values()
    once = sum(expected_sums(file).values())
    process = sensor.start()
    wait_for_capture(telescope, process)
    network.send(file)

    network.link("set", network.far, "down")
    until(lambda: telescope.database.value("SELECT count(*) FROM api.account WHERE link = 'down'"), 40,
          lambda: f"a window that says the link is down\n{process.log()[-2000:]}")
    network.link("set", network.far, "up")
    captures_again(network, telescope, folder, file, once, process)

    network.link("del", network.far)
    until(lambda: telescope.database.value("SELECT count(*) FROM api.account WHERE link IN ('gone', 'down')") > 1, 40,
          lambda: f"a window that says the interface is gone\n{process.log()[-2000:]}")
    network.connect()
    captures_again(network, telescope, folder, file, once, process)
    assert process.stop() == 0
    telescope.assert_conserved()
    assert len(process.log().splitlines()) < 100


def captures_again(network, telescope, folder, file, once, process):
    """The link takes frames again: a probe of one packet is seen, then the whole file is."""
    before = telescope.packets()
    probe = folder / "probe.pcap"
    packet, _ = next(captures.into_block(file, BLOCK))
    captures.write(probe, [packet])

    def is_seen():
        network.send(probe)
        return telescope.packets() > before

    until(is_seen, 60, lambda: f"a packet after the link came back\n{process.log()[-2000:]}", interval=1)
    # Probes that are still in the open window come with it.
    before = telescope.packets()
    network.send(file)
    until(lambda: telescope.packets() >= before + once, 40, "the packets sent after the link came back")
