"""Section 5: the columns of a batch and the records in them."""
import ipaddress
import struct

from .parts import Cursor, fnv1a64, named, need, unzigzag

CLASSES = {
    1: "tcp-syn", 2: "tcp-synack", 3: "tcp-rst", 4: "tcp-other", 5: "udp-probe", 6: "udp-response", 7: "icmp-request",
    8: "icmp-reply", 9: "icmp-error", 10: "icmp-other", 11: "fragment", 12: "other",
}
PRECISIONS = {0: "exact", 1: "estimate", 2: "at-least"}


class Columns:
    """Section 5.1."""

    def __init__(self, cursor):
        self.cursor = cursor

    def read(self, name, bits, count, limit=None):
        if count == 0:
            return []
        base = self.cursor.varint(bits, name)
        width = self.cursor.byte(name)
        need(8 * width <= bits, f"{name}: width {width}")
        planes = [self.cursor.take(count, name) for _ in range(width)]
        values = [base + sum(plane[index] << 8 * k for k, plane in enumerate(planes)) for index in range(count)]
        need(max(values) <= ((1 << bits) - 1 if limit is None else limit), f"{name}: out of range")
        return values


def read_signatures(columns, count):
    """Section 5.5."""
    lengths = columns.read("signature-length", 8, count, limit=48)
    data = Cursor(bytes(columns.read("signature-bytes", 8, sum(lengths))))
    found = []
    for length in lengths:
        canonical = data.take(length, "signature")
        if canonical[:1] == b"\1":
            need(8 <= length <= 48 and canonical[6] <= 1, "SYN signature")
            window, mss, scale, fragment, ttl = struct.unpack("<HHBBB", canonical[1:8])
            signature = {
                "kind": "syn", "window": window, "option_kinds": list(canonical[8:]), "mss": mss, "window_scale": scale,
                "dont_fragment": fragment == 1, "rounded_ttl": ttl,
            }
        else:
            need(canonical[:1] == b"\2" and length == 10, "signature")
            digest = struct.unpack("<Q", canonical[2:])[0]
            signature = {"kind": "udp", "length_class": canonical[1], "payload_digest": f"{digest:016x}"}
        found.append({**signature, "canonical": canonical.hex(), "identifier": f"{fnv1a64(canonical):016x}"})
    return found


def read_overflow(columns, count):
    rows = zip(
        columns.read("overflow-family", 8, count),
        columns.read("overflow-protocol", 8, count),
        columns.read("overflow-class", 8, count),
        columns.read("overflow-port", 16, count),
        columns.read("overflow-packets", 64, count),
        columns.read("overflow-bytes", 64, count),
        columns.read("overflow-sources", 32, count),
        columns.read("overflow-precision", 8, count),
    )
    return [
        {
            "family": named({4: 4, 6: 6}, family, "overflow family"), "protocol": protocol,
            "class": named(CLASSES, number, "overflow class"), "service_port": port, "packets": packets, "bytes": octets,
            "sources": [sources, named(PRECISIONS, precision, "overflow precision")],
        }
        for family, protocol, number, port, packets, octets, sources, precision in rows
    ]


def read_records(columns, counts, family, signatures):
    """Sections 5.2 to 5.4."""
    bits, count = (32 if family == 4 else 128), counts["records"]
    groups = read_groups(columns, counts["groups"], count)
    errors = sum(group[0] == 9 for group in groups)
    sources = []
    for step in columns.read("source", bits, counts["sources"]):
        sources.append(sources[-1] + 1 + step if sources else step)
    need(not sources or sources[-1] < 1 << bits, "source")
    steps = columns.read("place", 16, count)
    packets = [number + 1 for number in columns.read("packets", 32, count, limit=(1 << 32) - 2)]
    octets = columns.read("bytes", 64, count)
    distinct = columns.read("destinations", 64, count)
    precisions = columns.read("precision", 8, count)
    firsts = columns.read("first", 32, count)
    spans = iter(columns.read("span", 32, sum(number > 1 for number in packets)))
    marks = columns.read("signature", 16, count)
    tools = columns.read("tools", 8, count)
    partial = iter(columns.read("tool-packets", 32, counts["tool counts"]))
    ttls = columns.read("ttl", 8, count)
    lengths = columns.read("ip-length", 32, count)
    ports = columns.read("source-port", 16, count)
    flags = columns.read("tcp-flags", 8, count)
    destinations = columns.read("destination", bits, count)
    present = columns.read("has-victim", 8, errors, limit=1)
    need(sum(present) == counts["victims"], "victims")
    present = iter(present)
    victims = zip(
        columns.read("victim", bits, counts["victims"]),
        columns.read("victim-protocol", 8, counts["victims"]),
        columns.read("victim-port", 16, counts["victims"]),
    )
    address = ipaddress.IPv4Address if family == 4 else ipaddress.IPv6Address

    by_source, by_mark, highest, place, found = {}, {}, 0, 0, []
    for index, (number, protocol, port, is_first) in enumerate(groups):
        place = steps[index] + (0 if is_first else place)
        need(place < len(sources), "place")
        last_mark, last_ttl, last_port = by_source.get(place, (0, None, 0))
        mark = last_mark if marks[index] == 0 else highest + 1 if marks[index] == 1 else marks[index] - 2
        need(mark <= len(signatures), "signature")
        last_length, last_shares = by_mark.get(mark, (0, 0))
        shares = tools[index] ^ last_shares
        if last_ttl is None:
            is_syn = mark > 0 and signatures[mark - 1]["kind"] == "syn"
            last_ttl = signatures[mark - 1]["rounded_ttl"] if is_syn else 64
        ttl = (last_ttl - ttls[index]) % 256
        ip_length = last_length + unzigzag(lengths[index])
        need(0 <= ip_length <= 65_575, "IP length")
        source_port = (last_port + ports[index]) % 65_536
        by_source[place] = (mark, ttl, source_port)
        by_mark[mark] = (ip_length, shares)
        highest = max(highest, mark)
        destination_count = packets[index] - unzigzag(distinct[index])
        need(0 <= destination_count < 1 << 32, "destinations")
        victim = None
        if number == 9 and next(present):
            who, whose, where = next(victims)
            victim = [str(address(who)), whose, where]
        found.append({
            "source": str(address(sources[place])), "protocol": protocol, "class": CLASSES[number],
            "service_port": port, "victim": victim, "packets": packets[index],
            "bytes": packets[index] * ip_length + unzigzag(octets[index]),
            "destinations": [destination_count, named(PRECISIONS, precisions[index], "precision")],
            "first_ms": firsts[index], "last_ms": firsts[index] + (next(spans) if packets[index] > 1 else 0),
            "source_port": source_port, "destination": destinations[index], "ttl": ttl, "ip_length": ip_length,
            "tcp_flags": flags[index], "tools": matches(shares, packets[index], partial), "signature": mark,
        })
    need(next(partial, None) is None, "tool counts are left")
    return found


def read_groups(columns, count, records):
    """For each record its class, protocol and service port, and whether it is the first of its group."""
    classes = columns.read("group-class", 8, count)
    protocols = columns.read("group-protocol", 8, count)
    steps = columns.read("group-port", 16, count)
    sizes = columns.read("group-records", 16, count)
    need(sum(sizes) + count == records, "groups do not hold the records")
    found, port = [], 0
    for index, (number, protocol, step, size) in enumerate(zip(classes, protocols, steps, sizes)):
        named(CLASSES, number, "class")
        port = step + (port if index and classes[index - 1] == number else 0)
        need(port <= 65_535, "service port")
        found += [(number, protocol, port, not earlier) for earlier in range(size + 1)]
    return found


def matches(shares, packets, partial):
    need(shares < 64, "tools")
    found = []
    for tool in range(3):
        share = shares >> 2 * tool & 3
        need(share < 3, "tools")
        if share == 2:
            number = next(partial, 0)
            need(0 < number < packets, "tool-packets")
        else:
            number = packets if share else 0
        found.append(number)
    return found
