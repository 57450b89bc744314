"""An invented Internet of a month whose every packet is known: what questions in SQL are checked against.

Three sites observe the noon hour (12:00 to 13:00 UTC) of 28 days, and a fourth joins them at noon of the day after, which
the first three observe whole, but for half an hour of alpha's. That day is the first of a year.
"""
import collections
import datetime
import ipaddress
import random
import struct

from . import captures, frames

Packet = collections.namedtuple("Packet", "site time source destination kind port tool window")

PREFIXES = {"alpha": "198.18.0.0/24", "beta": "198.18.1.0/25", "gamma": "198.18.2.0/26", "delta": "198.18.3.0/26"}
UTC = datetime.timezone.utc
DAY = datetime.datetime(2026, 1, 1, tzinfo=UTC)
NOON = 12 * 3_600
DAYS_BEFORE = 28
TODAY, TOMORROW = DAY.date(), DAY.date() + datetime.timedelta(days=1)
FIRST = TODAY - datetime.timedelta(days=DAYS_BEFORE)
ADDRESSES = {site: 1 << 32 - int(prefix.split("/")[1]) for site, prefix in PREFIXES.items()}
# What happens on the day: a port that rises at noon, one that is new and where it is seen when (seconds of the day), one
# that only alpha gets, and one that beta's provider filters.
RISING, NEW, LOCAL, FILTERED = 8545, 60001, 5555, 445
ARRIVALS = {"alpha": 3 * 3_600 + 120, "gamma": 5 * 3_600 + 1_260, "beta": 9 * 3_600 + 30, "delta": NOON + 700}
INFECTED = ipaddress.ip_network("203.0.113.0/24")
# Alpha does not observe from 13:00 to 13:30 on the day.
HOLE = ("alpha", int(DAY.timestamp()) + 13 * 3_600, int(DAY.timestamp()) + 13 * 3_600 + 1_800)
# Second of the day at which the answers of a flooded server begin; it is one of those that answer all the time.
ATTACK = 15 * 3_600
# Block, country, number and name of the autonomous system.
ORIGINS = [(INFECTED, "ID", 64_500, "Infected"), ("11.0.0.0/16", "SG", 64_501, "Neighbours")]
COMMON = [23, 23, 23, 22, 80, 443, FILTERED, FILTERED, 3389, 8080]
TOOLS = {"zmap": 54_321, "masscan": 0, "mirai": 0}


def _address(number):
    """One of the sources: every other one is in the same /24 as its neighbour."""
    return str(ipaddress.ip_address(0x0B00_0000 + number * 131))


VICTIM = _address(300)
# Those that use ZMap, as a list has them.
SCANNERS = [_address(number) for number in range(200, 204)]


class Internet:
    def __init__(self, seed=1):
        self._draw = random.Random(seed)
        self.packets = []
        midnight = int(DAY.timestamp())
        for before in range(DAYS_BEFORE, 0, -1):
            self._hours(("alpha", "beta", "gamma"), midnight - before * 86_400 + NOON, 3_600, 150)
        self._hours(("alpha", "beta", "gamma"), midnight, 86_400, 2_400)
        self._hours(("delta",), midnight + NOON, 3_600, 150)
        for number in range(60):
            for site in PREFIXES:
                for _ in range(3):
                    self._add(site, midnight + NOON + self._draw.uniform(1, 3_598), _address(500 + number), "syn", RISING)
        for site, second in ARRIVALS.items():
            for number in range(8):
                self._add(site, midnight + second + 40 * number, _address(700 + number), "syn", NEW, window=5_840)
        for number in range(300):
            self._add("alpha", midnight + self._draw.uniform(60, 86_000), _address(800 + number % 40), "syn", LOCAL)
        for site in ("alpha", "beta", "gamma"):
            for _ in range(200):
                self._add(site, midnight + ATTACK + self._draw.uniform(0, 300), VICTIM, "synack", 80)
        for edge in (HOLE[1] - 0.001, HOLE[2]):
            self._add("alpha", edge, _address(0), "syn", 23)
        self.packets.sort(key=lambda packet: packet.time)

    def _hours(self, sites, start, seconds, packets):
        """Background of a span at each site, with a first and last packet that make all of it observed."""
        for site in sites:
            for edge in (0, seconds - 0.001):
                self._add(site, start + edge, _address(0), "syn", 23)
            for _ in range(packets):
                time = start + self._draw.uniform(0.01, seconds - 0.01)
                what = self._draw.random()
                if what < 0.1:
                    source = str(INFECTED[self._draw.randrange(1, 20)])
                    self._add(site, time, source, "syn", 23, "mirai")
                elif what < 0.2:
                    self._add(site, time, _address(self._draw.randrange(200, 204)), "syn", 80, "zmap")
                elif what < 0.25:
                    self._add(site, time, _address(self._draw.randrange(210, 213)), "syn", 443, "masscan")
                elif what < 0.35:
                    self._add(site, time, _address(self._draw.randrange(300, 310)), "synack", 80)
                elif what < 0.45:
                    self._add(site, time, _address(self._draw.randrange(400, 420)), "udp", 53)
                else:
                    port = self._draw.choice(COMMON)
                    if (site, port) != ("beta", FILTERED):
                        self._add(site, time, _address(self._draw.randrange(1, 150)), "syn", port)

    def _add(self, site, time, source, kind, port, tool=None, window=1_024):
        if site == HOLE[0] and HOLE[1] <= time < HOLE[2]:
            return
        network = ipaddress.ip_network(PREFIXES[site])
        destination = str(network[self._draw.randrange(network.num_addresses)])
        # To the millisecond, as flows keep it.
        self.packets.append(Packet(site, round(time, 3), source, destination, kind, port, tool, window))

    def write(self, folder, site):
        """Capture files of a site in the order of time: one for each span that it observes."""
        spans = collections.defaultdict(list)
        for packet in self.packets:
            if packet.site == site:
                data = _frame(packet)
                spans[int(packet.time // 86_400), (site, packet.time) >= (HOLE[0], HOLE[1])].append(
                    captures.Packet(round(packet.time * 1_000) * 1_000_000, len(data), 1, data))
        files = []
        for (day, is_after), found in sorted(spans.items()):
            files.append(str(folder / f"{site}-{day}-{is_after:d}.pcap"))
            captures.write(files[-1], found)
        return files


def class_of(packet):
    return {"syn": "tcp-syn", "synack": "tcp-synack", "udp": "udp-probe"}[packet.kind]


def day_of(packet):
    return datetime.datetime.fromtimestamp(packet.time, UTC).date()


def hour_of(packet):
    return datetime.datetime.fromtimestamp(packet.time // 3_600 * 3_600, UTC)


def observed_share(site, hour):
    """How much of an hour a site observed in which it has packets."""
    return 0.5 if (site, hour.timestamp()) == HOLE[:2] else 1


def origin_of(packet):
    for block, country, asn, name in ORIGINS:
        if ipaddress.ip_address(packet.source) in ipaddress.ip_network(block):
            return country, asn, name
    return None, None, None


def count(packets, key):
    """{key: packets}, {key: distinct sources}."""
    sums, sources = collections.Counter(), collections.defaultdict(set)
    for packet in packets:
        sums[key(packet)] += 1
        sources[key(packet)].add(packet.source)
    return sums, {k: len(v) for k, v in sources.items()}


def by_source(packets):
    found = collections.defaultdict(list)
    for packet in packets:
        found[packet.source].append(packet)
    return found


def tool_of(packets):
    """The rule of three SYNs and nine of ten, over what one source sent in a day."""
    syns = [p for p in packets if p.kind == "syn"]
    for tool in ("mirai", "masscan", "zmap"):
        if len(syns) >= 3 and sum(p.tool == tool for p in syns) >= 0.9 * len(syns):
            return tool
    return None


def _frame(packet):
    ends = [ipaddress.ip_address(address) for address in (packet.source, packet.destination)]
    if packet.kind == "udp":
        protocol, body = 17, struct.pack(">HHHH", 40_000, packet.port, 8 + 12, 0) + b"\x12\x34\x01\x00" + bytes(8)
    else:
        # The header tests of architecture.md: IP id 54321; IP id from destination, port and sequence; sequence = destination.
        sequence = {"mirai": int(ends[1])}.get(packet.tool, 7)
        ports = (packet.port, 50_000) if packet.kind == "synack" else (40_000, packet.port)
        protocol, body = 6, struct.pack(
            ">HHIIBBHHH", *ports, sequence, 0, 0x50, 0x12 if packet.kind == "synack" else 2, packet.window, 0, 0)
    ident = TOOLS.get(packet.tool, 1)
    if packet.tool == "masscan":
        ident = (int(ends[1]) ^ packet.port ^ 7) & 0xFFFF
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), ident, 0, 64, protocol, 0) + ends[0].packed + ends[1].packed
    return frames.frame(0x0800, ip + body, ())
