"""How long a notice takes: from the end of the window that a packet is in, at a sensor that captures at the pace of time, to
the mail server or the webhook, while other sensors load the collector."""
import collections
import hashlib
import hmac
import random
import subprocess

from . import captures, frames
from .organisations import load, new_key
from .programs import environment, path
from .waiting import until

WINDOW = 10
BLOCK = "198.18.7.0/24"

# Seconds from the end of the window: to the collector that has it, from there to the notice, from there to the receiver.
Sample = collections.namedtuple("Sample", "channel received made delivered")


def total(sample):
    return sample.received + sample.made + sample.delivered


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def address(number):
    return f"100.64.{number // 250}.{number % 250 + 1}"


def webhook_secret(key_file, contact):
    """As the collector makes it of its key."""
    key = bytes.fromhex(key_file.read_text().split()[-1])
    return hmac.new(key, f"darkscope webhook {contact}".encode(), hashlib.sha256).hexdigest()


def register(telescope, folder, receivers, hosts):
    """An organisation for each host, told by mail or, every other one, by a webhook."""
    load(telescope, folder, [
        {"organisation": f"host-{n}", "name": f"Host {n}", "prefix": f"{address(n)}/32", "valid_from": "2026-01-01",
         "vouched_by": "the test",
         "mail": "" if n % 2 else f"host-{n}@example.org", "mail_format": "" if n % 2 else "text"} for n in range(hosts)])
    for n in range(1, hosts, 2):
        (contact,), = telescope.database.rows(
            "INSERT INTO meta.contact (organisation, channel, target, format) SELECT id, 'webhook', %s, 'json'"
            " FROM meta.organisation WHERE code = %s RETURNING id", receivers.webhook(f"host-{n}"), f"host-{n}")
        receivers.trust(webhook_secret(folder / "alerts.key", contact))


def write(folder, hosts, seconds, seed=1):
    """A capture in which each host scans for a tenth of a second, at its own time."""
    draw, packets = random.Random(seed), []
    for number in range(hosts):
        begin = 1 + (seconds - 1) * number / hosts
        for index in range(12):
            data = frames.syn(f"198.18.7.{draw.randrange(256)}", 23, address(number))
            packets.append(captures.Packet(int((begin + index * 0.008) * 1_000) * 1_000_000, len(data), 1, data))
    # Something until the end of the last window, which the capture's clock must reach.
    for tick in range(seconds + WINDOW + 4):
        data = frames.syn("198.18.7.9", 80, "192.0.2.99")
        packets.append(captures.Packet(tick * 1_000_000_000, len(data), 1, data))
    captures.write(folder / "live.pcap", sorted(packets, key=lambda packet: packet.time))
    return folder / "live.pcap"


def measure(telescope, folder, receivers, hosts, seconds, rate, packets, minutes):
    """Samples, and the records a second that the collector stored meanwhile.

    :param rate: records a second that four other sensors send, of `packets` a minute in each of `minutes`
    """
    database = telescope.database
    new_key(folder)
    telescope.configure({"alerts": receivers.settings(key_file=folder / "alerts.key")})
    receivers.start()
    telescope.start_collector()
    register(telescope, folder, receivers, hosts)
    telescope.add_site("site", BLOCK)
    sensor = telescope.add_sensor("site", "edge", sensor={"window": f"{WINDOW}s"})
    load_ = subprocess.Popen(
        [path("ingest-benchmark"), "load", database.conninfo, str(packets), str(minutes), "4", str(rate),
         telescope.endpoint, telescope.server_key], stdout=subprocess.DEVNULL, env=environment())
    try:
        stored = "SELECT coalesce(sum(records), 0)::int8, extract(epoch FROM clock_timestamp())::float8 FROM raw.batch"
        until(lambda: database.row(stored)[0] > 0, 120, "load")
        before = database.row(stored)
        sensor.start("--read", write(folder, hosts, seconds), "--speed", 1, "--shift-to", "now")
        until(lambda: len(receivers.mails()) + len(receivers.posts()) >= hosts, seconds + WINDOW + 60,
              lambda: f"{hosts} notices; there are {len(receivers.mails())} mails and {len(receivers.posts())} posts")
        after = database.row(stored)
        assert load_.poll() is None, "the load ended before the measurement: give it more minutes"
    finally:
        load_.kill()
        load_.wait()
    arrived = {mail["To"].strip("<>").split("@")[0]: time for time, mail in receivers.mails()}
    for post in receivers.posts():
        assert post["signature"] == "good"
        arrived.setdefault(post["path"].strip("/"), post["at"])
    samples = []
    for code, channel, end, received, made in database.rows("""
            SELECT o.code, c.channel, extract(epoch FROM e.ended)::float8, extract(epoch FROM e.received)::float8,
                extract(epoch FROM n.made_at)::float8
            FROM alert.notice n JOIN alert.outbox x ON x.notice = n.id JOIN meta.contact c ON c.id = x.contact
                JOIN meta.organisation o ON o.id = n.organisation
                JOIN LATERAL (SELECT min(window_start + window_seconds * interval '1 s') AS ended,
                    min(received_at) AS received, count(DISTINCT window_start) AS windows
                    FROM alert.evidence v WHERE v.organisation = o.id) e ON true
            WHERE n.reason = 'first' AND e.windows = 1"""):
        samples.append(Sample(channel, received - end, made - received, arrived[code] - made))
    assert len(samples) >= hosts * 0.8
    return samples, (after[0] - before[0]) / (after[1] - before[1])


def table(samples):
    """Rows of text: p50, p99 and the most, of the whole and of its parts."""
    rows = [("window's end to receiver", total), ("window's end to the collector", lambda s: s.received),
            ("collector to notice", lambda s: s.made), ("notice to receiver", lambda s: s.delivered)]
    for name, part in rows:
        values = [part(sample) for sample in samples]
        yield name, percentile(values, 0.5), percentile(values, 0.99), max(values)
