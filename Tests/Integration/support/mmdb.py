"""Writes MaxMind DB files (MaxMind DB File Format Specification 2.0) for tests: small ones, record size 28."""
import ipaddress

STRING, UINT16, UINT32, MAP, UINT64, ARRAY = 2, 5, 6, 7, 9, 11


def control(kind, size):
    assert size < 285
    head, extra = (size, b"") if size < 29 else (29, bytes([size - 29]))
    return bytes([kind << 5 | head]) + extra if kind <= 7 else bytes([head, kind - 7]) + extra


def encoded(value):
    if isinstance(value, dict):
        return control(MAP, len(value)) + b"".join(encoded(k) + encoded(v) for k, v in value.items())
    if isinstance(value, list):
        return control(ARRAY, len(value)) + b"".join(map(encoded, value))
    if isinstance(value, int):
        digits = value.to_bytes((value.bit_length() + 7) // 8, "big")
        return control(UINT32, len(digits)) + digits
    return control(STRING, len(value.encode())) + value.encode()


def typed(kind, value):
    digits = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return control(kind, len(digits)) + digits


def write(path, rows, version=6):
    """rows: [(prefix, value)], none overlapping another. In a tree of version 6 IPv4 is at ::/96, with ::ffff:0:0/96
    leading there too, as MaxMind has it."""
    nodes = [[None, None]]

    def insert(bits, leaf):
        node = 0
        for bit in bits[:-1]:
            if nodes[node][bit] is None:
                nodes.append([None, None])
                nodes[node][bit] = len(nodes) - 1
            node = nodes[node][bit]
        nodes[node][bits[-1]] = leaf

    data, places = b"", {}
    has_ipv4 = False
    for prefix, value in rows:
        network = ipaddress.ip_network(prefix)
        if repr(value) not in places:
            places[repr(value)] = len(data)
            data += encoded(value)
        bits = [int(c) for c in format(int(network.network_address), f"0{network.max_prefixlen}b")[:network.prefixlen]]
        if version == 6 and network.version == 4:
            has_ipv4 = True
            bits = [0] * 96 + bits
        insert(bits, ("data", places[repr(value)]))
    if has_ipv4:
        node = 0
        for _ in range(96):
            node = nodes[node][0]
        insert([0] * 80 + [1] * 16, node)

    def record(item):
        if item is None:
            return len(nodes)
        return len(nodes) + 16 + item[1] if isinstance(item, tuple) else item

    tree = b""
    for left, right in nodes:
        left, right = record(left), record(right)
        tree += left.to_bytes(4, "big")[1:] + bytes([left >> 24 << 4 | right >> 24]) + right.to_bytes(4, "big")[1:]
    metadata = control(MAP, 9)
    for key, value in [
            ("binary_format_major_version", typed(UINT16, 2)), ("binary_format_minor_version", typed(UINT16, 0)),
            ("build_epoch", typed(UINT64, 1_760_000_000)), ("database_type", encoded("Test")),
            ("description", encoded({"en": "made by a test"})), ("ip_version", typed(UINT16, version)),
            ("languages", encoded(["en"])), ("node_count", typed(UINT32, len(nodes))),
            ("record_size", typed(UINT16, 28))]:
        metadata += encoded(key) + value
    with open(path, "wb") as file:
        file.write(tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + metadata)
