"""The Darkscope protocol, written from Protocol/SPEC.md and from nothing else: a check that the text is complete, and what
black-box tests speak to a collector with. The comments cite its sections.

Values are dictionaries as in the .json files of Protocol/Vectors. Needs python3-zstandard."""
import io
import ipaddress
import struct

import zstandard

MESSAGE_BYTES = 1_048_576
BATCH_BYTES = 1_044_480
BODY_BYTES = 2_097_152
HEADER_BYTES = 4_096
FIELDS = 256
RANGES = 1_024
RECORDS = 10_000
OVERFLOW_RECORDS = 4_096
GAP_ENTRIES = 10_000
U64 = (1 << 64) - 1

KINDS = {1: "hello", 2: "welcome", 3: "batch", 4: "ack", 5: "nak", 6: "bye"}
VERSIONS = range(1, 2)
FROZEN = ("hello", "nak")
NAK_REASONS = {
    1: "busy", 2: "undecodable", 3: "outside-admission", 4: "over-limit", 5: "unsupported-version",
    6: "conflicting-digest", 7: "storage", 8: "already-imported", 9: "not-welcome",
}
CLASSES = {
    1: "tcp-syn", 2: "tcp-synack", 3: "tcp-rst", 4: "tcp-other", 5: "udp-probe", 6: "udp-response", 7: "icmp-request",
    8: "icmp-reply", 9: "icmp-error", 10: "icmp-other", 11: "fragment", 12: "other",
}
POLICIES = {1: "full", 2: "permuted", 3: "none"}
CAPTURES = {1: "live", 2: "file"}
LINKS = {0: "unknown", 1: "up", 2: "down", 3: "gone"}
CLOCKS = {0: "unknown", 1: "synchronised", 2: "unsynchronised", 3: "file"}
PRECISIONS = {0: "exact", 1: "estimate", 2: "at-least"}
MALFORMED = {
    1: "ip4-short", 2: "ip4-badversion", 3: "ip4-badihl", 4: "ip4-optcut", 5: "ip4-badlen", 6: "ip6-short",
    7: "ip6-badversion",
}
GAP_REASONS = {1: "dropped", 2: "corrupt", 3: "stopped", 4: "rejected", 5: "unwritable"}


class DecodeError(Exception):
    """The bytes are no message or batch, or break a rule."""


def need(holds, why):
    if not holds:
        raise DecodeError(why)


def named(table, number, what):
    need(number in table, f"{what} {number}")
    return table[number]


def fnv1a64(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & U64
    return value


def zigzag(number):
    return number << 1 if number >= 0 else (-number << 1) - 1


def unzigzag(code):
    return code >> 1 if code & 1 == 0 else -(code + 1 >> 1)


class Cursor:
    """Reads bytes from the front."""

    def __init__(self, data):
        self.data, self.at = data, 0

    @property
    def left(self):
        return len(self.data) - self.at

    def take(self, count, what):
        need(0 <= count <= self.left, f"{what}: ends early")
        self.at += count
        return self.data[self.at - count : self.at]

    def byte(self, what):
        return self.take(1, what)[0]

    def varint(self, bits, what):
        value = shift = 0
        while True:
            byte = self.byte(what)
            value |= (byte & 0x7F) << shift
            need(value < 1 << bits, f"{what}: over {bits} bits")
            if byte < 0x80:
                need(byte or shift == 0, f"{what}: not the shortest form")
                return value
            shift += 7

    def end(self, what):
        need(self.left == 0, f"{what}: bytes after the end")


class Fields:
    """Section 3.2: fields by tag."""

    def __init__(self, data):
        self.values = {}
        cursor = Cursor(data)
        while cursor.left:
            tag = cursor.varint(64, "tag")
            value = cursor.take(cursor.varint(64, "length"), f"field {tag}")
            need(tag not in self.values, f"field {tag} twice")
            self.values[tag] = value
            need(len(self.values) <= FIELDS, "too many fields")

    def number(self, tag, what, bits=64, low=0, high=U64):
        number = 0
        if tag in self.values:
            cursor = Cursor(self.values[tag])
            number = cursor.varint(bits, what)
            cursor.end(what)
        need(low <= number <= high, f"{what}: {number}")
        return number

    def signed(self, tag, what):
        return unzigzag(self.number(tag, what))

    def flag(self, tag, what):
        return self.number(tag, what, high=1) == 1

    def enumerated(self, tag, what, table):
        return named(table, self.number(tag, what, bits=8), what)

    def raw(self, tag, what, limit):
        need(tag in self.values, f"{what} is missing")
        need(len(self.values[tag]) <= limit, f"{what}: too long")
        return self.values[tag]

    def epoch(self, tag):
        data = self.raw(tag, "epoch", 16)
        need(len(data) == 16, "epoch: not 16 bytes")
        return "%016x%016x" % struct.unpack("<QQ", data)

    def text(self, tag, what, limit, ascii_only=False):
        data = self.raw(tag, what, limit) if tag in self.values else b""
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DecodeError(f"{what}: {error}") from None
        need("\0" not in text, f"{what}: NUL")
        need(not ascii_only or all(" " <= letter <= "~" for letter in text), f"{what}: not ASCII")
        return text

    def ranges(self, tag):
        if tag not in self.values:
            return []
        cursor, found, last = Cursor(self.values[tag]), [], 0
        count = cursor.varint(64, "ranges")
        need(count <= RANGES, "too many ranges")
        for index in range(count):
            distance = cursor.varint(64, "range")
            need(distance >= (2 if index else 1), "ranges touch")
            first = last + distance
            last = first + cursor.varint(64, "range")
            need(last <= U64, "range ends beyond 64 bits")
            found.append([first, last])
        cursor.end("ranges")
        return found


# Section 3: messages.


def envelope(data):
    """Version, number of the kind, epoch and fields of a message of any version (section 3.1)."""
    need(len(data) <= MESSAGE_BYTES, "message is too long")
    cursor = Cursor(data)
    need(cursor.take(2, "magic") == b"DS", "magic")
    version, kind = cursor.byte("version"), cursor.byte("kind")
    need(version >= 1, "version 0")
    length = struct.unpack("<I", cursor.take(4, "length"))[0]
    body = cursor.take(length, "body")
    cursor.end("message")
    fields = Fields(body)
    return version, kind, fields.epoch(1), fields


def decode_message(data):
    version, kind, epoch, fields = envelope(data)
    kind = named(KINDS, kind, "kind")
    need(version in VERSIONS or kind in FROZEN, f"message version {version}")
    message = {"layer": "message", "version": version, "kind": kind, "epoch": epoch}
    message.update(READERS[kind](fields, version))
    return message


def read_hello(fields, _):
    low = fields.number(2, "lowest version", 8, low=1)
    high = fields.number(3, "highest version", 8, low=low)
    following = fields.number(6, "next sequence", low=1)
    return {
        "versions": [low, high],
        "import": fields.flag(4, "import"),
        "first_sequence": fields.number(5, "first sequence", low=1, high=following),
        "next_sequence": following,
        "sensor_version": fields.text(7, "sensor version", 32, ascii_only=True),
    }


def read_welcome(fields, version):
    need(fields.number(2, "version", 8) == version, "version differs from the envelope's")
    return {
        "server_time_ms": fields.signed(3, "server time"),
        "credit": fields.number(4, "credit", 16, low=1),
        "committed": fields.ranges(5),
    }


def read_batch(fields, _):
    return {
        "sequence": fields.number(2, "sequence", low=1),
        "content": fields.raw(3, "content", BATCH_BYTES).hex(),
    }


def read_ack(fields, _):
    sequences = fields.ranges(2)
    need(sequences, "no sequences")
    return {"sequences": sequences}


def read_nak(fields, _):
    return {
        "sequence": fields.number(2, "sequence"),
        "reason": fields.enumerated(3, "reason", NAK_REASONS),
        "retryable": fields.flag(4, "retryable"),
        "retry_after_ms": fields.number(5, "retry after", 32),
        "text": fields.text(6, "text", 200),
    }


READERS = {
    "hello": read_hello, "welcome": read_welcome, "batch": read_batch, "ack": read_ack, "nak": read_nak,
    "bye": lambda fields, version: {},
}


def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def encode_epoch(text):
    return struct.pack("<QQ", int(text[:16], 16), int(text[16:], 16))


def encode_ranges(ranges):
    out, last = varint(len(ranges)), 0
    for first, end in ranges:
        out += varint(first - last) + varint(end - first)
        last = end
    return out


def encode_fields(fields):
    """Fields from (tag, value) pairs: a number, left out when 0, or bytes."""
    out = b""
    for tag, value in fields:
        if isinstance(value, int):
            if value == 0:
                continue
            value = varint(value)
        out += varint(tag) + varint(len(value)) + value
    return out


def encode_envelope(kind, epoch, fields=(), version=1):
    """A message of any kind (its name or number) and any fields beside the epoch."""
    number = next((number for number, name in KINDS.items() if name == kind), kind)
    body = encode_fields([(1, encode_epoch(epoch)), *fields])
    return b"DS" + bytes([version, number]) + struct.pack("<I", len(body)) + body


def hello(epoch, first=1, following=1, is_import=False, versions=(1, 1), sensor_version="", version=1):
    fields = [
        (2, versions[0]), (3, versions[1]), (4, int(is_import)), (5, first), (6, following), (7, sensor_version.encode()),
    ]
    return encode_envelope("hello", epoch, fields, version)


def welcome(epoch, credit, committed=(), server_time_ms=0, version=1):
    fields = [(2, version), (3, zigzag(server_time_ms)), (4, credit), (5, encode_ranges(committed))]
    return encode_envelope("welcome", epoch, fields, version)


def batch(epoch, sequence, content, version=1):
    return encode_envelope("batch", epoch, [(2, sequence), (3, content)], version)


def ack(epoch, sequences, version=1):
    return encode_envelope("ack", epoch, [(2, encode_ranges(sequences))], version)


def nak(epoch, sequence, reason, retryable, retry_after_ms=0, text="", version=1):
    number = next(number for number, name in NAK_REASONS.items() if name == reason)
    fields = [(2, sequence), (3, number), (4, int(retryable)), (5, retry_after_ms), (6, text.encode())]
    return encode_envelope("nak", epoch, fields, version)


def bye(epoch, version=1):
    return encode_envelope("bye", epoch, [], version)


def encode_message(message):
    """The bytes of what `decode_message` gives."""
    epoch, version = message["epoch"], message["version"]
    match message["kind"]:
        case "hello":
            return hello(
                epoch, message["first_sequence"], message["next_sequence"], message["import"], message["versions"],
                message["sensor_version"], version)
        case "welcome":
            return welcome(epoch, message["credit"], message["committed"], message["server_time_ms"], version)
        case "batch":
            return batch(epoch, message["sequence"], bytes.fromhex(message["content"]), version)
        case "ack":
            return ack(epoch, message["sequences"], version)
        case "nak":
            return nak(
                epoch, message["sequence"], message["reason"], message["retryable"], message["retry_after_ms"],
                message["text"], version)
        case "bye":
            return bye(epoch, version)


# Section 4: batches.


def decode_batch(data):
    need(len(data) <= BATCH_BYTES, "batch is too long")
    cursor = Cursor(data)
    need(cursor.take(3, "magic") == b"DSB", "magic")
    version, kind, packing = cursor.byte("version"), cursor.byte("kind"), cursor.byte("packing")
    need(version == 1, f"batch format {version}")
    need(cursor.take(2, "reserved") == b"\0\0", "reserved")
    header_length, body_length, packed_length = struct.unpack("<III", cursor.take(12, "lengths"))
    need(header_length <= HEADER_BYTES, "header is too long")
    need(body_length <= min(BODY_BYTES, 128 * packed_length + 65_536), "body is too long")
    header = cursor.take(header_length, "header")
    packed = cursor.take(packed_length, "body")
    cursor.end("batch")
    packing = named({0: "stored", 1: "zstd"}, packing, "packing")
    if packing == "stored":
        need(body_length == packed_length, "stored length")
        body = packed
    else:
        body = unpack(packed, body_length)
    kind = named({1: "flows", 2: "gap"}, kind, "kind")
    found = {"layer": "batch", "format": version, "packing": packing, "digest": f"{fnv1a64(data):016x}", "kind": kind}
    found.update((read_flows if kind == "flows" else read_gap)(Fields(header), Cursor(body)))
    return found


def unpack(packed, size):
    """Exactly one zstd frame of exactly `size` bytes; never holds more than that and a window of 8 MiB."""
    need(packed[:4] == b"\x28\xb5\x2f\xfd", "not a zstd frame")
    decompressor = zstandard.ZstdDecompressor(max_window_size=8 << 20)
    try:
        reader = decompressor.stream_reader(io.BytesIO(packed))
        body = b""
        while len(body) <= size and (more := reader.read(size + 1 - len(body))):
            body += more
        need(len(body) == size, "unpacked length")
        # Now it is known to be small, and this reader tells where the frame ends.
        whole = decompressor.decompressobj()
        need(whole.decompress(packed) == body and whole.eof and not whole.unused_data, "more or less than a frame")
    except zstandard.ZstdError as error:
        raise DecodeError(f"zstd: {error}") from None
    return body


def read_account(fields, window_length):
    """Section 4.3."""
    malformed = {name: 0 for name in MALFORMED.values()}
    if 28 in fields.values:
        cursor = Cursor(fields.values[28])
        count = cursor.varint(64, "malformed")
        need(count <= len(MALFORMED), "too many malformed reasons")
        for _ in range(count):
            reason = named(MALFORMED, cursor.byte("malformed"), "malformed reason")
            need(malformed[reason] == 0, "malformed reason twice")
            malformed[reason] = cursor.varint(64, "malformed")
            need(malformed[reason] > 0, "malformed reason without frames")
        cursor.end("malformed")
    account = {
        "observed_from_ms": fields.number(16, "observed from", 32),
        "observed_to_ms": fields.number(17, "observed to", 32, high=1_000 * window_length),
        "capture": fields.enumerated(18, "capture", CAPTURES),
        "shift_s": fields.signed(19, "shift"),
        "link": fields.enumerated(20, "link", LINKS),
        "kernel_received": fields.number(21, "kernel received"),
        "kernel_dropped": fields.number(22, "kernel dropped"),
        "interface_dropped": fields.number(23, "interface dropped"),
        "received": fields.number(24, "received"),
        "aggregated": fields.number(25, "aggregated"),
        "filtered": fields.number(26, "filtered"),
        "non_ip": fields.number(27, "non-IP"),
        "malformed": malformed,
        "late": fields.number(29, "late"),
        "overflowed": fields.number(30, "overflowed"),
        "clock": fields.enumerated(31, "clock", CLOCKS),
        "clock_offset_us": fields.signed(32, "clock offset"),
        "sensor_version": fields.text(33, "sensor version", 32, ascii_only=True),
        "configuration_digest": f"{fields.number(34, 'configuration digest'):016x}",
    }
    need(account["observed_from_ms"] <= account["observed_to_ms"], "observed span")
    bins = account["aggregated"] + account["filtered"] + account["non_ip"] + sum(malformed.values())
    need(bins == account["received"], "received is not the sum of the bins")
    return account


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


def read_flows(fields, cursor):
    length = fields.number(2, "window length", 32)
    start = fields.signed(1, "window start")
    need(10 <= length <= 3_600 and 86_400 % length == 0, "window length")
    need(start % length == 0 and abs(start) < 1 << 53, "window start")
    family = fields.number(6, "family", 8)
    need(family in (4, 6), "family")
    policy = fields.enumerated(5, "policy", POLICIES)
    account = read_account(fields, length)
    counts = {
        "signatures": fields.number(8, "signatures", high=RECORDS),
        "overflow": fields.number(9, "overflow records", high=OVERFLOW_RECORDS),
        "groups": fields.number(10, "groups", high=RECORDS),
        "records": fields.number(7, "records", high=RECORDS),
        "sources": fields.number(14, "sources", high=RECORDS),
        "tool counts": fields.number(15, "tool counts", high=3 * RECORDS),
        "victims": fields.number(11, "victims", high=RECORDS),
    }
    columns = Columns(cursor)
    signatures = read_signatures(columns, counts["signatures"])
    overflow = read_overflow(columns, counts["overflow"])
    records = read_records(columns, counts, family, signatures)
    cursor.end("body")
    check(records, overflow, account, policy, family, length)
    need(fields.number(12, "packets") == account["aggregated"], "packets of the header")
    total = sum(record["bytes"] for record in records) + sum(record["bytes"] for record in overflow)
    need(fields.number(13, "bytes") == min(total, U64), "bytes of the header")
    return {
        "window": {"start": start, "length": length},
        "part": fields.number(3, "part", 16),
        "last_part": fields.flag(4, "last part"),
        "policy": policy,
        "family": family,
        "account": account,
        "signatures": signatures,
        "records": records,
        "overflow": overflow,
    }


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


def check(records, overflow, account, policy, family, length):
    """What section 5.6 demands beyond what reading has shown."""
    for record in overflow:
        need(record["packets"] >= 1, "overflow packets")
    overflowed = sum(record["packets"] for record in overflow)
    need(overflowed == account["overflowed"], "overflowed")
    need(sum(record["packets"] for record in records) + overflowed == account["aggregated"], "aggregated")
    number = {name: value for value, name in CLASSES.items()}
    before = None
    for record in records:
        need(0 <= record["bytes"] < 1 << 63, "bytes")
        need(record["destinations"][0] >= 1, "destinations")
        need(record["first_ms"] <= record["last_ms"] < 1_000 * length, "times")
        need(policy != "none" or record["destination"] == 0, "destination is told")
        order = (number[record["class"]], record["service_port"], int(ipaddress.ip_address(record["source"])))
        need(before is None or before <= order, "order")
        before = order


def read_gap(fields, cursor):
    """Sections 4.4 and 5.7."""
    count = fields.number(3, "entries", high=GAP_ENTRIES)
    entries = []
    for _ in range(count):
        flags = cursor.byte("flags")
        need(flags < 4, "flags")
        sequence = cursor.varint(64, "sequence")
        begin = unzigzag(cursor.varint(64, "from"))
        end = begin + cursor.varint(64, "length")
        need(abs(begin) < 1 << 53 and abs(end) < 1 << 53, "span")
        entries.append({
            "sequence": sequence, "from": begin, "to": end,
            "packets": cursor.varint(64, "packets") if flags & 1 else None,
            "bytes": cursor.varint(64, "bytes") if flags & 2 else None,
        })
    cursor.end("body")
    return {"reason": fields.enumerated(1, "reason", GAP_REASONS), "epoch": fields.epoch(2), "entries": entries}
