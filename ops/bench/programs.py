"""What is measured: the sensor, the limits in C, and the peers that are installed."""

import os
import re
import shutil
import socket
import threading

PEER_PACKAGES = ["nfdump", "softflowd", "pmacct", "argus-server", "libtrace-tools", "tcpdump"]


class Program:
    """One row of the table. `arguments` is a function of the capture file and of an empty directory."""

    def __init__(self, kind, name, arguments, records=None, output_bytes=None, limit=1 << 62, interrupt=False):
        self.kind = kind
        self.name = name
        self.arguments = arguments
        self.records = records or (lambda run, directory: None)
        self.output_bytes = output_bytes or (lambda run, directory: None)
        # Frames of the largest file that it is given.
        self.limit = limit
        self.interrupt = interrupt


def number(pattern):
    def find(run, directory):
        found = re.search(pattern, run.output)
        return int(found.group(1)) if found else None

    return find


def size_of(name):
    def measure(run, directory):
        total = 0
        for folder, _, files in os.walk(os.path.join(directory, name)):
            total += sum(os.path.getsize(os.path.join(folder, file)) for file in files)
        path = os.path.join(directory, name)
        return total or (os.path.getsize(path) if os.path.isfile(path) else None)

    return measure


def lines_of(name):
    def count(run, directory):
        try:
            with open(os.path.join(directory, name), "rb") as file:
                return sum(1 for _ in file) - 1
        except FileNotFoundError:
            return None

    return count


def ours(bench, sensor):
    counted = number(r"records=(\d+)")
    rows = [
        Program("ours", "file → libpcap → full records", lambda file, _: [bench, "file", "records", file], counted),
        Program("ours", "the same, encoded as batches", lambda file, _: [bench, "file", "batches", file], counted,
                number(r"bytes=(\d+)")),
        Program("part", "of it: reading the file alone", lambda file, _: [bench, "file", "packets", file]),
        Program("part", "of it: reading and table", lambda file, _: [bench, "file", "table", file], counted),
    ]
    rows.append(Program(
        "ours", "darkscope-sensor run --dry-run, which also sums every field",
        lambda file, _: [sensor, "run", "--dry-run", "--read", file], number(r'"records": (\d+)')))
    return rows


def limits(program):
    counted = number(r"records=(\d+)")
    rows = [
        ("map", "mmap walk"), ("read", "read(2) walk"), ("count", "libpcap, count only"),
        ("parse", "C on libpcap, parse only"), ("sources", "C on libpcap, table and distinct destinations"),
        ("records", "C on libpcap, all of the sensor's work"),
    ]
    return [
        Program("limit", name, lambda file, _, mode=mode: [program, mode, file],
                counted if mode in ("sources", "records") else None)
        for mode, name in rows
    ]


class Sink:
    """A UDP socket on loopback that swallows exported flows; its time is on nobody's account."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.swallow, daemon=True).start()

    def swallow(self):
        while True:
            self.socket.recv(65536)


def pmacct_configuration(file, directory):
    # Tuned so that nothing is lost: untuned it records a quarter of the packets of a file without a warning.
    path = os.path.join(directory, "pmacctd.conf")
    with open(path, "w", encoding="ascii") as configuration:
        configuration.write(f"""daemonize: false
pcap_savefile: {file}
pcap_savefile_delay: 1
pcap_savefile_wait: true
plugins: print
aggregate: src_host, dst_port, proto, tcpflags
print_refresh_time: 3600
print_output: csv
print_output_file: {directory}/flows.csv
plugin_buffer_size: 102400
plugin_pipe_size: 409600000
print_cache_entries: 300007
""")
    return ["pmacctd", "-f", path]


def peers():
    sink = Sink()

    def softflowd(version):
        # A table of its default size, 8,192, would expire flows early; it is given room for all.
        return lambda file, _: ["softflowd", "-r", file, "-n", f"127.0.0.1:{sink.port}", "-v", version, "-d", "-c",
                                "none", "-p", "none", "-m", "20000000"]

    def nfpcapd(file, directory, flags=()):
        os.mkdir(os.path.join(directory, "flows"))
        return ["nfpcapd", "-r", file, "-w", os.path.join(directory, "flows"), *flags]

    rows = [
        ("nfpcapd", "", nfpcapd, None, size_of("flows")),
        ("nfpcapd", ", lz4", lambda f, d: nfpcapd(f, d, ["-y"]), None, size_of("flows")),
        ("softflowd", ", NetFlow v9", softflowd("9"), number(r"flushed =\s+(\d+)")),
        ("softflowd", ", IPFIX", softflowd("10"), number(r"flushed =\s+(\d+)")),
        ("argus", "", lambda f, d: ["argus", "-F", "/dev/null", "-r", f, "-w", d + "/flows"], None, size_of("flows")),
        # It needs 4 KB of cache for a row and does not finish larger files correctly.
        ("pmacctd", ", print CSV", pmacct_configuration, lines_of("flows.csv"), size_of("flows.csv"), 2_000_000, True),
        ("tracestats", "", lambda f, _: ["tracestats", "pcapfile:" + f]),
        ("tracereport", " -P -F", lambda f, _: ["tracereport", "-P", "-F", "pcapfile:" + f]),
        ("tcpdump", " -w /dev/null", lambda f, _: ["tcpdump", "-r", f, "-w", "/dev/null"]),
    ]
    return [Program("peer", name + detail, *rest) for name, detail, *rest in rows if shutil.which(name)]
