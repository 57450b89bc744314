"""The captures beside the package: a reader and a dissector of our own, and the oracle's values.

Written from `CONVENTION.md` (D1) and the table of traffic classes, not from the sensor's code, so that an error in one
of them shows. Slow and plain on purpose.
"""
import collections
import gzip
import ipaddress
import json
import os
import pathlib
import struct

SHARED = pathlib.Path(os.environ.get("DARKSCOPE_SHARED") or pathlib.Path(__file__).resolve().parents[4] / "shared")
FOLDER = SHARED / "captures"

Packet = collections.namedtuple("Packet", "time length link data")
Facts = collections.namedtuple(
    "Facts", "family source destination protocol bytes kind port dport source_port time")

VLAN = {0x8100, 0x88A8, 0x9100, 0x9200}
REFLECTORS = {
    17, 19, 53, 69, 111, 123, 137, 161, 389, 520, 1900, 3283, 3702, 5060, 5353, 5683, 6881, 10001, 11211, 27015, 27960,
    37810,
}


def names():
    return sorted(p.name[: -len(".json")] for p in (FOLDER / "oracle").glob("*.json"))


class Oracle:
    """Expected values of one capture, as libpcap sees it."""

    def __init__(self, name):
        self.path = FOLDER / "pcap" / name
        self._all = json.loads((FOLDER / "oracle" / f"{name}.json").read_text())
        self._values = self._all["oracle"]
        self._overrides = self._all["libpcap_overrides"]
        self._tuples = FOLDER / "oracle" / f"{name}.tuples.tsv.gz"

    def __getitem__(self, path):
        if path in self._overrides:
            return self._overrides[path]
        node = self._values
        for key in path.split("."):
            node = node[key]
        return node

    def counts(self, path):
        """A table of counts without its zeros."""
        return {k: v for k, v in self[path].items() if v}

    def minutes(self):
        return {start: packets for start, packets in self["ip_packets_per_minute"]}

    @property
    def is_damaged(self):
        """libpcap cannot read the file to its end."""
        return self._all["libpcap"]["error"] is not None

    def tuples(self):
        """{(source, destination, protocol, destination port or None): (packets, bytes)}."""
        if any(f"{family}.tuples_sha256" in self._overrides for family in ("ipv4", "ipv6")):
            # The one such file: libpcap delivers none of its packets.
            assert self["packets_total"] == 0
            return {}
        found = {}
        for line in gzip.decompress(self._tuples.read_bytes()).decode().splitlines():
            source, destination, protocol, port, packets, size = line.split("\t")
            found[source, destination, int(protocol), None if port == "-" else int(port)] = (int(packets), int(size))
        return found


def read(path):
    """Packets of a pcap or pcapng file up to its end or first damage, as libpcap delivers them: a pcapng file whose
    second interface has another link type ends before its first packet."""
    data = pathlib.Path(path).read_bytes()
    return list(_pcapng(data) if data[:4] == b"\x0a\x0d\x0d\x0a" else _pcap(data))


def write(path, packets):
    """Writes packets as a pcap file of Ethernet frames, in nanoseconds."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 1 << 18, 1))
        for packet in packets:
            seconds, nanoseconds = divmod(packet.time, 1_000_000_000)
            file.write(struct.pack("<IIII", seconds, nanoseconds, len(packet.data), packet.length) + packet.data)


def into_block(path, block):
    """The IPv4 packets of a file whose destination is in the block, each with its facts."""
    block = ipaddress.ip_network(block)
    for packet in read(path):
        facts = dissect(packet)
        if not isinstance(facts, str) and facts.family == 4 and ipaddress.ip_address(facts.destination) in block:
            yield packet, facts


def _pcap(data):
    order, unit = {
        b"\xd4\xc3\xb2\xa1": ("<", 1000), b"\xa1\xb2\xc3\xd4": (">", 1000),
        b"\x4d\x3c\xb2\xa1": ("<", 1), b"\xa1\xb2\x3c\x4d": (">", 1),
    }[data[:4]]
    link = struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF
    at = 24
    while at + 16 <= len(data):
        seconds, fraction, captured, length = struct.unpack_from(order + "IIII", data, at)
        if at + 16 + captured > len(data):
            return
        yield Packet(seconds * 1_000_000_000 + fraction * unit, length, link, data[at + 16 : at + 16 + captured])
        at += 16 + captured


def _pcapng(data):
    order, interfaces, found, at = "<", [], [], 0
    while at + 12 <= len(data):
        kind = data[at : at + 4]
        if kind == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[at + 8 : at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            interfaces = []
        (kind, size) = struct.unpack_from(order + "II", data, at)
        body = data[at + 8 : at + size - 4]
        if kind == 1:
            link, _, _ = struct.unpack_from(order + "HHI", body)
            if interfaces and interfaces[0][0] != link:
                return found
            interfaces.append((link, _resolution(order, body[8:])))
        elif kind == 6:
            interface, high, low, captured, length = struct.unpack_from(order + "IIIII", body)
            link, per_second = interfaces[interface]
            ticks = high << 32 | low
            found.append(Packet(ticks * 1_000_000_000 // per_second, length, link, body[20 : 20 + captured]))
        at += size
    return found


def _resolution(order, options):
    while len(options) >= 4:
        code, size = struct.unpack_from(order + "HH", options)
        if code == 9:
            return 2 ** (options[4] & 0x7F) if options[4] & 0x80 else 10 ** options[4]
        if code == 0:
            break
        options = options[4 + (size + 3) // 4 * 4 :]
    return 1_000_000


def _u16(data, at):
    return int.from_bytes(data[at : at + 2], "big") if at + 2 <= len(data) else None


def _find_ip(link, data):
    """(4 or 6, offset) of the outermost IP header, or None."""
    if link == 1:
        return _ethertype(data, _u16(data, 12), 14)
    if link == 113:
        return _ethertype(data, _u16(data, 14), 16)
    if link == 276:
        return _ethertype(data, _u16(data, 0), 20)
    if link == 104:
        return _ethertype(data, _u16(data, 2), 4)
    if link == 9:
        return _ppp(data, 2 if data[:2] == b"\xff\x03" else 0)
    if link in (12, 14, 101):
        return _by_nibble(data, 0)
    return None


def _by_nibble(data, at):
    version = data[at] >> 4 if at < len(data) else 0
    return (version, at) if version in (4, 6) else None


def _ethertype(data, kind, at):
    while kind in VLAN:
        kind, at = _u16(data, at + 2), at + 4
    if kind is None or at >= len(data):
        return None
    if kind == 0x0800:
        return 4, at
    if kind == 0x86DD:
        return 6, at
    if kind in (0x8847, 0x8848):
        return _mpls(data, at)
    if kind == 0x8864:
        return _ppp(data, at + 6)
    if kind <= 1500:
        if data[at : at + 3] == b"\x06\x06\x03":
            return 4, at + 3
        if data[at : at + 6] in (b"\xaa\xaa\x03\x00\x00\x00", b"\xaa\xaa\x03\x00\x00\xf8"):
            return _ethertype(data, _u16(data, at + 6), at + 8)
    return None


def _mpls(data, at):
    while at + 4 <= len(data):
        bottom = data[at + 2] & 1
        at += 4
        if bottom:
            return _by_nibble(data, at)
    return None


def _ppp(data, at):
    if at >= len(data):
        return None
    kind, at = (data[at], at + 1) if data[at] & 1 else (_u16(data, at), at + 2)
    if at >= len(data):
        return None
    if kind == 0x21:
        return 4, at
    if kind == 0x57:
        return 6, at
    return _mpls(data, at) if kind in (0x281, 0x283) else None


def dissect(packet):
    """The facts of a packet, or 'non-ip' or 'malformed'."""
    found = _find_ip(packet.link, packet.data)
    if found is None:
        return "non-ip"
    version, at = found
    data = packet.data
    if version == 4:
        if len(data) - at < 20 or data[at] >> 4 != 4:
            return "malformed"
        header = (data[at] & 15) * 4
        total = _u16(data, at + 2) or packet.length - at
        if header < 20 or len(data) - at < header or total < header:
            return "malformed"
        protocol = data[at + 9]
        later = _u16(data, at + 6) & 0x1FFF != 0
        source, destination = (str(ipaddress.IPv4Address(data[i : i + 4])) for i in (at + 12, at + 16))
        transport = data[at + header : min(len(data), at + total)]
    else:
        if len(data) - at < 40 or data[at] >> 4 != 6:
            return "malformed"
        total = _u16(data, at + 4) + 40
        source, destination = (str(ipaddress.IPv6Address(data[i : i + 16])) for i in (at + 8, at + 24))
        protocol, later, transport = _extensions(data[at + 6], data[at + 40 : min(len(data), at + total)])
    kind, port, dport, source_port = _transport(version, protocol, later, transport)
    return Facts(version, source, destination, protocol, total, kind, port, dport, source_port, packet.time)


def _extensions(following, rest):
    while following in (0, 43, 44, 51, 60):
        if len(rest) < 8:
            return following, False, b""
        size = 8 if following == 44 else (rest[1] + 2) * 4 if following == 51 else (rest[1] + 1) * 8
        if len(rest) < size:
            return following, False, b""
        later = following == 44 and _u16(rest, 2) & 0xFFF8 != 0
        following, rest = rest[0], rest[size:]
        if later:
            return following, True, rest
    return following, False, rest


def _transport(version, protocol, later, data):
    """(class, service port, destination port or None, source port) of the transport header."""
    if later:
        return "fragment", 0, None, 0
    if protocol in (6, 17) and len(data) >= 4:
        source, destination = _u16(data, 0), _u16(data, 2)
        if protocol == 17:
            answers = _is_response(source, destination, data[8:])
            return ("udp-response", source, destination, source) if answers else (
                "udp-probe", destination, destination, source)
        if len(data) < 20:
            return "other", destination, destination, source
        flags = data[13] & 0x17
        kind = {2: "tcp-syn", 0x12: "tcp-synack", 4: "tcp-rst", 0x14: "tcp-rst"}.get(flags, "tcp-other")
        return kind, source if kind in ("tcp-synack", "tcp-rst") else destination, destination, source
    if protocol == (1 if version == 4 else 58) and len(data) >= 4:
        table = {8: 7, 13: 7, 15: 7, 17: 7, 0: 8, 14: 8, 16: 8, 18: 8, 3: 9, 4: 9, 5: 9, 11: 9, 12: 9} \
            if version == 4 else {128: 7, 129: 8, 1: 9, 2: 9, 3: 9, 4: 9}
        kind = {7: "icmp-request", 8: "icmp-reply", 9: "icmp-error"}.get(table.get(data[0]), "icmp-other")
        return kind, _u16(data, 0), None, 0
    return "other", 0, None, 0


def _is_response(source, destination, payload):
    if source not in REFLECTORS:
        return False
    if source in (53, 5353) and len(payload) >= 3:
        return payload[2] & 0x80 != 0
    if source == 123 and payload:
        mode = payload[0] & 7
        if mode == 6:
            return len(payload) >= 2 and payload[1] & 0x80 != 0
        return mode in (2, 4) or mode == 7 and payload[0] & 0x80 != 0
    if source == 5060 and payload:
        return payload.startswith(b"SIP/2.0")
    if source == 1900 and payload:
        return payload.startswith(b"HTTP/1.")
    return destination >= 1024
