"""A flood of spoofed sources between two files of usual traffic, through a live sensor, a collector and SQL."""
import collections
import random
import struct
import time

from . import captures, sender
from .telescope import generate
from .waiting import until

BLOCK = "198.18.0.0/24"
# The kernel's ring is resident too; it is small so that the flood's part shows.
CAPTURE = {"prefixes": [BLOCK], "memory": "48MiB", "ring": "8MiB"}
WINDOW = 10
# Five standard errors of HyperLogLog with 1,024 registers.
ESTIMATE = 5 * 1.04 / 1024 ** 0.5


def add_sensor(telescope, network):
    telescope.add_site("live", BLOCK)
    return telescope.add_sensor(
        "live", "edge", sensor={"window": f"{WINDOW}s"}, capture={**CAPTURE, "interface": network.far})


def write_flood(path):
    """SYNs to three ports of the block; the sender gives each another source."""
    chosen = random.Random(1)
    packets = []
    for number in range(4096):
        ip = struct.pack(">BBHHHBBHII", 0x45, 0, 40, number, 0, 64, 6, 0, 0, 0xC6120000 | chosen.randrange(256))
        tcp = struct.pack(">HHIIBBHHH", chosen.randrange(1024, 65536), chosen.choice((23, 80, 445)), number, 0, 0x50, 2,
                          1024, 0, 0)
        frame = b"\x02" * 12 + b"\x08\x00" + ip + tcp
        packets.append(captures.Packet(0, len(frame), 1, frame))
    captures.write(path, packets)


def sums(database, condition, *values):
    """Packets by class and port in the windows of a condition, in flows and in overflow."""
    rows = database.rows(
        "SELECT class, service_port, sum(packets) FROM (SELECT window_start, class, service_port, packets FROM api.flow"
        " UNION ALL SELECT window_start, class, service_port, packets FROM api.overflow) r"
        f" WHERE {condition} GROUP BY 1, 2", *values)
    return {(kind, port): int(packets) for kind, port, packets in rows}


def next_window():
    """Waits for the next window and one second more; its start in Unix seconds."""
    start = (int(time.time()) // WINDOW + 1) * WINDOW
    until(lambda: time.time() >= start + 1, WINDOW + 2, "the next window", interval=0.1)
    return start


def run(telescope, sensor, network, folder, seconds):
    """Floods for so many seconds, asserts all that must hold, and gives the figures."""
    (file, _), = generate(folder, 5_000, {"live": BLOCK}).values()
    usual = collections.Counter((facts.kind, facts.port) for _, facts in captures.into_block(file, BLOCK))
    write_flood(folder / "flood.pcap")
    sender.program()
    process = sensor.start()
    until(lambda: "msg=capturing" in process.log(), 30, process.log)
    bound = int(process.log().split("memory_at_most=")[1].split("MiB")[0]) << 20
    next_window()
    network.send(file)
    begin = next_window()
    calm = process.memory()
    already = network.received()
    sent, lasted = sender.run(network.prefix, network.near, folder / "flood.pcap", 0, seconds, spoof=True)
    peak = process.memory("VmHWM")
    delivered = network.received() - already
    end = next_window()
    network.send(file)
    # Three windows later nothing of the flood is left but memory that was not given back.
    for _ in range(3):
        next_window()
    after = process.memory()
    assert process.stop() == 0

    database = telescope.database
    telescope.assert_conserved()
    assert telescope.missing() == 0
    assert sums(database, "window_start < to_timestamp(%s)", begin) == usual
    assert sums(database, "window_start >= to_timestamp(%s)", end) == usual
    received, kernel, dropped, overflowed, windows = map(int, database.row(
        "SELECT sum(received), sum(kernel_received), sum(kernel_dropped), sum(overflowed), count(DISTINCT window_start)"
        " FROM api.account"))
    assert kernel == received + dropped, "the kernel counts what it dropped as received"
    passed = int(database.value(
        "SELECT sum(received) FROM api.account WHERE window_start < to_timestamp(%s)", begin))
    assert kernel == delivered + 2 * passed, "every frame that the interface took is in an account"
    assert overflowed > 0
    # Every packet that is in an overflow record has a source of its own.
    estimates = [int(sources) / int(packets) - 1 for packets, sources in database.rows(
        "SELECT packets, sources FROM api.overflow WHERE packets >= 1000 AND sources_precision = 'estimate'")]
    assert estimates and max(map(abs, estimates)) < ESTIMATE
    assert peak <= bound, f"{peak >> 20} MiB resident, {bound >> 20} stated"
    assert after < calm + (16 << 20), f"{after >> 20} MiB long after the flood, {calm >> 20} before"
    return {
        "sent": sent, "delivered": delivered, "seconds": round(lasted, 1), "received": received, "kernel_dropped": dropped,
        "overflowed": overflowed, "windows": windows, "largest_error": round(max(map(abs, estimates)), 4),
        "rss_mib": {"before": calm >> 20, "peak": peak >> 20, "after": after >> 20, "stated": bound >> 20},
    }
