"""Section 3: messages."""
import struct

from .parts import Cursor, Fields, need, named, zigzag

MESSAGE_BYTES = 1_048_576
BATCH_BYTES = 1_044_480
KINDS = {1: "hello", 2: "welcome", 3: "batch", 4: "ack", 5: "nak", 6: "bye"}
VERSIONS = range(1, 2)
FROZEN = ("hello", "nak")
NAK_REASONS = {
    1: "busy", 2: "undecodable", 3: "outside-admission", 4: "over-limit", 5: "unsupported-version",
    6: "conflicting-digest", 7: "storage", 8: "already-imported", 9: "not-welcome",
}


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
