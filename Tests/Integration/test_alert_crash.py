"""The collector is killed again and again between evidence and delivery, and the mail server is down: nothing is lost."""
import collections
import random
import time

import pytest

from support import captures, frames
from support.latency import address, register
from support.organisations import Receivers, new_key
from support.waiting import until

HOSTS, KILLS, SPAN, SPEED = 40, 10, 900, 60


@pytest.fixture
def receivers(folder):
    made = Receivers(folder)
    yield made
    made.stop()


def write(folder):
    """Hosts that begin to scan one after another, in the last quarter of an hour."""
    draw, packets = random.Random(5), []
    begin = int(time.time()) - SPAN - 10
    for number in range(HOSTS):
        for index in range(20):
            data = frames.syn(f"198.18.7.{draw.randrange(256)}", 23, address(number))
            at = begin + (SPAN - 20) * number / HOSTS + index * 0.8
            packets.append(captures.Packet(int(at * 1_000) * 1_000_000, len(data), 1, data))
    captures.write(folder / "hosts.pcap", sorted(packets, key=lambda packet: packet.time))
    return folder / "hosts.pcap"


def taken(receivers):
    return len(receivers.mails()) + len(receivers.posts())


def test_kills_between_evidence_and_delivery_lose_no_notice(telescope, folder, receivers):
    database, draw = telescope.database, random.Random(7)
    new_key(folder)
    telescope.configure({"alerts": receivers.settings(key_file=folder / "alerts.key")})
    register(telescope, folder, receivers, HOSTS)
    telescope.add_site("site", "198.18.7.0/24")
    collector = telescope.start_collector()
    sensor = telescope.add_sensor("site", "edge", sensor={"window": "10s"})
    reading = sensor.start("--read", write(folder), "--speed", SPEED)
    for number in range(KILLS):
        # The receivers are there from the middle on. Then every other kill comes between a message and its answer.
        if number == KILLS // 2:
            receivers.start(answer_after=0.3)
        if number > KILLS // 2 and number % 2:
            got = taken(receivers)
            until(lambda: taken(receivers) > got, 15, "a message")
        else:
            time.sleep(draw.uniform(0.1, 1.5))
        collector.kill()
        # A copy that the dead one had in hand counts as failed after minutes: let them pass.
        database.rows("UPDATE alert.outbox SET due_at = now() WHERE state = 'due'")
        collector = telescope.start_collector()
    assert reading.wait(40) == 0

    def is_over():
        database.rows("UPDATE alert.outbox SET due_at = now() WHERE state = 'due' AND due_at > now() + interval '5 s'")
        return database.row("""
            SELECT (SELECT count(*) FROM alert.arrival), (SELECT count(*) FROM alert.outbox WHERE state <> 'delivered'),
                (SELECT count(*) FROM alert.notice)""") == (0, 0, HOSTS)

    until(is_over, 40, lambda: f"deliveries: {database.rows('SELECT state, problem, count(*) FROM alert.outbox GROUP BY 1, 2')}",
          interval=0.5)

    # What is told rests on every packet, once.
    telescope.assert_conserved()
    assert database.rows("SELECT host(address), packets FROM alert.alert ORDER BY address") == [
        (address(number), 20) for number in range(HOSTS)]
    assert database.value("SELECT sum(packets)::int8 FROM alert.evidence") == 20 * HOSTS

    # Everybody was told, and what came twice has the same key and says the same.
    copies = collections.defaultdict(list)
    for _, mail in receivers.mails():
        copies[mail["X-Darkscope-Key"]].append((mail["X-RcptTo"], bytes(mail)))
    posts = collections.defaultdict(list)
    for post in receivers.posts():
        posts[post["key"]].append((post["path"], post["addresses"]))
    assert {to for told in copies.values() for to, _ in told} == {f"host-{n}@example.org" for n in range(0, HOSTS, 2)}
    assert {path for told in posts.values() for path, _ in told} == {f"/host-{n}" for n in range(1, HOSTS, 2)}
    keys = dict(database.rows("""
        SELECT x.key::text, c.channel FROM alert.outbox x JOIN meta.contact c ON c.id = x.contact"""))
    assert set(posts) == {key for key, channel in keys.items() if channel == "webhook"}
    assert set(copies) == {key for key, channel in keys.items() if channel == "mail"}
    assert all(len(set(map(str, told))) == 1 for told in [*copies.values(), *posts.values()])
    twice = sum(len(told) - 1 for told in [*copies.values(), *posts.values()])
    attempts = database.value("SELECT sum(attempts) FROM alert.outbox")
    assert twice > 0
    print(f"\n{KILLS} kills, {len(keys)} messages, {attempts} attempts, {twice} copies more than one")
