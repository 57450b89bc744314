"""What messages and batches are made of: numbers, bytes and fields (section 3.2)."""
import struct

FIELDS = 256
RANGES = 1_024
U64 = (1 << 64) - 1


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
