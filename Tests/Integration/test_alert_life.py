"""Evidence becomes alerts and notices exactly once, whichever collector does it and whenever one is killed."""
import random
import time

from support.waiting import until

HOSTS = 400
ROUNDS = 12
KILLS = 5


def register(telescope):
    for site, prefix in (("th-life", "198.18.0.0/24"), ("vn-life", "198.18.1.0/24")):
        telescope.add_site(site, prefix)
        telescope.add_sensor(site, "edge")
    telescope.database.rows("""
        INSERT INTO meta.organisation (code, name) VALUES ('city', 'City'), ('isp', 'Provider');
        INSERT INTO meta.organisation_prefix (organisation, prefix, validity, proof)
            VALUES (1, '192.0.2.0/24', '[2020-01-01,)', 'proven'), (2, '192.0.0.0/16', '[2020-01-01,)', 'vouched');
        INSERT INTO meta.contact (organisation, channel, target, format)
            VALUES (1, 'file', 'city', 'json'), (2, 'file', 'isp', 'json'), (2, 'file', 'isp-soc', 'intelmq');
        """)


def arrive(database, round):
    """Evidence of hosts of both organisations, as the transaction that stores flows appends it."""
    database.rows("""
        INSERT INTO alert.arrival
        SELECT o, o, '192.0.2.0'::inet + n %% 200, 'external', 1 + n %% 2, now() - interval '60 s', 60, now(), 1, 6, 23,
            5, 5, now() - interval '50 s', now(), 1000 + n, '198.18.0.0'::inet + n %% 250, 60, 40, 2, 0, 0, 5, NULL, NULL
        FROM generate_series(1, %s) n, generate_series(1, 2) o WHERE (n + %s) %% 3 > 0""", HOSTS, round)


def test_collectors_that_are_killed_take_each_arrival_once_and_tell_it_once(telescope):
    chance = random.Random(11)
    database = telescope.database
    register(telescope)
    collectors = []
    telescope.configure({"collector": {"listen": "tcp://127.0.0.1:*"}})
    for kill in range(KILLS + 2):
        collectors.append(telescope.launch_collector())
    for round in range(ROUNDS):
        arrive(database, round)
        # In the middle of something, with any luck.
        if len(collectors) > 2 and round % 2:
            until(lambda: database.value("SELECT count(*) FROM alert.arrival") < HOSTS * 2, 30, "evidence taken up")
            collectors.pop(chance.randrange(len(collectors))).kill()
    until(lambda: database.value("SELECT count(*) FROM alert.arrival") == 0, 30, "all evidence taken up")
    until(lambda: database.value("SELECT count(*) FROM alert.outbox") == 3, 30, "messages")
    sent = sum((n + round) % 3 > 0 for n in range(1, HOSTS + 1) for round in range(ROUNDS)) * 2
    assert database.row("SELECT count(*), sum(packets)::int8 FROM alert.evidence") == (sent, sent * 5)
    assert database.rows("""
        SELECT a.id FROM alert.alert a WHERE (a.packets, a.flows) IS DISTINCT FROM (
            SELECT (sum(e.packets)::int8, count(*)) FROM alert.evidence e WHERE e.alert = a.id)""") == []
    assert database.rows("SELECT state, finding, count(*)::int FROM alert.alert GROUP BY 1, 2") in (
        [("open", "infection", 400)], [("ongoing", "infection", 400)])
    # Whoever was opened until then is in one notice, and the next is ten minutes later.
    assert database.rows("""
        SELECT n.organisation, count(*)::int, (SELECT count(*)::int FROM alert.outbox x WHERE x.notice = min(n.id))
        FROM alert.notice n GROUP BY 1 ORDER BY 1""") == [(1, 1, 1), (2, 1, 2)]
    assert database.value("""
        SELECT count(*) FROM alert.alert a WHERE (first_told_at IS NULL) = (news IS DISTINCT FROM 'opened')""") == 0
    assert database.rows("SELECT alert FROM alert.notice_item GROUP BY alert HAVING count(*) > 1") == []


def test_a_collector_that_is_only_writer_tells_what_arrived_within_seconds(telescope):
    register(telescope)
    telescope.darkscope("role", "make")
    telescope.configure({"database": {"connection": f"{telescope.database.conninfo} user=writer"}})
    telescope.start_collector()
    began = time.monotonic()
    arrive(telescope.database, 0)
    arrive(telescope.database, 1)
    until(lambda: telescope.database.value("SELECT count(*) FROM alert.outbox") == 3, 20, "notices")
    print(f"evidence to message: {time.monotonic() - began:.2f} s")
