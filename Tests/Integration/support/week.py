"""A week at five sites that ends now, in which the hosts of organisations are infected, attacked, misconfigured and forged:
what was planted, every packet, and what a plain loop over the packets says that each organisation should be told.

Background radiation comes from the generator, whose hosts of 203.0.113.0/24 are infected from half time on.
"""
import collections
import ipaddress
import random
import struct
import time

from . import captures, frames
from .month import tools
from .telescope import generate

WINDOW = 300
END = int(time.time()) // 60 * 60
START = END - 7 * 86_400
HOUR, DAY = 3_600, 86_400
# The site alpha lies in the address space of the organisation uni; delta is of low trust.
SITES = {
    "alpha": ["198.18.1.128/26"], "beta": ["198.18.2.0/26"], "gamma": ["198.18.3.0/25", "2001:db8:dd::/64"],
    "delta": ["198.18.4.0/26"], "epsilon": ["198.18.5.0/27"],
}
TRUST = {"beta": "high", "delta": "low"}
# What epsilon's sensor could not deliver before the end: its files of a day and a half.
OUTAGE = ("epsilon", END - 60 * HOUR, END - 24 * HOUR)
# Blocks of each organisation, with the second from which or until which they are its own.
ORGANISATIONS = {
    "isp": [("192.0.2.0/24", None, None), ("198.51.100.0/24", None, None), ("2001:db8:1::/48", None, None)],
    "city": [("192.0.2.0/25", None, None)],
    "school": [("192.0.2.64/26", None, None)],
    "bank": [("198.51.100.0/25", None, None)],
    "uni": [("198.18.1.0/24", None, None)],
    "cert": [("203.0.113.0/24", None, None)],
    "claimer": [("198.51.100.128/25", None, None)],
    "moved": [("192.0.2.128/25", None, START + 3 * DAY + 12 * HOUR)],
}
UNPROVEN = {"claimer"}
ALLOWED = {"isp": ["198.51.100.40/32"]}
LISTED = {"192.0.2.200": "Example Scanner", "198.51.100.201": "Example Scanner"}
LEAST_PACKETS, LEAST_ADDRESSES, ATTACK_PACKETS = 10, 3, 25
SERVICES = {53, 67, 123, 137, 138, 161, 162, 389, 500, 514, 1900, 5353}
SCANS = ("tcp-syn", "udp-probe", "icmp-request")
ANSWERS = ("tcp-synack", "tcp-rst", "udp-response", "icmp-reply")

# A packet that an alert may rest on: `address` is whose it is, `late` whether it came with the files after the outage.
Sign = collections.namedtuple("Sign", "site time address kind port destination late")


class Week:
    """`files` and `late` are capture files by site. Addresses as they were planted: `infected`, `attacked`, `misconfigured`;
    `few`, which send too little to be told; `forged`, in whose name a packet or two come, and `framed`, in whose many."""

    def __init__(self, folder, seed=1):
        self._draw = random.Random(seed)
        self._sent = {site: [] for site in SITES}
        self.infected, self.attacked, self.misconfigured = set(), set(), set()
        self.forged, self.framed, self.few = set(), set(), set()
        self._infections()
        self._floods()
        self._attacks()
        self._scanners()
        self.files, self.late = self._write(folder)
        self._marked = set()
        self.signs = [sign for site in SITES for sign in self._read(site)]
        # Those of the generator, by Mirai's mark.
        self.infected |= self._marked - self.framed
        self.forged -= self.infected

    # What is planted.

    def scan(self, source, site, packets, addresses, begin, length, kind="syn", port=23, ttl=50, mirai=False, zmap=False):
        """`packets` to `addresses` dark addresses in turn, evenly over `length` seconds from `begin`."""
        block = ipaddress.ip_network(next(p for p in SITES[site] if (":" in p) == (":" in source)))
        chosen = self._draw.sample(range(min(block.num_addresses, 1 << 16)), addresses)
        for number in range(packets):
            at = begin + length * (number + self._draw.random()) / packets
            self._send(site, at, source, str(block[chosen[number % addresses]]), kind,
                       port(self._draw) if callable(port) else port, ttl(self._draw) if callable(ttl) else ttl, mirai, zmap)

    def _send(self, site, at, source, destination, kind, port, ttl, mirai=False, zmap=False, victim=None):
        if ":" in source:
            data = frames.syn(destination, port, source)
        else:
            data = frames.frame(0x0800, _ipv4(source, destination, kind, port, ttl, mirai, zmap, victim), ())
        moment = int(min(max(at, START), END - 0.001) * 1_000) * 1_000_000
        self._sent[site].append(captures.Packet(moment, len(data), 1, data))

    def _infections(self):
        def infect(source, *parts, **more):
            self.infected.add(source)
            for site, packets, addresses, begin, length in parts:
                self.scan(source, site, packets, addresses, START + begin, length, **more)

        every = [(site, 60, 20, DAY + index * HOUR, 4 * DAY) for index, site in enumerate(SITES)]
        infect("192.0.2.70", *every, mirai=True)
        infect("192.0.2.10", ("beta", 12, 6, 2 * DAY, HOUR), port=22)
        infect("192.0.2.11", ("beta", 5, 5, 2 * DAY, HOUR), ("gamma", 5, 5, 2 * DAY, HOUR), port=445)
        infect("192.0.2.14", ("delta", 10, 10, 3 * DAY, HOUR), ("beta", 10, 10, 3 * DAY, HOUR))
        # A tool that tries many ports is no reason to call an organisation's host a scanner.
        infect("192.0.2.16", *((site, 150, 25, DAY, DAY) for site in SITES), port=lambda draw: draw.randrange(1, 60_000))
        infect("198.51.100.9", *((site, 20, 10, 2 * DAY, 2 * DAY) for site in ("alpha", "beta", "gamma")), port=22)
        infect("198.51.100.20", ("epsilon", 40, 20, OUTAGE[1] - START + HOUR, 10 * HOUR))
        infect("198.51.100.21", ("epsilon", 10, 10, OUTAGE[1] - START + HOUR, 10 * HOUR), ("beta", 20, 10, DAY, HOUR))
        infect("198.51.100.22", ("beta", 20, 20, 4 * DAY, HOUR), kind="udp", port=5060)
        infect("198.51.100.23", ("gamma", 30, 30, 4 * DAY, HOUR), kind="echo", port=0x0800)
        infect("198.51.100.24", *((site, 15, 10, END - START - 240, 230) for site in ("beta", "gamma")))
        infect("198.51.100.130", ("beta", 30, 20, 5 * DAY, HOUR))
        infect("198.18.1.5", ("alpha", 30, 15, 2 * DAY, HOUR), ("beta", 30, 15, 2 * DAY, HOUR), port=445)
        infect("2001:db8:1::5", ("gamma", 20, 15, 3 * DAY, HOUR), port=22)
        # The block was another's after half of the week.
        infect("192.0.2.140", ("beta", 15, 15, DAY, HOUR), ("beta", 25, 25, 6 * DAY, HOUR))
        for source, site, packets, addresses in (
                ("192.0.2.12", "beta", 9, 9), ("192.0.2.13", "delta", 100, 30), ("192.0.2.15", "gamma", 30, 2)):
            self.few.add(source)
            self.scan(source, site, packets, addresses, START + 3 * DAY, HOUR, port=445)

    def _floods(self):
        any_ttl = lambda draw: draw.randrange(30, 250)  # noqa: E731
        for block, site, begin, kind in (
                ("192.0.2.128/26", "beta", 2 * DAY, "syn"), ("192.0.2.128/26", "gamma", 4 * DAY, "syn"),
                ("198.51.100.64/28", "alpha", DAY, "syn"), ("198.51.100.64/28", "beta", DAY, "udp"),
                ("192.0.2.96/27", "delta", 5 * DAY, "syn"), ("203.0.113.0/24", "beta", 2 * DAY, "syn")):
            for address in ipaddress.ip_network(block):
                if self._draw.random() < 0.8 and str(address) not in self.infected:
                    self.forged.add(str(address))
                    self.scan(str(address), site, self._draw.choice((1, 1, 2)), 1, START + begin, 600, kind, 80, any_ttl)
        # One forged source, one target: a flood, or somebody's decoy.
        self.forged.add("198.51.100.90")
        self.scan("198.51.100.90", "gamma", 200, 1, START + 2 * DAY, 600, port=6_667, ttl=any_ttl)
        # What a hostile network could write to frame somebody, at one site.
        self.framed.add("198.51.100.91")
        self.scan("198.51.100.91", "gamma", 100, 40, START + 2 * DAY, 600, port=23, ttl=any_ttl, mirai=True)
        # And a flood at several sites that is so long that each forged source comes often.
        for address in map(str, ipaddress.ip_network("192.0.2.208/29")):
            self.framed.add(address)
            for site in ("alpha", "beta", "gamma"):
                self.scan(address, site, 12, 12, START + 5 * DAY, 600, port=80, ttl=any_ttl)

    def _attacks(self):
        for source, site, packets, kind in (
                ("192.0.2.30", "alpha", 700, "synack"), ("192.0.2.30", "beta", 700, "synack"),
                ("192.0.2.30", "gamma", 700, "rst"), ("198.51.100.31", "epsilon", 30, "rst"),
                ("198.51.100.34", "delta", 300, "synack"),
                ("192.0.2.70", "gamma", 60, "synack"), ("198.51.100.32", "beta", 40, "reply"),
                ("198.51.100.33", "epsilon", 50, "answer")):
            self.attacked.add(source)
            self.scan(source, site, packets, 25, START + 3 * DAY, HOUR, kind, 53 if kind == "answer" else 80)
        self.few.add("198.51.100.30")
        self.scan("198.51.100.30", "beta", 24, 20, START + 3 * DAY, HOUR, "synack", 80)
        self.attacked.add("192.0.2.31")
        for number in range(40):
            self._send("beta", START + 3 * DAY + number, "45.0.3.1", f"198.18.2.{number}", "error", 80, 50,
                       victim="192.0.2.31")

    def _scanners(self):
        for source in (*LISTED, "198.51.100.40"):
            for site in SITES:
                self.scan(source, site, 60, 25, START + DAY, 3 * DAY, port=lambda draw: draw.randrange(1, 10_000), zmap=True)
        self.infected.add("198.51.100.40")
        for source, sites, port in (("192.0.2.40", ("gamma",), 53), ("198.51.100.41", ("alpha", "beta"), 123)):
            self.misconfigured.add(source)
            for site in sites:
                self.scan(source, site, 100, 1, START + DAY, 2 * DAY, "udp", port)

    # Files.

    def _write(self, folder):
        made = generate(folder, 4_000, {site: blocks[0] for site, blocks in SITES.items()}, seed=9, start=START,
                        span=END - START, sources=20_000)
        files, late = {}, {}
        for site, packets in self._sent.items():
            everything = sorted(packets + captures.read(made[site][0]), key=lambda packet: packet.time)
            everything = [p._replace(time=p.time // 1_000_000 * 1_000_000) for p in everything]
            spans = [[], [], []]
            for packet in everything:
                after = (packet.time >= OUTAGE[1] * 10**9) + (packet.time >= OUTAGE[2] * 10**9)
                spans[after if site == OUTAGE[0] else 0].append(packet)
            names = [str(folder / f"{site}-{number}.pcap") for number in range(3)]
            for name, span in zip(names, spans):
                captures.write(name, span)
            files[site] = names[:1] if site != OUTAGE[0] else [names[0], names[2]]
            if site == OUTAGE[0]:
                late[site] = [names[1]]
        return files, late

    def _read(self, site):
        for files, is_late in ((self.files[site], False), (self.late.get(site, []), True)):
            for path in files:
                for packet in captures.read(path):
                    facts = captures.dissect(packet)
                    if isinstance(facts, str):
                        continue
                    address = facts.source
                    if facts.kind == "icmp-error":
                        address = _victim(packet.data) or address
                    elif facts.kind not in SCANS + ANSWERS:
                        continue
                    if "mirai" in tools(packet, facts) and holders_of(address):
                        self._marked.add(address)
                    yield Sign(site, facts.time / 10**9, address, facts.kind, facts.port, facts.destination, is_late)

    # What should be told.

    def expected(self):
        """{(organisation, address, kind): (packets, finding, label)} of all evidence, by the rules of the judgement."""
        found = collections.defaultdict(list)
        for sign in self.signs:
            for organisation in holders(sign):
                found[organisation, sign.address, _kind(organisation, sign)].append(sign)
        return {key: (len(signs), *_finding(key, signs)) for key, signs in found.items()}


def holders(sign):
    """The organisations that hold the address at the start of the sign's window."""
    return list(_holders(ipaddress.ip_address(sign.address), sign.time // WINDOW * WINDOW))


def holders_of(address):
    """Those that hold it now."""
    return list(_holders(ipaddress.ip_address(address), END))


def _holders(address, start):
    for organisation, blocks in ORGANISATIONS.items():
        for block, since, until in blocks:
            network = ipaddress.ip_network(block)
            if (network.version == address.version and address in network and (since or 0) <= start
                    and (until is None or start < until)):
                yield organisation
                break


def _kind(organisation, sign):
    if sign.kind not in SCANS:
        return "backscatter"
    dark = [ipaddress.ip_network(block) for block in SITES[sign.site]]
    own = [ipaddress.ip_network(block) for block, _, _ in ORGANISATIONS[organisation]]
    is_own = any(d.version == o.version and d.overlaps(o) for d in dark for o in own)
    return "internal" if is_own else "external"


def _finding(key, signs):
    organisation, address, kind = key
    holding = [block for block in ALLOWED.get(organisation, []) if ipaddress.ip_address(address) in
               ipaddress.ip_network(block)]
    label = "allowed" if holding else LISTED.get(address)
    if label:
        return "none", label
    by_site = collections.defaultdict(set)
    for sign in signs:
        by_site[sign.site].add(sign.destination)
    trusted = {site for site in by_site if TRUST.get(site) != "low"}
    if not trusted:
        return "none", None
    if kind == "backscatter":
        return ("attack" if len(signs) >= ATTACK_PACKETS else "none"), None
    if len(signs) < LEAST_PACKETS:
        return "none", None
    is_service = all(sign.kind == "udp-probe" and sign.port in SERVICES for sign in signs)
    if is_service and sum(map(len, by_site.values())) <= 2:
        return "misconfiguration", None
    if len(by_site) >= 2 or any(len(by_site[site]) >= LEAST_ADDRESSES for site in trusted):
        return "infection", None
    return "none", None


def _victim(data):
    quoted = 14 + 20 + 8
    if data[12:14] != b"\x08\x00" or len(data) < quoted + 20 or data[quoted] >> 4 != 4:
        return None
    return str(ipaddress.IPv4Address(data[quoted + 16:quoted + 20]))


def _ipv4(source, destination, kind, port, ttl, mirai, zmap, victim):
    ends = [ipaddress.IPv4Address(address) for address in (source, destination)]
    ident = 54_321 if zmap else 1
    if kind in ("syn", "synack", "rst"):
        flags = {"syn": 2, "synack": 18, "rst": 4}[kind]
        ports = (40_000, port) if kind == "syn" else (port, 40_000)
        sequence = int(ends[1]) if mirai else 7
        protocol, body = 6, struct.pack(">HHIIBBHHH", *ports, sequence, 0, 0x50, flags, 1_024, 0, 0)
    elif kind == "udp":
        protocol, body = 17, struct.pack(">HHHH", 50_000, port, 20, 0) + b"\x12\x34\x01\x00" + bytes(8)
    elif kind == "answer":
        protocol, body = 17, struct.pack(">HHHH", 53, 50_000, 20, 0) + b"\x12\x34\x81\x80" + bytes(8)
    elif kind == "error":
        quoted = _header(ends[1], ipaddress.IPv4Address(victim), 6, 28, 1, 1) + struct.pack(">HHI", 50_000, port, 1)
        protocol, body = 1, struct.pack(">BBHI", 3, 1, 0, 0) + quoted
    else:
        protocol, body = 1, struct.pack(">BBHI", 8 if kind == "echo" else 0, 0, 0, 1) + bytes(8)
    return _header(*ends, protocol, 20 + len(body), ttl, ident) + body


def _header(source, destination, protocol, length, ttl, ident):
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, length, ident, 0, ttl, protocol, 0, source.packed, destination.packed)
