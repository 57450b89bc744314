"""The schema on several machines: a coordinator and two workers of Citus, wherever Citus is installed."""
import pathlib
import subprocess

import psycopg2
import pytest

from support.database import Database
from support.programs import ROOT, check
from support.telescope import Telescope, generate
from support.waiting import until

SITES = {"ci-a": "198.18.0.0/24", "ci-b": "198.18.1.0/24", "ci-c": "198.18.2.0/24", "ci-d": "198.18.3.0/24"}
# An hour that ends at noon of a day that is over.
START = 1_767_265_200
EXTENSION = pathlib.Path("/usr/share/postgresql/15/extension/citus.control")


def private(command, folder):
    subprocess.run([f"{ROOT}/ops/private-postgres", command, folder], check=True, capture_output=True)


@pytest.fixture
def cluster(folder):
    """Three servers of their own; databases of one name, with a coordinator that knows the other two."""
    if not EXTENSION.exists():
        # Debian has no package of it: only who built it from source can run this, CI too.
        pytest.skip(f"Citus is not installed ({EXTENSION} is not there): the schema on several machines is not tested here")
    folders = [folder / name for name in ("c", "w1", "w2")]
    try:
        for place in folders:
            private("start", place)
            private("stop", place)
            with open(place / "cluster" / "postgresql.conf", "a") as configuration:
                configuration.write("shared_preload_libraries = 'citus'\nwal_level = logical\n")
            private("start", place)
        yield [f"host={place}/socket user=darkscope dbname=postgres" for place in folders]
    finally:
        for place in folders:
            private("stop", place)


@pytest.fixture
def spread(cluster, folder):
    """A telescope whose database is spread over the workers."""
    coordinator = Database(cluster[0])
    for server in cluster[1:]:
        worker = psycopg2.connect(server)
        worker.autocommit = True
        worker.cursor().execute(f"CREATE DATABASE {coordinator.name}")
        worker.close()
    for server in cluster:
        each = psycopg2.connect(f"{server} dbname={coordinator.name}")
        each.autocommit = True
        each.cursor().execute("CREATE EXTENSION citus")
        each.close()
    hosts = [server.split()[0].removeprefix("host=") for server in cluster]
    coordinator.rows("SELECT citus_set_coordinator_host(%s)", hosts[0])
    for host in hosts[1:]:
        coordinator.rows("SELECT citus_add_node(%s, 5432)", host)
    telescope = Telescope(folder, coordinator)
    subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", f"{ROOT}/ops/citus.sql", coordinator.conninfo],
                   check=True)
    yield telescope
    telescope.close()


def test_ingest_rollups_and_retention_run_on_a_cluster(spread, folder):
    database = spread.database
    truth = generate(folder, 20_000, SITES, start=START)
    spread.configure({"rollups": {"quiet": "1s", "refresh": "1s", "sources": "1s"}})
    spread.start_collector()
    for code, prefix in SITES.items():
        spread.add_site(code, prefix)
        sensor = spread.add_sensor(code, "edge")
        sensor.read(truth[code][0])
        # The same again: nothing counts twice.
        sensor.read(truth[code][0])
    until(lambda: database.value("SELECT count(*) FROM rollup.dirty WHERE start < to_timestamp(%s)", START + 86_400) == 0
          and database.value("SELECT count(DISTINCT sensor) FROM rollup.source_day") == len(SITES), 60,
          lambda: f"rollups\n{spread.logs()}")
    assert database.value("SELECT count(DISTINCT nodename) FROM citus_shards WHERE table_name = 'raw.flow'::regclass") == 2
    for code in SITES:
        expected = truth[code][1]
        assert int(database.value("SELECT sum(packets) FROM api.flow WHERE site = %s", code)) == expected["aggregated"]
        for span in (300, 3_600, 86_400):
            assert {kind: int(packets) for kind, packets in database.rows("""
                SELECT class, sum(packets) FROM api.port_traffic WHERE site = %s AND span = %s GROUP BY 1""",
                code, span)} == expected["classes"]
        assert database.row("""
            SELECT count(*) FILTER (WHERE family = 4), count(*) FILTER (WHERE family = 6) FROM api.source_day
            WHERE site = %s""", code) == (expected["sources_ipv4"], expected["sources_ipv6"])
    total = sum(truth[code][1]["aggregated"] for code in SITES)
    assert int(database.value("SELECT sum(packets) FROM api.coverage WHERE span = 86400")) == total
    spread.assert_conserved()
    for view, in database.rows("SELECT viewname FROM pg_views WHERE schemaname = 'api'"):
        database.rows(f"SELECT * FROM api.{view} LIMIT 10")
    assert len(database.rows("SELECT * FROM api.top_ports('2026-01-01', '2026-01-02')")) == 20
    span = "'2026-01-01Z', '2026-01-02Z'"
    for series in ("'hour'", "'day', with_sources => false", "'day', 'Asia/Kathmandu', sites => '{ci-a,ci-b,ci-c,ci-d}'"):
        assert int(database.value(f"SELECT sum(packets) FROM api.series({span}, {series})")) == total
    assert len(database.rows("SELECT * FROM api.rising_ports('2026-01-01 11:00Z')")) == 20
    assert len(database.rows(f"SELECT * FROM api.new_ports({span})")) == 100
    assert len(database.rows("SELECT * FROM api.first_seen('tcp-syn', 23)")) == len(SITES)
    assert len(database.rows("SELECT * FROM api.first_seen_signature(1)")) == len(SITES)
    for days in ("api.source_history('0.0.0.0/0', ", "api.block_history('64.0.0.0/8', ", "api.tool_spread("):
        assert database.rows(f"SELECT * FROM {days}'2026-01-01', '2026-01-02')")
    assert database.rows(f"SELECT * FROM api.site_against_pool('ci-a', {span}, chance_below => 1)")


def test_days_whose_time_is_over_go_on_every_machine(spread, folder):
    database = spread.database
    database.rows("SET lock_timeout = '5s'")
    for sql in ("CREATE TABLE raw.flow_20200101 (LIKE raw.flow INCLUDING ALL)",
                "ALTER TABLE raw.flow_20200101 ADD CONSTRAINT day CHECK ("
                "window_start >= '2020-01-01Z' AND window_start < '2020-01-02Z')",
                "ALTER TABLE raw.flow ATTACH PARTITION raw.flow_20200101 FOR VALUES FROM ('2020-01-01Z') TO ('2020-01-02Z')"):
        database.rows(sql)
    shards = "SELECT count(*) FROM citus_shards WHERE table_name::text = 'raw.flow_20200101'"
    assert database.value(shards) > 1
    spread.start_collector()
    until(lambda: database.value("SELECT to_regclass('raw.flow_20200101')") is None, 60,
          lambda: f"no table of that day\n{spread.logs()}")
