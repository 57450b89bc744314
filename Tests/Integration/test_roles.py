"""Who may read and change what: the roles of the database, as people and programs use them."""
import json
import uuid

import psycopg2
import pytest

from support.programs import check, run
from support.telescope import generate
from support.waiting import until

SITES = {"ro-a": "198.18.0.0/24", "ro-b": "198.18.1.0/24", "ro-c": "198.18.2.0/24"}
# An hour that ends at noon of a day that is over.
START = 1_767_265_200


class As:
    """Queries on a connection of a role's own."""

    def __init__(self, database, role):
        self.connection = psycopg2.connect(f"{database.conninfo} user={role}")
        self.connection.autocommit = True

    def rows(self, sql):
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def refused(self, sql):
        with pytest.raises(psycopg2.Error) as error:
            self.rows(sql)
        return error.value.pgcode


def views(database):
    return [name for name, in database.rows("SELECT viewname FROM pg_views WHERE schemaname = 'api' ORDER BY 1")]


def columns(database, view):
    return {name for name, in database.rows(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'api' AND table_name = %s", view)}


@pytest.fixture
def stored(telescope, folder):
    """Three sites whose hour a collector that is only `writer` stored and summed."""
    truth = generate(folder, 6_000, SITES, start=START)
    telescope.darkscope("role", "make")
    telescope.configure({
        "database": {"connection": f"{telescope.database.conninfo} user=writer"},
        "rollups": {"quiet": "1s", "refresh": "1s", "sources": "1s"}})
    telescope.start_collector()
    # The registry is the owner's.
    owner = ("--database", f"{telescope.database.conninfo} user=owner")
    for code, prefix in SITES.items():
        check("darkscope", "site", "add", code, "--name", code, "--prefix", prefix, "--destinations", "full", *owner)
        sensor = telescope.add_sensor(code, "edge", register=False)
        check("darkscope", "sensor", "add", code, "edge", "--public-key", sensor.key, *owner)
        sensor.read(truth[code][0])
        check("darkscope", "role", "partner", code, "--database", telescope.database.conninfo)
    database = telescope.database
    until(lambda: database.value("SELECT count(*) FROM rollup.dirty WHERE start < to_timestamp(%s)", START + 86_400) == 0
          and database.value("SELECT count(DISTINCT sensor) FROM rollup.source_day") == len(SITES)
          and database.value("SELECT count(*) FROM event.dirty WHERE start < to_timestamp(%s)", START + 86_400) == 0
          and database.value("SELECT count(*) FROM rollup.world_dirty WHERE start < to_timestamp(%s)", START + 86_400) == 0,
          60, "rollups and events")
    # Nothing changes any more while roles are compared.
    telescope.collector.kill()
    return database


def test_each_role_may_do_what_it_is_for_and_no_more(stored):
    writer, owner, analyst = As(stored, "writer"), As(stored, "owner"), As(stored, "analyst")
    partner = As(stored, "partner_ro_a")

    # The collector stored all of it, and made the days to come.
    assert stored.value("SELECT count(DISTINCT site) FROM api.flow") == 3
    assert stored.value("SELECT count(*) FROM api.storage WHERE kept_seconds > 0") == 1
    assert writer.refused("INSERT INTO meta.site (code, name) VALUES ('x', 'x')") == "42501"
    assert writer.refused("DELETE FROM meta.sensor_key") == "42501"
    assert writer.refused("DROP VIEW api.flow") == "42501"

    # An analyst reads everything and changes nothing, whatever the session says.
    for view in views(stored):
        assert analyst.rows(f"SELECT count(*) FROM api.{view}") == stored.rows(f"SELECT count(*) FROM api.{view}"), view
    assert analyst.rows("SHOW statement_timeout") == [("1min",)]
    assert analyst.refused("CREATE TABLE api.mine ()") == "25006"
    analyst.rows("SET default_transaction_read_only = off")
    for sql in ("CREATE TABLE api.mine ()", "DELETE FROM raw.flow", "UPDATE meta.site SET name = 'x'",
                "SELECT raw.withdraw(1, '2000-01-01', '2100-01-01')", "SELECT meta.make_partner('ro-a')",
                "INSERT INTO rollup.dirty (sensor, span, start) VALUES (1, 3600, now())"):
        assert analyst.refused(sql) == "42501", sql
    assert len(analyst.rows("SELECT * FROM ask('SELECT * FROM flow', 7)")) == 7
    assert len(analyst.rows("SELECT * FROM ask('SELECT * FROM flow -- all', 7)")) == 7
    assert analyst.refused("SELECT * FROM ask('SELECT * FROM flow) q -- all', 7)") == "42601"

    # A partner sees its own site in full, and no row of another's.
    # What organisations are told is no partner's business: test_alert_cli.py.
    for view in set(views(stored)) - {"alert_evidence"}:
        if "site" in columns(stored, view):
            everything = stored.rows(f"SELECT count(*) FROM api.{view} WHERE site = 'ro-a'")
            # Without a site stand what sites have in common.
            assert partner.rows(f"SELECT count(*) FROM api.{view} WHERE site IS NOT NULL") == everything, view
    assert partner.rows("SELECT DISTINCT site FROM flow") == [("ro-a",)]
    for table in ("raw.flow", "raw.batch", "rollup.port_hour", "rollup.source_day", "rollup.coverage"):
        others = f"SELECT count(*) FROM {table} WHERE sensor NOT IN (SELECT id FROM meta.sensor)"
        assert partner.rows(others) == [(0,)], table
        assert partner.rows(f"SELECT count(DISTINCT sensor) FROM {table}") == [(1,)], table
    assert partner.rows("SELECT prefix::text FROM meta.dark_prefix") == [("198.18.0.0/24",)]
    # Functions answer a partner of its own rows, and of those that three sites or more have in common.
    source, = stored.rows("SELECT source FROM api.source_day WHERE site = 'ro-a' AND family = 4 ORDER BY packets DESC LIMIT 1")[0]
    for block in (source, "0.0.0.0/0"):
        history = f"SELECT * FROM api.source_history('{block}', '2026-01-01', '2026-01-02') WHERE site = 'ro-a'"
        assert sorted(partner.rows(history)) == sorted(stored.rows(history)) != []
        assert partner.rows(history.replace("= 'ro-a'", "<> 'ro-a'")) == []
    assert partner.rows("SELECT * FROM api.sources_at_sites('2026-01-01', '2026-01-02', 2)") == []
    assert all(sites >= 3 for sites, in partner.rows("SELECT sites FROM api.top_ports('2026-01-01', '2026-01-02')"))
    assert partner.refused("SELECT * FROM rollup.world_source_day") == "42501"

    partner.rows("SET default_transaction_read_only = off")
    assert partner.refused("DELETE FROM raw.flow") == "42501"
    # The days of raw.flow by themselves are nobody's but the writer's.
    assert analyst.refused("SELECT count(*) FROM raw.flow_20260101") == "42501"
    assert partner.refused("SELECT count(*) FROM raw.flow_20260101") == "42501"

    # The schema is the owner's, and a collector newer than it can be run by it.
    owner.rows("COMMENT ON VIEW api.flow IS 'x'")
    assert owner.rows("SELECT count(*) FROM meta.sensor_key") == [(3,)]


QUESTIONS = (
    "top_ports('2026-01-01', '2026-01-02')", "top_ports_by('2026-01-01', '2026-01-02')", "rising_ports('2026-01-01 11:00')",
    "series('2026-01-01', '2026-01-02')", "new_ports('2026-01-01', '2026-01-02')", "first_seen('tcp-syn', 23)",
    "first_seen_signature(1)", "source_history('0.0.0.0/8', '2026-01-01', '2026-01-02')",
    "block_history('9.0.0.0/8', '2026-01-01', '2026-01-02')", "tool_spread('2026-01-01', '2026-01-02')",
    "site_against_pool('ro-a', '2026-01-01', '2026-01-02')", "port_traffic_by('2026-01-01', '2026-01-02')",
    *(f"{name}('2026-01-01', '2026-01-02')" for name in (
        "country_traffic_by", "as_traffic_by", "sensor_traffic_by", "world_country_traffic_by", "world_as_traffic_by",
        "world_traffic_by", "world_port_traffic_by")),
    "overview('2026-01-01 12:00Z')", "sources_at_sites('2026-01-01', '2026-01-02', 2)",
    "compare_ports('2026-01-01', '2026-01-02', '{tcp-syn}', '{23}')", "first_days('{tcp-syn}', '{23}')",
    "traffic_at_port('2026-01-01', '2026-01-02', 'tcp-syn', 23)",
    "origin('1.2.3.4')", "scanner_label('1.2.3.4')", "ask('SELECT 1')")


def test_a_partner_may_ask_every_question_and_is_told_of_no_other_site(stored):
    partner = As(stored, "partner_ro_a")
    for question in QUESTIONS:
        told = str(partner.rows(f"SELECT * FROM api.{question}"))
        assert "ro-b" not in told and "ro-c" not in told, question
        # It asks for every time there is, or is told that this is too much; at once either way.
        for ends in ("'-infinity', 'infinity'", "'infinity', '-infinity'", "NULL, NULL"):
            endless = question.replace("'2026-01-01', '2026-01-02'", ends)
            try:
                partner.rows(f"SELECT * FROM api.{endless}")
            except psycopg2.Error as error:
                assert error.pgcode in ("22008", "22023", "54000"), endless
    assert partner.refused("SELECT * FROM api.site_against_pool('ro-b', '2026-01-01', '2026-01-02')") == "22023"
    # What all sites know of a scanner is a total.
    stored.rows("""
        INSERT INTO enrichment.behaviour_day (start, source, packets, services, addresses, sites)
        SELECT '2026-01-01Z', '1.2.3.4'::inet + n, 1000, 30, 768, (ARRAY(SELECT id FROM meta.site ORDER BY id))[:n]
        FROM generate_series(0, 3) n""")
    assert partner.rows("SELECT block::text FROM api.scanner WHERE block <<= '1.2.3.0/24'") == [("1.2.3.7/32",)]


def test_names_of_a_sessions_own_give_a_partner_nothing(stored):
    """The functions that know a partner's sites run as the owner; a session's own tables come first unless told."""
    partner = As(stored, "partner_ro_a")
    partner.rows("SET default_transaction_read_only = off")
    assert partner.refused("CREATE TEMP TABLE pg_roles (oid oid, rolname name)") == "42501"
    # Nor where everybody may make such tables, as in a database whose roles are older.
    stored.rows("DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO partner', current_database()); END $$")
    partner.rows("""
        CREATE TEMP TABLE pg_roles AS SELECT r.oid, v.role::name AS rolname
        FROM pg_catalog.pg_roles r, (VALUES ('partner_ro_a'), ('partner_ro_b')) v (role) WHERE r.rolname = current_user""")
    partner.rows("GRANT SELECT ON pg_temp.pg_roles TO PUBLIC")
    assert partner.rows("SELECT cardinality(meta.own_sites(current_user))") == [(1,)]
    assert partner.rows("SELECT DISTINCT site FROM api.flow") == [("ro-a",)]
    loose = stored.rows("""
        SELECT oid::regprocedure::text FROM pg_proc WHERE prosecdef
            AND pronamespace::regnamespace::text IN ('meta', 'raw', 'rollup', 'enrichment', 'event', 'trend', 'alert', 'console', 'api')
            AND 'search_path=pg_catalog, pg_temp' <> ALL (coalesce(proconfig, '{}'))""")
    assert loose == []


def test_a_function_of_a_collectors_own_does_not_become_the_owners(telescope):
    database = telescope.database
    telescope.darkscope("role", "make")
    As(database, "writer").rows("CREATE FUNCTION rollup.mine() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'")
    database.rows("SELECT meta.grant_roles()")
    assert database.value("SELECT proowner::regrole::text FROM pg_proc WHERE proname = 'mine'") == "writer"
    assert database.value("SELECT proowner::regrole::text FROM pg_proc WHERE oid = 'raw.withdraw'::regproc") == "owner"


def test_nobody_writes_into_the_audit_by_a_table_of_their_own(telescope):
    database = telescope.database
    telescope.darkscope("role", "make")
    writer = As(database, "writer")
    writer.rows("CREATE TABLE alert.site (id int)")
    assert writer.refused(
        "CREATE TRIGGER audit AFTER INSERT ON alert.site FOR EACH ROW EXECUTE FUNCTION meta.audit_change()") == "42501"
    As(database, "owner").rows("INSERT INTO meta.site (code, name) VALUES ('x', 'X')")
    assert database.rows("SELECT role, relation, action FROM meta.audit") == [("owner", "site", "insert")]


def test_every_table_says_what_partners_see_of_it(stored):
    """A table that nobody thought of must not be open: what has no rule is not theirs."""
    unguarded = stored.rows("""
        SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('meta', 'raw', 'rollup', 'enrichment', 'event', 'trend', 'alert', 'console', 'api') AND c.relkind IN ('r', 'p')
            AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = c.oid)
            AND (NOT c.relrowsecurity OR has_table_privilege('partner', c.oid, 'SELECT')
                <> (meta.rule_for_partners(c.oid) IS NOT NULL AND n.nspname NOT IN ('alert', 'console')))""")
    assert unguarded == []
    assert stored.rows("""
        SELECT c.oid::regclass::text FROM pg_class c
        WHERE c.relnamespace = 'api'::regnamespace AND c.relkind = 'v'
            AND 'security_invoker=true' <> ALL (coalesce(c.reloptions, '{}'))""") == []


def test_people_have_roles_of_their_own(telescope):
    database, name = telescope.database, f"person_{uuid.uuid4().hex[:8]}"
    assert "owner, writer, analyst and partner are there" in telescope.darkscope("role", "make")
    telescope.darkscope("role", "make")
    telescope.add_site("ro-a", "198.18.0.0/24")
    assert "partner_ro_a" in telescope.darkscope("role", "partner", "ro-a")
    try:
        telescope.darkscope("role", "login", name, "--like", "partner_ro_a")
        assert As(database, name).rows("SELECT code FROM meta.site") == [("ro-a",)]
        assert As(database, name).rows("SHOW search_path") == [("api",)]
        listed = {role["role"]: role for role in json.loads(telescope.darkscope("role", "list", "--json"))["roles"]}
        assert listed[name]["member_of"] == ["partner_ro_a"] and listed[name]["login"]
        assert listed["partner"]["login"] is False and listed["owner"]["member_of"] == ["writer"]
    finally:
        database.rows(f"DROP ROLE IF EXISTS {name}")
    missing = run("darkscope", "role", "partner", "ro-b", "--config", telescope.config)
    assert missing.returncode == 1 and "there is no site ro-b. There are: ro-a" in missing.stderr
    unknown = run("darkscope", "role", "login", "x1", "--like", "nobody", "--config", telescope.config)
    assert unknown.returncode == 78 and "there is no role nobody in this database" in unknown.stderr


def test_a_role_of_another_program_is_left_alone(telescope):
    database, name = telescope.database, f"other_{uuid.uuid4().hex[:8]}"
    telescope.darkscope("role", "make")
    database.rows(f"CREATE ROLE {name}")
    try:
        done = run("darkscope", "role", "login", name, "--like", "analyst", "--config", telescope.config)
        assert done.returncode == 78 and f"there is a role {name} that is not Darkscope's" in done.stderr
        assert database.value(f"SELECT pg_has_role('{name}', 'analyst', 'MEMBER')") is False
    finally:
        database.rows(f"DROP ROLE {name}")
