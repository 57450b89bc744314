"""The message layer of Protocol/SPEC.md, as far as a peer needs it that records and repeats batches: their content stays
opaque. And sockets that speak it with CURVE keys written as 64 hexadecimal digits."""
import collections
import time

import zmq
from zmq.utils import z85

# One for all sockets, and for ever: libzmq waits without end for the sockets of a context that is forgotten, such as those of a
# test that failed.
CONTEXT = zmq.Context()

HELLO, WELCOME, BATCH, ACK, NAK, BYE = range(1, 7)

Message = collections.namedtuple("Message", "kind fields")


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def zigzag(value):
    return value << 1 if value >= 0 else (-value << 1) - 1


def encode(kind, fields, version=1):
    """A message of `fields`: {tag: number or bytes}."""
    body = bytearray()
    for tag, value in fields.items():
        value = varint(value) if isinstance(value, int) else value
        body += varint(tag) + varint(len(value)) + value
    return b"DS" + bytes([version, kind]) + len(body).to_bytes(4, "little") + bytes(body)


def decode(data):
    """The message's kind and its fields as bytes by tag."""
    assert data[:2] == b"DS" and int.from_bytes(data[4:8], "little") == len(data) - 8, data[:16]
    fields, at = {}, 8
    while at < len(data):
        tag, at = read_varint(data, at)
        size, at = read_varint(data, at)
        fields[tag], at = data[at : at + size], at + size
    return Message(data[3], fields)


def number(message, tag):
    return read_varint(message.fields[tag], 0)[0] if tag in message.fields else 0


def hello(epoch, first, following, is_import, version="test"):
    fields = {1: epoch, 2: 1, 3: 1, 4: int(is_import), 5: first, 6: following, 7: version.encode()}
    return encode(HELLO, {tag: value for tag, value in fields.items() if value != 0})


def batch(epoch, sequence, content):
    return encode(BATCH, {1: epoch, 2: sequence, 3: content})


def read_ranges(data):
    """The set of numbers in an encoded list of ranges."""
    found, at, end = set(), 0, 0
    count, at = read_varint(data, at)
    for _ in range(count):
        distance, at = read_varint(data, at)
        extent, at = read_varint(data, at)
        found.update(range(end + distance, end + distance + extent + 1))
        end += distance + extent
    return found


def new_key():
    """(secret, public), each 64 hexadecimal digits."""
    public, secret = zmq.curve_keypair()
    return z85.decode(secret).hex(), z85.decode(public).hex()


def _z85(hexadecimal):
    return z85.encode(bytes.fromhex(hexadecimal))


class Peer:
    """A sensor's side of one connection: whatever it is told to send it sends."""

    def __init__(self, endpoint, server=None, secret=None, public=None):
        self.socket = CONTEXT.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.sndtimeo = 200
        if server is not None:
            self.socket.curve_serverkey = _z85(server)
            self.socket.curve_secretkey, self.socket.curve_publickey = _z85(secret), _z85(public)
        self.monitor = self.socket.get_monitor_socket()
        self.socket.connect(endpoint)

    def send(self, *frames):
        """Whether the frames were taken; a collector that has shut the connection takes none."""
        try:
            self.socket.send_multipart(frames)
            return True
        except zmq.Again:
            return False

    def receive(self, seconds):
        """The next message, or None."""
        if not self.socket.poll(seconds * 1000):
            return None
        return decode(self.socket.recv())

    def greet(self, epoch, seconds=20, **more):
        """Says HELLO and returns the answer, or None. It is said again, since a collector may have just started."""
        self.send(hello(epoch, **more))
        return self.receive(seconds)

    def is_refused(self, seconds):
        """Whether the handshake fails within that time."""
        from zmq.utils.monitor import recv_monitor_message
        failures = {
            zmq.EVENT_HANDSHAKE_FAILED_AUTH, zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL,
            zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL, zmq.EVENT_DISCONNECTED,
        }
        deadline = time.monotonic() + seconds
        while self.monitor.poll(max(0, deadline - time.monotonic()) * 1000):
            event = recv_monitor_message(self.monitor)["event"]
            if event in failures:
                return True
            if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                return False
        return False

    def close(self):
        # In this order: libzmq waits for a monitor that was closed first.
        self.socket.disable_monitor()
        self.monitor.close(linger=0)
        self.socket.close(linger=0)


class Recorder:
    """A collector that keeps every batch in memory and acknowledges it."""

    def __init__(self):
        self.secret, self.public = new_key()
        self.socket = CONTEXT.socket(zmq.ROUTER)
        self.socket.linger = 0
        self.socket.curve_server = True
        self.socket.curve_secretkey = _z85(self.secret)
        self.port = self.socket.bind_to_random_port("tcp://127.0.0.1")
        self.hello = None
        self.batches = {}

    def serve_until(self, condition, seconds):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"the recorder got only {len(self.batches)} batches in {seconds} s"
            if self.socket.poll(20):
                self._answer(*self.socket.recv_multipart())

    def _answer(self, peer, data):
        message = decode(data)
        if message.kind == HELLO:
            self.hello = message
            now = int(time.time() * 1000)
            self.socket.send_multipart(
                [peer, encode(WELCOME, {1: message.fields[1], 2: 1, 3: zigzag(now), 4: 8, 5: varint(0)})])
        elif message.kind == BATCH:
            sequence = number(message, 2)
            self.batches[message.fields[1], sequence] = message.fields[3]
            ranges = varint(1) + varint(sequence) + varint(0)
            self.socket.send_multipart([peer, encode(ACK, {1: message.fields[1], 2: ranges})])

    def close(self):
        self.socket.close(linger=0)
