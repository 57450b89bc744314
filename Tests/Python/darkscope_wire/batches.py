"""Section 4: batches, and what section 5.6 demands of them."""
import io
import ipaddress
import struct

import zstandard

from .messages import BATCH_BYTES
from .parts import U64, Cursor, DecodeError, Fields, fnv1a64, named, need, unzigzag
from .records import CLASSES, Columns, read_overflow, read_records, read_signatures

BODY_BYTES = 2_097_152
HEADER_BYTES = 4_096
RECORDS = 10_000
OVERFLOW_RECORDS = 4_096
GAP_ENTRIES = 10_000
POLICIES = {1: "full", 2: "permuted", 3: "none"}
CAPTURES = {1: "live", 2: "file"}
LINKS = {0: "unknown", 1: "up", 2: "down", 3: "gone"}
CLOCKS = {0: "unknown", 1: "synchronised", 2: "unsynchronised", 3: "file"}
MALFORMED = {
    1: "ip4-short", 2: "ip4-badversion", 3: "ip4-badihl", 4: "ip4-optcut", 5: "ip4-badlen", 6: "ip6-short",
    7: "ip6-badversion",
}
GAP_REASONS = {1: "dropped", 2: "corrupt", 3: "stopped", 4: "rejected", 5: "unwritable"}


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
