"""A month of generated traffic at twenty sites, and every packet of it as plain Python reads it from the captures.

The generator writes an Internet without pauses. Its time is spread over two spans of each of thirty days, so that each
site observes two hours of a day, in which the days of far zones begin, and is silent between. A leap day and the end of
a month are among the days. A packet at both ends of a span makes all of it observed.
"""
import collections
import datetime
import ipaddress
import random

from . import captures, events, frames
from .telescope import generate
from .waiting import until

UTC = datetime.timezone.utc
FIRST = datetime.date(2024, 2, 15)
DAYS = 30
START = int(datetime.datetime(2024, 2, 15, tzinfo=UTC).timestamp())
END = START + DAYS * 86_400
# Seconds of the day at which a site begins to observe, for an hour each. In Kathmandu a day begins at 18:15, in
# St. John's at 3:30 and, from the change of the clock on 10 March on, at 2:30.
SLOTS, LENGTH = (10_800, 64_800), 3_600
WINDOW = 300
PACKETS = 6_000
SITES = {f"s{number:02}": f"198.18.{number}.0/{24 + number % 4}" for number in range(20)}
# The site whose block is another one from noon of a day.
MOVING, MOVED, CHANGE = "s04", "198.19.4.0/26", START + 13 * 86_400 + 43_200
# A port that rises in the last morning, and one that nobody named before, which reaches the sites one after another.
RISING, NEW = 9_530, 60_001
RISE, ARRIVAL = START + 29 * 86_400 + SLOTS[0], START + 20 * 86_400 + SLOTS[1]
# Country and AS of sources, the smallest block first.
ORIGINS = [("100.64.8.0/22", "TH", 64_501), ("100.64.0.0/10", "JP", 64_500), ("64.0.0.0/3", None, 64_502),
           ("128.0.0.0/2", "SG", None)]
BACKSCATTER = {"tcp-synack", "tcp-rst", "udp-response", "icmp-reply", "icmp-error"}

Packet = collections.namedtuple("Packet", "site time start source kind port bytes tools signature")


# Start of each span that is observed, in Unix seconds.
SPANS = [START + day * 86_400 + slot for day in range(DAYS) for slot in SLOTS]


def block(site, time):
    return MOVED if site == MOVING and time >= CHANGE else SITES[site]


def addresses(site, time):
    return ipaddress.ip_network(block(site, time)).num_addresses


def write(folder):
    """Capture files by site, one for each span."""
    seconds = len(SPANS) * LENGTH
    made = generate(folder, PACKETS, SITES, seed=4, start=START, span=seconds, sources=6_000)
    (folder / "moved").mkdir()
    moved = generate(folder / "moved", PACKETS, {MOVING: MOVED}, seed=4, start=START, span=seconds, sources=6_000)
    files = {}
    for number, site in enumerate(SITES):
        dice = random.Random(number)
        by_span = [[] for _ in SPANS]
        for prefix, path in {SITES[site]: made[site][0], **({MOVED: moved[site][0]} if site == MOVING else {})}.items():
            for packet in captures.read(path):
                index, rest = divmod(packet.time - START * 10**9, LENGTH * 10**9)
                if index < len(by_span) and block(site, SPANS[index]) == prefix:
                    by_span[index].append(packet._replace(time=SPANS[index] * 10**9 + rest))
        files[site] = []
        for at, packets in zip(SPANS, by_span):
            packets += planted(site, number, at, dice)
            packets = [p._replace(time=p.time // 1_000_000 * 1_000_000) for p in packets]
            files[site].append(str(folder / f"{site}-{at}.pcap"))
            captures.write(files[site][-1], sorted(packets, key=lambda p: p.time))
    return files


def plans(index):
    """A scan and an attack in every third span."""
    if index % 3:
        return []
    kind = ("tcp-synack", "tcp-rst", "icmp-error", "udp-response")[index // 3 % 4]
    rate = (700_000, 1_000_000, 2_000_000)[index // 3 % 3]
    return [events.Plan(f"45.0.1.{index}", "tcp-syn", 8_443, rate // 20, 60, LENGTH - 60),
            events.Plan(f"45.0.2.{index}", kind, 53 if kind == "udp-response" else 80, rate, 600, 1_200)]


def planted(site, number, at, dice):
    """The edges of a span and what was put into it."""
    network = ipaddress.ip_network(block(site, at))

    def packet(time, port, source):
        data = frames.syn(str(network[dice.randrange(network.num_addresses)]), port, source, 7)
        return captures.Packet(int(time * 1_000) * 1_000_000, len(data), 1, data)

    yield packet(at, 23, "100.64.0.1")
    yield packet(at + LENGTH - 0.001, 23, "100.64.0.1")
    for plan in plans(SPANS.index(at)):
        yield from events.packets(plan, block(site, at), at, dice)
    if at == RISE:
        for _ in range(60):
            yield packet(at + dice.uniform(1, 3_599), RISING, f"100.64.{8 + dice.randrange(4)}.{dice.randrange(256)}")
    if at == ARRIVAL and number % 2 == 0:
        for source in range(5):
            yield packet(at + 150 * number + 20 * source, NEW, f"100.64.2.{source + number}")


def read(files):
    """Every packet that is one of IP, and {(site, reason): frames} of the others."""
    packets, others = [], collections.Counter()
    for site, paths in files.items():
        for path in paths:
            for frame in captures.read(path):
                facts = captures.dissect(frame)
                if isinstance(facts, str):
                    others[site, facts] += 1
                    continue
                seconds = facts.time / 10**9
                packets.append(Packet(site, seconds, int(seconds) // WINDOW * WINDOW, facts.source, facts.kind, facts.port,
                                      facts.bytes, tools(frame, facts), signature(frame, facts)))
    return packets, others


def tools(frame, facts):
    """Which header tests a SYN meets: IP id, and the sequence number against the destination."""
    if facts.kind != "tcp-syn" or facts.family != 4:
        return frozenset()
    at = captures._find_ip(frame.link, frame.data)[1]
    tcp = at + (frame.data[at] & 15) * 4
    ident = int.from_bytes(frame.data[at + 4:at + 6], "big")
    target = int.from_bytes(frame.data[at + 16:at + 20], "big")
    sequence = int.from_bytes(frame.data[tcp + 4:tcp + 8], "big")
    found = {"zmap"} if ident == 54_321 else set()
    if ident == (target ^ facts.dport ^ sequence) & 0xFFFF:
        found.add("masscan")
    if sequence == target:
        found.add("mirai")
    return frozenset(found)


def signature(frame, facts):
    """What the sender's software left in the headers of a SYN or a datagram, in the text of api.signature."""
    at, data = captures._find_ip(frame.link, frame.data)[1], frame.data
    body = at + (40 if facts.family == 6 else (data[at] & 15) * 4)
    if facts.kind == "tcp-syn":
        kinds, mss, scale = [], "*", "*"
        options = data[body + 20:min(body + (data[body + 12] >> 4) * 4, at + facts.bytes)]
        while options and options[0]:
            kinds.append(options[0])
            size = 1 if options[0] == 1 else options[1] if len(options) > 1 else 0
            if not size or size > len(options):
                break
            if options[0] == 2:
                mss = int.from_bytes(options[2:4], "big") or "*"
            elif options[0] == 3:
                scale = options[2]
            options = options[size:]
        hops = data[at + 8 if facts.family == 4 else at + 7]
        df = "df" if facts.family == 4 and data[at + 6] & 0x40 else "-"
        ttl = next(step for step in (32, 64, 128, 255) if hops <= step)
        window = int.from_bytes(data[body + 14:body + 16], "big")
        return f"syn:{window}:{','.join(map(str, kinds))}:{mss}:{scale}:{df}:{ttl}"
    if facts.kind in ("udp-probe", "udp-response"):
        digest = 0xCBF2_9CE4_8422_2325
        for byte in data[body + 8:min(body + 24, at + facts.bytes)]:
            digest = (digest ^ byte) * 0x100_0000_01B3 % 2**64
        length = max(0, at + facts.bytes - body - 8)
        return f"udp:{length.bit_length()}:{digest:016x}"
    return None


def signed(packets):
    """{signature: packets}: the packets of a source to a port in a window have that of the first."""
    found = collections.defaultdict(list)
    for together in group(packets, lambda p: (p.site, p.start, p.source, p.kind, p.port)).values():
        if together[0].signature:
            found[together[0].signature] += together
    return found


def verdict(packets):
    """The tool of what one source sent in a day."""
    syns = [p for p in packets if p.kind == "tcp-syn"]
    if len(syns) >= 3:
        for tool in ("mirai", "masscan", "zmap"):
            if sum(tool in p.tools for p in syns) >= 0.9 * len(syns):
                return tool
    return None


def origin(source):
    """Country and AS: the smallest block says, and what it does not say the next."""
    address = ipaddress.ip_address(source)
    holding = [row for row in ORIGINS if address in ipaddress.ip_network(row[0])]
    return tuple(next((row[field] for row in holding if row[field]), None) for field in (1, 2))


def group(packets, key):
    found = collections.defaultdict(list)
    for packet in packets:
        found[key(packet)].append(packet)
    return found


def observed(site, start, stop):
    """Address-seconds that the site observed from start to before stop."""
    found = 0
    for at in SPANS:
        low, high = max(at, start), min(at + LENGTH, stop)
        if low < high:
            found += (high - low) * addresses(site, at)
    return found


def expected(site, start, stop):
    """Address-seconds that the site had dark from start to before stop."""
    if site != MOVING or stop <= CHANGE or start >= CHANGE:
        return (stop - start) * addresses(site, start)
    return (CHANGE - start) * addresses(site, start) + (stop - CHANGE) * addresses(site, stop)


class Month:
    """The packets, and a database with what the programs made of them."""

    def __init__(self, folder, telescope):
        self.database = database = telescope.database
        self.files = files = write(folder)
        self.packets, self.others = read(files)
        # Every other of those that send most: their label says nothing of what else they are.
        busiest = [source for source, _ in collections.Counter(p.source for p in self.packets).most_common(40)]
        self.scanners = set(busiest[::2])
        telescope.configure({"rollups": {"quiet": "1s", "refresh": "1s", "sources": "1s"}})
        telescope.start_collector()
        (folder / "origins.csv").write_text("".join(f"{b},{c or ''},{asn or ''}\n" for b, c, asn in ORIGINS))
        telescope.darkscope("origins", "import", folder / "origins.csv", "--name", "own", "--date", "2024-01-31")
        (folder / "scanners.txt").write_text("\n".join(self.scanners))
        telescope.darkscope("scanners", "import", folder / "scanners.txt", "--name", "own", "--date", "2024-01-31")
        for site, prefix in SITES.items():
            telescope.add_site(site, prefix)
        # The registry knows the blocks since now: say since when they were dark.
        database.rows("UPDATE meta.dark_prefix SET validity = '[2024-01-01,)'")
        database.rows("UPDATE meta.dark_prefix SET validity = tstzrange('2024-01-01', to_timestamp(%s)) WHERE prefix = %s",
                      CHANGE, SITES[MOVING])
        database.rows("INSERT INTO meta.dark_prefix (site, prefix, validity)"
                      " SELECT id, %s, tstzrange(to_timestamp(%s), NULL) FROM meta.site WHERE code = %s",
                      MOVED, CHANGE, MOVING)
        for site in SITES:
            telescope.add_sensor(site, "edge", sensor={"window": f"{WINDOW}s"}).read(*files[site])
        until(self._is_made, 600, lambda: f"rollups: {self._left()}")
        database.rows("CREATE EXTENSION hll")

    def _left(self):
        return self.database.row("""
            SELECT (SELECT count(*) FROM rollup.dirty), (SELECT count(*) FROM rollup.world_dirty),
                (SELECT count(*) FROM event.dirty),
                (SELECT count(*) FROM (SELECT DISTINCT start, sensor FROM rollup.source_day) d)""")

    def _is_made(self):
        return self._left() == (0, 0, 0, len(SITES) * DAYS)
