"""Ethernet frames of a test's own making."""
import ipaddress
import struct

from . import captures

_HARDWARE = b"\x02" * 12


def frame(kind, payload, tags):
    """Behind VLAN tags, given as (TPID, VLAN), the outermost first."""
    return _HARDWARE + b"".join(struct.pack(">HH", *tag) for tag in tags) + struct.pack(">H", kind) + payload


def syn(destination, port=80, source="192.0.2.1", sequence=0, tags=()):
    """A TCP SYN over IPv4 or IPv6."""
    tcp = struct.pack(">HHIIBBHHH", 40_000, port, sequence, 0, 0x50, 2, 1024, 0, 0)
    ends = [ipaddress.ip_address(address) for address in (source, destination)]
    if ends[1].version == 4:
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0)
        kind = 0x0800
    else:
        ip = struct.pack(">IHBB", 6 << 28, len(tcp), 6, 64)
        kind = 0x86DD
    return frame(kind, ip + ends[0].packed + ends[1].packed + tcp, tags)


def arp(target, tags=()):
    """A question for the owner of an IPv4 address."""
    addresses = [ipaddress.ip_address(address).packed for address in ("192.0.2.1", target)]
    body = struct.pack(">HHBBH", 1, 0x0800, 6, 4, 1) + b"\x02" * 6 + addresses[0] + bytes(6) + addresses[1]
    return frame(0x0806, body, tags)


def write(path, frames):
    """A capture file of these frames; its path."""
    captures.write(path, [captures.Packet(0, len(frame), 1, frame) for frame in frames])
    return path
