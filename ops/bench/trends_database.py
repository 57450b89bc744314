"""The database of ops/bench/trends: its server, what it holds, and how to make it cold."""

import os
import subprocess
import sys

import psycopg2

HERE = os.path.dirname(os.path.abspath(__file__))
PRIVATE = os.path.join(os.path.dirname(HERE), "private-postgres")
NAME = "darkscope_trends"
BUFFERS = "2GB"
# What the days before the flows are copied in, with the spans that have a length.
COPIED = {
    "port_hour": "", "port_day": "", "source_day": "", "world_source_day": "", "coverage": "AND span >= 3600", "world_port_hour": "",
    "world_port_day": "", "world_total": "AND span < 2678400",
}
# An ingest of a /16 at 5,000 packets a second, each minute of other sources.
PACKETS_A_MINUTE, MINUTES, SENSORS = 300_000, 8, 4


class Server:
    """A private PostgreSQL, or one that is there."""

    def __init__(self, directory, conninfo):
        self.directory = None if conninfo else directory
        self.conninfo = conninfo
        self.is_sized = False
        if not conninfo:
            self.start()

    def start(self):
        subprocess.run([PRIVATE, "start", self.directory], check=True)
        self.conninfo = subprocess.run(
            [PRIVATE, "conninfo", self.directory], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        # A server of this size has more than the 256 MB of a private one.
        if not self.is_sized:
            self.administer(f"ALTER SYSTEM SET shared_buffers = '{BUFFERS}'")
            self.is_sized = True
            self.stop()
            self.start()

    def stop(self):
        if self.directory:
            subprocess.run([PRIVATE, "stop", self.directory], check=True)

    def forget(self):
        """Restarts it, with none of its files in the kernel's cache; False when it is not ours."""
        if not self.directory:
            return False
        self.stop()
        for folder, _, names in os.walk(os.path.join(self.directory, "cluster", "base")):
            for name in names:
                file = os.open(os.path.join(folder, name), os.O_RDONLY)
                os.fsync(file)
                os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(file)
        self.start()
        return True

    def administer(self, sql):
        connection = psycopg2.connect(self.conninfo)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)
        connection.close()


class Database:
    """Flows and rollups of many sites."""

    def __init__(self, server, benchmark, options):
        self.server = server
        self.benchmark = benchmark
        self.options = options

    @property
    def conninfo(self):
        # Of two values for one key libpq takes the later.
        return f"{self.server.conninfo} dbname={NAME}"

    def connect(self):
        connection = psycopg2.connect(self.conninfo)
        connection.autocommit = True
        return connection

    def value(self, sql, *values):
        connection = self.connect()
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            found = cursor.fetchone()[0]
        connection.close()
        return found

    def exists(self):
        connection = psycopg2.connect(self.server.conninfo)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", (NAME,))
            found = cursor.fetchone()[0] == 1
        connection.close()
        return found

    def drop(self):
        self.server.administer(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")

    def fill(self):
        """Makes what is missing; returns what there is, as (name, value) pairs."""
        if not (self.options.keep and self.exists()):
            self.drop()
            self.server.administer(f"CREATE DATABASE {NAME}")
            self.benchmark_fill(self.options.packets, self.options.flow_days, self.options.sites)
        if self.value("SELECT to_regclass('public.filled') IS NULL"):
            self.copy()
        sizes = self.value("SELECT pg_size_pretty(pg_database_size(current_database()))")
        return [
            ("sites", f"{self.value('SELECT count(*) FROM meta.site'):,}"),
            ("days of rollups", self.value("SELECT count(*) FROM rollup.world_total WHERE span = 86400")),
            ("flow records", f"{self.value('SELECT sum(records) FROM raw.flow'):,}"),
            ("entries of a source and day and site", f"{self.value('SELECT sum(cardinality(packets)) FROM rollup.source_day'):,}"),
            ("rows of a port by site and hour, by site and day, by day of all sites", ", ".join(
                f"{self.value(f'SELECT count(*) FROM rollup.{table}'):,}"
                for table in ("port_hour", "port_day", "world_port_day"))),
            ("database", sizes),
            ("shared_buffers", self.value("SHOW shared_buffers")),
        ]

    def benchmark_fill(self, packets, days, sites):
        subprocess.run([self.benchmark, "fill", self.conninfo, str(packets), str(days), str(sites)], check=True,
                       stdout=sys.stderr)

    def copy(self):
        """The days before the flows, months, a ledger of a batch a minute for the last 8 days, and the extension."""
        connection = self.connect()
        cursor = connection.cursor()
        cursor.execute("SET synchronous_commit = off")
        # Not asked, and as large as the hours.
        cursor.execute("TRUNCATE rollup.port_5m")
        cursor.execute("SELECT min(start), max(start) + interval '1 day' FROM rollup.world_total WHERE span = 86400")
        first, end = cursor.fetchone()
        days = (end - first).days
        for table, condition in COPIED.items():
            cursor.execute("""SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
                WHERE attrelid = %s::regclass AND attnum > 0""", (f"rollup.{table}",))
            columns = cursor.fetchone()[0]
            moved = columns.replace("start", "start - %(shift)s * interval '24 hours'", 1)
            for shift in range(days, self.options.days, days):
                cursor.execute(f"""INSERT INTO rollup.{table} ({columns}) SELECT {moved} FROM rollup.{table}
                    WHERE start >= %(first)s AND start - %(shift)s * interval '24 hours' >= %(oldest)s {condition}""",
                               {"shift": shift, "first": first,
                                "oldest": end - (end - first) / days * self.options.days})
            print(f"copied    {table}", file=sys.stderr)
        cursor.execute("""INSERT INTO rollup.world_dirty (span, start)
            SELECT DISTINCT 2678400, date_trunc('month', start, 'UTC') FROM rollup.world_total WHERE span = 86400""")
        cursor.execute("""
            INSERT INTO raw.batch (sensor, stream, sequence, digest, kind, window_start, window_seconds, part, is_last_part,
                family, records, overflow_records, signatures, encoded_bytes, received_at, committed_at)
            SELECT s.id, 0, extract(epoch FROM at)::int8 / 60, 0, 1, at, 60, 0, true, 4, 0, 0, 0, 100,
                at + interval '61 s', at + (61 + 5 * random()) * interval '1 s'
            FROM generate_series(%(end)s - interval '8 days', %(end)s - interval '1 minute', interval '1 minute') at,
                meta.sensor s""", {"end": end})
        cursor.execute("CREATE EXTENSION IF NOT EXISTS hll SCHEMA public")
        self.benchmark_fill(0, 0, 0)
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CREATE TABLE public.filled ()")
        connection.close()

    def ingest(self):
        """Records a second without rollups and with them, run after run."""
        rates = ([], [])
        for _ in range(self.options.ingest_runs):
            for place, way in enumerate(("deliver", "deliver-rollups")):
                name = f"{NAME}_ingest"
                self.server.administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
                self.server.administer(f"CREATE DATABASE {name}")
                words = [self.benchmark, way, f"{self.server.conninfo} dbname={name}", str(PACKETS_A_MINUTE),
                         str(MINUTES), str(SENSORS)]
                told = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout
                found = dict(word.split("=") for word in told.split())
                rates[place].append(int(found["rows"]) / float(found["wall"]))
                self.server.administer(f"DROP DATABASE {name} WITH (FORCE)")
                print(f"ingest    {way}: {rates[place][-1]:,.0f} records/s", file=sys.stderr)
        return rates
