"""A random history of organisations, alerts and notices, written by plain SQL as collectors leave it, and what follows from it."""
import datetime
import ipaddress
import random
import statistics
import zoneinfo

import psycopg2
import psycopg2.extras

UTC = datetime.timezone.utc
FINDINGS = {"internal": ("infection", "misconfiguration"), "external": ("infection", "misconfiguration"),
            "backscatter": ("attack",)}
SITES = ("al-a", "al-b", "al-c")


def hours(number):
    return datetime.timedelta(hours=number)


def median(values):
    values = [value.total_seconds() for value in values if value is not None]
    return statistics.median(values) if values else None


class Episode:
    """An alert's time from its opening on; told_at and closed_at are None when they did not come."""

    def __init__(self, chance, number, begin, end, kind):
        self.number, self.first_seen = number, begin
        self.finding = chance.choice(FINDINGS[kind])
        self.opened_at = begin + datetime.timedelta(seconds=chance.randrange(5, 4000))
        self.told_at = self.opened_at + datetime.timedelta(seconds=chance.choice((1, 700, 40_000))) \
            if chance.random() < 0.8 else None
        self.last_seen = begin + hours(chance.expovariate(1 / 60))
        self.closed_at = max(self.last_seen, self.opened_at) + hours(24)
        if self.closed_at > end:
            self.closed_at = None
            self.last_seen = min(self.last_seen, end)
        self.sensors = chance.sample((1, 2, 3), chance.randrange(1, 4))
        self.packets = {sensor: chance.randrange(10, 5000) for sensor in self.sensors}


class Alert:
    def __init__(self, chance, number, organisation, address, prefix, begin, end):
        self.number, self.organisation, self.address, self.prefix = number, organisation, address, prefix
        self.kind = chance.choice(tuple(FINDINGS))
        self.is_false_positive = chance.random() < 0.1
        self.severity, self.confidence = chance.choice(("low", "medium", "high")), chance.choice(("low", "medium", "high"))
        self.episodes, at = [], begin + (end - begin) * chance.random()
        # Enough of them are open at the end.
        if chance.random() < 0.25:
            at = max(begin, end - hours(chance.randrange(31, 150)))
        while at < end - hours(30) and len(self.episodes) < 4:
            self.episodes.append(Episode(chance, len(self.episodes) + 1, at, end, self.kind))
            if self.episodes[-1].closed_at is None:
                break
            at = self.episodes[-1].closed_at + hours(chance.randrange(1, 2000))

    def finding(self, episode):
        """What is known of an episode that was never told is what is known of the alert."""
        return (episode if episode.told_at else self.episodes[-1]).finding

    @property
    def state(self):
        last = self.episodes[-1] if self.episodes else None
        return "watching" if last is None else "closed" if last.closed_at else "open" if last.told_at is None else "ongoing"


class Organisation:
    """Blocks are (prefix, from, until, proof)."""

    def __init__(self, chance, number, begin, end):
        self.number, self.code = number, f"org-{number}"
        self.created_at = begin + (end - begin) * (0 if number < 4 else chance.random() * 0.8)
        self.ended_at = self.created_at + (end - self.created_at) * 0.7 if number % 5 == 4 else None
        outer, half = ipaddress.ip_network(f"10.{number}.0.0/16"), ipaddress.ip_network(f"10.{number}.128.0/17")
        later = self.created_at + (end - self.created_at) * 0.5
        self.blocks = [(outer, self.created_at, None, "proven"), (half, later, None, "vouched"),
                       (ipaddress.ip_network(f"2001:db8:{number:x}::/56"), later, None, "vouched"),
                       (ipaddress.ip_network(f"172.16.{number}.0/24"), self.created_at, later, "proven"),
                       (ipaddress.ip_network(f"192.168.{number}.0/24"), self.created_at, None, "claimed")]
        self.contacts = chance.randrange(1, 3)


class Notice:
    """alerts are those that it told; states those of its messages."""

    def __init__(self, chance, organisation, made_at, reason, alerts):
        self.organisation, self.made_at, self.reason, self.alerts = organisation, made_at, reason, alerts
        self.states = [chance.choices(("delivered", "dead", "due"), (90, 5, 5))[0] for _ in range(organisation.contacts)]


class History:
    """Several months of a programme."""

    def __init__(self, database, begin, end, seed=1, organisations=7, alerts=160):
        self.database, self.end = database, end
        chance = random.Random(seed)
        self.organisations = [Organisation(chance, n, begin, end) for n in range(1, organisations + 1)]
        self.alerts = []
        for number in range(1, alerts + 1):
            organisation = chance.choice(self.organisations)
            address = f"10.{organisation.number}.{number // 256}.{number % 256}"
            block = 1 + 5 * (organisation.number - 1)
            self.alerts.append(Alert(chance, number, organisation, address, block, organisation.created_at, end))
        self.notices = [Notice(chance, a.organisation, e.told_at, "first", [(a, e)])
                        for a in self.alerts for e in a.episodes if e.told_at is not None]
        # A digest tells of the last news of several alerts; tests are no part of any statistics.
        for organisation in self.organisations:
            told = [(a, e) for a in self.alerts if a.organisation is organisation
                    for e in a.episodes if e.told_at is not None and e.told_at < end - hours(48)]
            if told:
                last = max(e.told_at for _, e in told) + hours(20)
                self.notices.append(Notice(chance, organisation, last, "digest", told[:3]))
            self.notices.append(Notice(chance, organisation, end - hours(1), "test", []))
        self.notices.sort(key=lambda notice: notice.made_at)
        self._write()

    def _write(self):
        connection = psycopg2.connect(self.database.conninfo)
        with connection, connection.cursor() as cursor:
            def insert(table, columns, rows):
                psycopg2.extras.execute_values(
                    cursor, f"INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE VALUES %s", list(rows))
                if columns.startswith("id"):
                    cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")

            insert("meta.site", "id, code, name", [(n, code, code) for n, code in enumerate(SITES, 1)])
            insert("meta.sensor", "id, site, name", [(n, n, "edge") for n in (1, 2, 3)])
            insert("meta.organisation", "id, code, name, created_at, ended_at", [
                (o.number, o.code, f"Organisation {o.number}", o.created_at, o.ended_at) for o in self.organisations])
            insert("meta.organisation_prefix", "organisation, prefix, validity, proof", [
                (o.number, str(prefix), psycopg2.extras.DateTimeTZRange(since, until), proof)
                for o in self.organisations for prefix, since, until, proof in o.blocks])
            insert("meta.contact", "id, organisation, channel, target, format", [
                (10 * o.number + n, o.number, "mail", f"soc{n}@example.org", "text")
                for o in self.organisations for n in range(o.contacts)])
            insert("alert.alert", "id, organisation, address, kind, state, finding, severity, confidence, reasons, prefix, "
                   "episode, packets, flows, first_seen, last_seen, opened_at, closed_at, first_told_at, told_at, "
                   "is_false_positive", [self._row(a) for a in self.alerts])
            insert("alert.alert_sensor", "alert, episode, sensor, packets, windows, destinations, sample, syn_packets, zmap, "
                   "masscan, mirai, ttl_least, ttl_most, ttl, ttl_near, ttl_flows, "
                   "configured_packets, amplifier_packets, first_seen, last_seen", [
                       (a.number, e.number, s, e.packets[s], 3, 4, [], e.packets[s], 0, 0, e.packets[s], 50, 51, 50, 3, 3, 0, 0,
                        e.first_seen if s == e.sensors[0] else e.last_seen, e.last_seen)
                       for a in self.alerts for e in a.episodes for s in e.sensors])
            insert("alert.history", "alert, at, event", [
                event for a in self.alerts for e in a.episodes for event in (
                    (a.number, e.opened_at, "opened" if e.number == 1 else "reopened"), (a.number, e.opened_at, "ongoing"),
                    *([(a.number, e.closed_at - hours(23), "quiet"), (a.number, e.closed_at, "closed")]
                      if e.closed_at else []))])
            insert("alert.notice", "id, organisation, reason, made_at, items", [
                (n, notice.organisation.number, notice.reason, notice.made_at, len(notice.alerts) or 1)
                for n, notice in enumerate(self.notices, 1)])
            insert("alert.notice_item", "notice, number, alert, news, address, kind, finding, severity, confidence, reasons, "
                   "state, episode, first_seen, last_seen, packets, new_packets, sites, addresses, is_late, prefix", [
                       (n, place, a.number, "opened", a.address, a.kind, e.finding, a.severity, a.confidence, [], "open",
                        e.number, e.first_seen, e.last_seen, 10, 10, 1, 4, False, f"10.{a.organisation.number}.0.0/16")
                       for n, notice in enumerate(self.notices, 1) for place, (a, e) in enumerate(notice.alerts, 1)])
            messages = [(n, 10 * notice.organisation.number + place, state, notice.made_at + datetime.timedelta(seconds=2))
                        for n, notice in enumerate(self.notices, 1) for place, state in enumerate(notice.states)]
            insert("alert.outbox", "notice, contact, state, attempts, due_at, created_at, delivered_at, problem", [
                (n, contact, state, 1, at, at, at if state == "delivered" else None,
                 None if state == "delivered" else "421 try later") for n, contact, state, at in messages])
            cursor.execute("INSERT INTO alert.delivery (outbox, at, attempt, outcome, detail, milliseconds) "
                           "SELECT id, due_at, 1, CASE state WHEN 'due' THEN 'retry' ELSE state END, '250 ok', 7 FROM alert.outbox")
        connection.close()

    @staticmethod
    def _row(a):
        last = a.episodes[-1] if a.episodes else None
        return (
            a.number, a.organisation.number, a.address, a.kind, a.state, last.finding if last else "none", a.severity,
            a.confidence, ["invented"], a.prefix, len(a.episodes), sum(sum(e.packets.values()) for e in a.episodes) or 3, 9,
            a.episodes[0].first_seen if last else a.organisation.created_at,
            last.last_seen if last else a.organisation.created_at, last and last.opened_at, last and last.closed_at,
            last and last.told_at, last and last.told_at, a.is_false_positive)

    def figures(self, since, until, organisation=None):
        """What happened from since to before until, to one organisation or all."""
        inside = lambda at: at is not None and since <= at < until  # noqa: E731
        ours = lambda thing: organisation is None or thing.organisation is organisation  # noqa: E731
        episodes = [(a, e) for a in self.alerts if ours(a) for e in a.episodes]
        opened = [(a, e) for a, e in episodes if inside(e.opened_at)]
        told = [e for _, e in episodes if inside(e.told_at)]
        closed = [(a, e) for a, e in episodes if inside(e.closed_at)]
        clean = [max(e.last_seen - e.told_at, datetime.timedelta()) for a, e in closed
                 if e.told_at is not None and not a.is_false_positive]
        notices = [n for n in self.notices if ours(n) and inside(n.made_at) and n.reason != "test"]
        states = [state for n in notices for state in n.states]
        kinds, findings = [a.kind for a, _ in opened], [a.finding(e) for a, e in opened]
        return {
            "opened": len(opened), "reopened": sum(e.number > 1 for _, e in opened),
            "internal": kinds.count("internal"), "external": kinds.count("external"),
            "backscatter": kinds.count("backscatter"), "infections": findings.count("infection"),
            "misconfigurations": findings.count("misconfiguration"), "attacks": findings.count("attack"),
            "false_positives": sum(a.is_false_positive for a, _ in opened), "closed": len(closed),
            "open_at_end": sum(e.opened_at < until and (e.closed_at is None or e.closed_at >= until) for _, e in episodes),
            "told": len(told), "cleaned": len(clean), "notices": len(notices), "messages": len(states),
            "delivered": states.count("delivered"), "dead": states.count("dead"),
            "median_seconds_to_notify": median(e.told_at - e.first_seen for e in told),
            "median_seconds_to_clean": median(clean)}

    def programme(self, since, until):
        """The figures and the organisations and blocks at the end."""
        at = min(until - datetime.timedelta(microseconds=1), datetime.datetime.now(UTC))
        served = [o for o in self.organisations if o.created_at <= at and (o.ended_at is None or o.ended_at > at)]
        blocks = [(prefix, proof) for o in served for prefix, begin, end, proof in o.blocks
                  if begin <= at and (end is None or at < end)]
        proven = [prefix for prefix, proof in blocks if proof != "claimed"]
        count = lambda version: sum(network.num_addresses for network in ipaddress.collapse_addresses(  # noqa: E731
            prefix for prefix in proven if prefix.version == version))
        return self.figures(since, until) | {
            "organisations": len(served), "blocks": len(blocks), "proven_blocks": len(proven), "ipv4_addresses": count(4),
            "ipv6_networks": -(-count(6) // 2 ** 64),
            "organisations_told": len({n.organisation for n in self.notices
                                       if since <= n.made_at < until and n.reason != "test"})}


def months(year, zone):
    """(first day, begin, end) of the months of a year in a zone that have begun."""
    clock = zoneinfo.ZoneInfo(zone)
    for month in range(1, 13):
        begin = datetime.datetime(year, month, 1, tzinfo=clock)
        end = datetime.datetime(year + month // 12, month % 12 + 1, 1, tzinfo=clock)
        if begin <= datetime.datetime.now(UTC):
            yield begin.date(), begin.astimezone(UTC), end.astimezone(UTC)
