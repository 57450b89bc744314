"""The questions of ops/bench/trends, their targets, and what each must read at least."""

import os
import sys
import time

from measure import cpu_ticks

QUESTIONS = [
    # Text, target in milliseconds, what is asked, what it must read.
    ("top 20 ports by sources, 30 days", 300,
     "SELECT * FROM api.top_ports(%(end)s - interval '30 days', %(end)s)",
     """SELECT count(*) FROM (SELECT class, service_port, sum(packets), sum(sources) FROM rollup.world_port_day
        WHERE start >= %(end)s - interval '30 days' AND start < %(end)s GROUP BY 1, 2) r"""),
    ("top 20 ports by sources, 24 hours from half past", None,
     "SELECT * FROM api.top_ports(%(end)s - interval '24.5 hours', %(end)s - interval '0.5 hours')",
     """SELECT count(*) FROM (SELECT class, service_port, sum(packets), sum(sources) FROM rollup.world_port_hour
        WHERE start >= %(end)s - interval '25 hours' AND start < %(end)s GROUP BY 1, 2) r"""),
    ("top 20 ports by sources, 90 days", None,
     "SELECT * FROM api.top_ports(%(end)s - interval '90 days', %(end)s)", None),
    ("top 20 ports by packets, 30 days", None,
     "SELECT * FROM api.top_ports(%(end)s - interval '30 days', %(end)s, 'packets')", None),
    ("top 20 ports by sites, 30 days", None,
     "SELECT * FROM api.top_ports(%(end)s - interval '30 days', %(end)s, 'sites')", None),
    ("one address of the last day, all days", 50,
     "SELECT * FROM api.source_history(%(address)s, '2000-01-01', '2100-01-01')",
     """SELECT count(*) FROM rollup.world_source_day d
        WHERE rollup.address_range(d.source_min, d.source_max, '[]') && rollup.address_range(%(address)s, %(address)s, '[]')"""),
    ("one address that all sites saw each day, all days", None,
     "SELECT * FROM api.source_history(%(busiest)s, '2000-01-01', '2100-01-01')", None),
    ("sources at 3 sites and more, last day", 1000,
     "SELECT * FROM api.sources_at_sites(%(day)s, %(day)s + 1)",
     """SELECT count(*) FROM (SELECT unnest(source4), unnest(sites) AS sites, unnest(packets) FROM rollup.world_source_day
        WHERE start = %(end)s - interval '1 day') r WHERE sites >= 3"""),
    ("the overview", 100,
     "SELECT * FROM api.overview(%(end)s + interval '5 minutes')",
     """SELECT count(*) FROM rollup.coverage WHERE span = 3600 AND start IN (
        SELECT %(end)s - interval '1 hour' - back * interval '24 hours' FROM generate_series(0, 7) back)"""),
]


class Found:
    """What was measured of one question, in milliseconds."""

    def __init__(self, text, target, question, reads):
        self.text = text
        self.target = target
        self.question = " ".join(question.split())
        self.reads = " ".join(reads.split()) if reads else "not asked"
        self.warm, self.cold, self.limit = [], [], []
        # Mean of the server's processor time of a warm run; None when the server is on another machine.
        self.cpu = None
        self.rows = 0
        self.plan = ""

    @property
    def is_missed(self):
        return self.target is not None and sorted(self.warm)[len(self.warm) // 2] >= self.target


def ask(connection, sql, values):
    with connection.cursor() as cursor:
        start = time.perf_counter()
        cursor.execute(sql, values)
        rows = cursor.fetchall()
        return (time.perf_counter() - start) * 1_000, rows


def ticks(connection):
    """Processor time of the connection's backend in clock ticks."""
    try:
        return cpu_ticks(connection.get_backend_pid())
    except (OSError, IndexError):
        return None


def addresses(database):
    """Any sources of the last day, as far from each other as from the next, and the one that most sites saw."""
    connection = database.connect()
    with connection.cursor() as cursor:
        cursor.execute("""
            WITH newest AS (
                SELECT *, row_number() OVER (ORDER BY chunk) AS place, count(*) OVER () AS chunks
                FROM rollup.world_source_day WHERE family = 4 AND start = (SELECT max(start) FROM rollup.world_source_day)
            )
            SELECT DISTINCT ON (place * 12 / (chunks + 1))
                host('0.0.0.0'::inet + (source4[1 + cardinality(source4) / 2]::int8 + 2147483648))
            FROM newest ORDER BY place * 12 / (chunks + 1), place""")
        found = [row[0] for row in cursor.fetchall()]
        cursor.execute("""
            WITH newest AS (SELECT (max(start) AT TIME ZONE 'UTC')::date AS day FROM rollup.source_day)
            SELECT host(s.source) FROM newest, api.sources_at_sites(newest.day, newest.day + 1, 1, 1) s""")
        busiest = cursor.fetchone()[0]
    connection.close()
    return found, busiest


def plan_of(database, sql, values):
    """The plans of all statements that the question runs, as PostgreSQL tells them while it runs."""
    connection = database.connect()
    with connection.cursor() as cursor:
        cursor.execute("""LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_analyze = on;
            SET auto_explain.log_buffers = on; SET auto_explain.log_nested_statements = on; SET client_min_messages = log""")
        cursor.execute(sql, values)
    text = "".join(connection.notices)
    connection.close()
    return text


def measure(database, options):
    """Each question, warm and cold, and what it must read."""
    end = database.value("SELECT max(start) + interval '1 day' FROM rollup.world_total WHERE span = 86400")
    day = database.value("SELECT (%s::timestamptz AT TIME ZONE 'UTC')::date - 1", end)
    asked, busiest = addresses(database)
    results = []
    for text, target, question, reads in QUESTIONS:
        found = Found(text, target, question, reads)
        values = [{"end": end, "day": day, "address": address, "busiest": busiest}
                  for address in (asked if "%(address)s" in question else asked[:1])]
        for run in range(options.cold_runs if not options.postgres else 0):
            database.server.forget()
            connection = database.connect()
            found.cold.append(ask(connection, question, values[run % len(values)])[0])
            connection.close()
        connection, other = database.connect(), database.connect()
        found.rows = max(len(ask(connection, question, value)[1]) for value in values)
        before = ticks(connection)
        for run in range(max(options.runs, len(values))):
            value = values[run % len(values)]
            found.warm.append(ask(connection, question, value)[0])
            if reads:
                found.limit.append(ask(other, reads, value)[0])
        if before is not None:
            found.cpu = (ticks(connection) - before) * 1_000 / os.sysconf("SC_CLK_TCK") / len(found.warm)
        connection.close()
        other.close()
        if found.is_missed:
            found.plan = plan_of(database, question, values[0])
        print(f"{text}: {sorted(found.warm)[len(found.warm) // 2]:.1f} ms", file=sys.stderr)
        results.append(found)
    return results
