"""Scans and attacks with known rates in the middle of other traffic, and what a plain loop over packets finds of them."""
import collections
import ipaddress
import random
import struct

from . import captures

INTERNET = 2 ** 32
SCANS = ("tcp-syn", "tcp-other", "udp-probe", "icmp-request")
ANSWERS = ("tcp-synack", "tcp-rst", "udp-response", "icmp-reply", "icmp-error")
ATTACK_SILENCE = 300_000
PROTOCOLS = {"tcp-synack": 6, "tcp-rst": 6, "udp-response": 17}

# A source, a class and a port (of an attack the attacked one), Internet-wide packets a second, seconds from the start
# of the span to the first and the last packet.
Plan = collections.namedtuple("Plan", "address kind port rate begin end")


def plans(span, seed=1):
    """Scans of 2,000 to 1,000,000 packets a second and attacks whose answers are 150,000 to 2,000,000."""
    chosen = random.Random(seed)
    made = []
    for number in range(42):
        rate = (2_000, 4_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)[number % 7]
        kind, port = chosen.choice((("tcp-syn", 445), ("tcp-syn", 8443), ("udp-probe", 50_000 + number)))
        # So long that a site of 4,096 addresses gets thirty packets, or as long as there is time.
        length = min(span, max(120, 30 * INTERNET / 4_096 / rate))
        begin = chosen.uniform(0, span - length)
        made.append(Plan(f"45.0.1.{number}", kind, port, rate, begin, begin + length))
    for number in range(24):
        rate = (150_000, 300_000, 700_000, 2_000_000)[number % 4]
        kind = ("tcp-synack", "tcp-rst", "icmp-error", "udp-response")[number // 4 % 4]
        length = chosen.uniform(300, 900)
        begin = chosen.uniform(0, span - length)
        made.append(Plan(f"45.0.2.{number}", kind, 53 if kind == "udp-response" else 80, rate, begin, begin + length))
    return made


def packets(plan, block, start, chosen):
    """The plan's packets to a block: a Poisson process, each to an address drawn evenly."""
    network = ipaddress.ip_network(block)
    perceived = plan.rate * network.num_addresses / INTERNET
    at = plan.begin
    while (at := at + chosen.expovariate(perceived)) < plan.end:
        destination = network[chosen.randrange(network.num_addresses)]
        time = int(start * 1_000 + at * 1_000) * 1_000_000
        frame = b"\x02" * 12 + b"\x08\x00" + _ip(plan, destination, chosen)
        yield captures.Packet(time, len(frame), 1, frame)


def _ip(plan, destination, chosen):
    source, high = ipaddress.IPv4Address(plan.address), chosen.randrange(1_024, 65_536)
    if plan.kind.startswith("tcp"):
        flags = {"tcp-syn": 2, "tcp-synack": 18, "tcp-rst": 4}[plan.kind]
        ports = (high, plan.port) if plan.kind == "tcp-syn" else (plan.port, high)
        protocol, body = 6, struct.pack(">HHIIBBHHH", *ports, 1, 1, 0x50, flags, 1_024, 0, 0)
    elif plan.kind == "udp-probe":
        protocol, body = 17, struct.pack(">HHHH", high, plan.port, 12, 0) + b"ping"
    elif plan.kind == "udp-response":
        protocol, body = 17, struct.pack(">HHHH", plan.port, high, 20, 0) + b"\0\1\x81\x80" + bytes(8)
    else:
        # A router tells the dark address that its packet did not reach the victim.
        quoted = _header(destination, source, 6, 28) + struct.pack(">HHI", high, plan.port, 1)
        source = ipaddress.IPv4Address(f"45.0.3.{chosen.randrange(1, 5)}")
        protocol, body = 1, struct.pack(">BBHI", 3, 1, 0, 0) + quoted
    return _header(source, destination, protocol, 20 + len(body)) + body


def _header(source, destination, protocol, length):
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, length, 1, 0, 60, protocol, 0, source.packed, destination.packed)


def mix(path, plans_, block, start, seed):
    """Puts the packets of plans into a file of Ethernet frames."""
    chosen = random.Random(seed)
    made = captures.read(path)
    for plan in plans_:
        made += packets(plan, block, start, chosen)
    captures.write(path, sorted(made, key=lambda packet: packet.time))


def _victim(data, at):
    """Address and protocol of the quoted destination of an ICMP error over IPv4."""
    quoted = at + (data[at] & 15) * 4 + 8
    if len(data) < quoted + 20 or data[quoted] >> 4 != 4:
        return None
    return str(ipaddress.IPv4Address(data[quoted + 16:quoted + 20])), data[quoted + 9]


def keys(path):
    """Of each IPv4 packet that tells of a scan or an attack: (key, milliseconds, destination)."""
    for packet in captures.read(path):
        facts = captures.dissect(packet)
        if isinstance(facts, str) or facts.family != 4:
            continue
        time = facts.time // 1_000_000
        if facts.kind in SCANS:
            yield ("scan", facts.source, facts.kind, facts.port), time, facts.destination
        elif facts.kind == "icmp-error":
            if victim := _victim(packet.data, captures._find_ip(packet.link, packet.data)[1]):
                yield ("attack", *victim), time, facts.destination
        elif facts.kind in ANSWERS:
            yield ("attack", facts.source, PROTOCOLS.get(facts.kind, 1)), time, facts.destination


Span = collections.namedtuple("Span", "first last packets destinations peak")


def spans(found, scan_silence):
    """The packets of each key between silences: {key: [Span]}."""
    by_key = collections.defaultdict(list)
    for key, time, destination in found:
        by_key[key].append((time, destination))
    result = {}
    for key, members in by_key.items():
        members.sort()
        silence = scan_silence if key[0] == "scan" else ATTACK_SILENCE
        parts = [[members[0]]]
        for member in members[1:]:
            if member[0] - parts[-1][-1][0] <= silence:
                parts[-1].append(member)
            else:
                parts.append([member])
        result[key] = [Span(p[0][0], p[-1][0], len(p), len({d for _, d in p}), _peak([t for t, _ in p])) for p in parts]
    return result


def _peak(times):
    most = begin = 0
    for end, time in enumerate(times):
        while time - times[begin] >= 60_000:
            begin += 1
        most = max(most, end - begin + 1)
    return most
