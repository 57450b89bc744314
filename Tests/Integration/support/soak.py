"""A long time in a short one: generated traffic streams through a sensor and a collector into SQL while both are
watched. ops/soak runs this file."""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import tempfile
import time

from . import flood
from .database import Database
from .network import Namespace
from .programs import Process
from .telescope import Telescope

DAY = 86_400
BLOCK = "198.18.0.0/16"


def midnight():
    """Of the day before yesterday: a day of traffic from then on is over."""
    return int(time.time()) // DAY * DAY - 2 * DAY


class Watch:
    """Memory, descriptors and threads of processes over time."""

    FIELDS = ("memory", "descriptors", "threads")

    def __init__(self, **processes):
        self.processes = processes
        self.samples = {name: {field: [] for field in self.FIELDS} for name in processes}

    def take(self):
        for name, process in self.processes.items():
            try:
                found = [getattr(process, field)() for field in self.FIELDS]
            except (OSError, AssertionError):
                # It has ended.
                continue
            for field, value in zip(self.FIELDS, found):
                self.samples[name][field].append(value)

    def quarters(self, name, field):
        """Medians of the four quarters of the run."""
        values = self.samples[name][field]
        size = len(values) / 4
        return [statistics.median(values[int(size * part):int(size * (part + 1))]) for part in range(4)]

    def assert_flat(self, tolerance):
        """The last quarter needs what the second needed, and so much of it more at most; the first warms up."""
        for name, fields in self.samples.items():
            count = len(fields["memory"])
            assert count >= 40, f"{count} samples of {name} are too few to say anything"
            for field in self.FIELDS:
                _, second, _, last = self.quarters(name, field)
                assert last <= second * (1 + tolerance), (
                    f"{name}: {field} {last} in the last quarter, {second} in the second")

    def figures(self):
        return {name: {
            "rss_mib_by_quarter": [round(value / (1 << 20), 1) for value in self.quarters(name, "memory")],
            "rss_mib_most": round(max(fields["memory"]) / (1 << 20), 1),
            "descriptors": (min(fields["descriptors"]), max(fields["descriptors"])),
            "threads": (min(fields["threads"]), max(fields["threads"])),
        } for name, fields in self.samples.items()}


def stream(telescope, sensor, folder, hours, per_second, sources=1_000_000, tick=0.1):
    """Sends generated traffic of so many hours through a pipe into a sensor that reads its standard input. Gives the
    watch over the time in which packets came, and the expected totals."""
    pipe = folder / "traffic"
    os.mkfifo(pipe)
    span = int(hours * 3600)
    generator = Process(
        "darkscope", "generate", "--packets", int(span * per_second), "--span", span, "--start", midnight(),
        "--sources", sources, "--site", f"{sensor.site}={BLOCK}", "--output", pipe, log=folder / "generate.log")
    telescope.processes.append(generator)
    # Opening a pipe waits for its other end.
    with open(pipe, "rb") as traffic:
        process = sensor.start("--read", "-", stdin=traffic)
    watch = Watch(sensor=process, collector=telescope.collector)
    while generator.is_alive() and process.is_alive():
        watch.take()
        time.sleep(tick)
    assert generator.wait() == 0, generator.log()
    assert process.wait(600) == 0, process.log()[-3000:]
    return watch, json.loads((folder / "traffic.json").read_text())


def assert_all_is_stored(telescope, expected):
    """Every generated frame is in exactly one bin of the accounts, and every record that left is in SQL."""
    telescope.assert_conserved()
    assert telescope.missing() == 0
    assert telescope.lost() == (0, 0)
    received, aggregated = map(int, telescope.database.row("SELECT sum(received), sum(aggregated) FROM api.account"))
    assert received == expected["received"]
    assert aggregated == expected["aggregated"] == telescope.packets()
    classes = {kind: int(packets) for kind, packets in telescope.database.rows(
        "SELECT class, sum(packets) FROM (SELECT class, packets FROM api.flow"
        " UNION ALL SELECT class, packets FROM api.overflow) r GROUP BY 1")}
    assert classes == {kind: packets for kind, packets in expected["classes"].items() if packets}


def day(telescope, folder, options):
    telescope.start_collector()
    telescope.add_site("soak", BLOCK)
    # The spool is small, so that what is needed does not depend on how far the sensor is ahead of the collector.
    sensor = telescope.add_sensor(
        "soak", "edge", capture={"memory": options.memory}, spool={"maximum_size": "64MiB"})
    begin = time.monotonic()
    watch, expected = stream(telescope, sensor, folder, options.hours, options.rate)
    streamed = time.monotonic() - begin
    figures = {
        "hours": options.hours, "packets": expected["received"], "seconds": round(streamed),
        "rows": int(telescope.database.value("SELECT count(*) FROM api.flow")), **watch.figures()}
    print(json.dumps(figures, indent=1), flush=True)
    assert_all_is_stored(telescope, expected)
    watch.assert_flat(options.tolerance)


def long_flood(telescope, folder, options, network):
    telescope.start_collector()
    sensor = flood.add_sensor(telescope, network)
    print(json.dumps(flood.run(telescope, sensor, network, folder, options.minutes * 60), indent=1))


def main():
    parser = argparse.ArgumentParser(prog="ops/soak")
    commands = parser.add_subparsers(dest="command", required=True)
    long = commands.add_parser("day", help="generated traffic of a /16 in simulated time")
    long.add_argument("--hours", type=float, default=24, help="simulated hours (default: 24)")
    long.add_argument("--rate", type=float, default=5_000, help="packets a second (default: 5000)")
    long.add_argument("--memory", default="128MiB", help="capture.memory of the sensor (default: 128MiB)")
    long.add_argument("--tolerance", type=float, default=0.05, help="growth allowed after the first half (default: 0.05)")
    short = commands.add_parser("flood", help="spoofed sources at full speed on a link of its own; needs root")
    short.add_argument("--minutes", type=float, default=10, help="how long (default: 10)")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="darkscope-soak-", dir="/tmp"))
    folder.chmod(0o755)
    database = Database()
    network = Namespace() if options.command == "flood" else None
    telescope = Telescope(folder, database, prefix=network.prefix if network else ())
    try:
        if network:
            long_flood(telescope, folder, options, network)
        else:
            day(telescope, folder, options)
    except BaseException:
        print(telescope.logs())
        raise
    finally:
        telescope.close()
        if network:
            network.close()
        database.drop()
        shutil.rmtree(folder, ignore_errors=True)
    print("holds")


if __name__ == "__main__":
    main()
