"""Accounts of the console: the command line that makes them, and the database roles that what they ask runs as."""
import base64
import hashlib
import json
import os
import pty
import re
import select
import signal
import subprocess
import termios

import psycopg2
import pytest

from support.command_line import CONFIGURATION, DATA, FAILURE, TIME, USAGE, Operator
from support.programs import check, environment, path, run
from support.waiting import until
from test_roles import QUESTIONS, As, columns, stored, views  # noqa: F401

PASSWORD = "rain over seven hills"


@pytest.fixture
def operator(folder, database):
    return Operator(folder, database)


def with_input(operator, text, *arguments):
    return subprocess.run(
        [path("darkscope"), "user", *arguments, "--database", operator.database.conninfo],
        input=text if isinstance(text, bytes) else text.encode(), capture_output=True, timeout=60, env=environment())


def add(operator, login, *arguments, password=PASSWORD):
    done = with_input(operator, password + "\n", "add", login, "--password-stdin", *arguments)
    assert done.returncode == 0, done
    return done.stdout.decode()


def audit(operator, *arguments):
    return [(e["event"], e["login"], e["detail"]) for e in operator.json("user", "audit", *arguments)["entries"]]


def opens(operator, login, password):
    """Whether the stored hash is that of the password, by somebody else's scrypt."""
    text, = operator.database.row("SELECT password FROM console.account WHERE login = %s", login)
    _, kind, costs, salt, key = text.split("$")
    assert kind == "scrypt" and costs == "ln=17,r=8,p=1", "the costs that OWASP recommends"
    salt, key = (base64.b64decode(part + "=" * (-len(part) % 4)) for part in (salt, key))
    return hashlib.scrypt(password.encode(), salt=salt, n=1 << 17, r=8, p=1, maxmem=1 << 28, dklen=len(key)) == key


# The command line.

def test_an_account_is_shown_as_it_was_made_and_changed(operator):
    operator.add_site("th-1")
    assert "alice: admin" in add(operator, "Alice", "--role", "admin", "--name", "Alice L.")
    expected = {
        "login": "alice", "name": "Alice L.", "role": "admin", "site": None, "state": "active", "must_change": True,
        "signed_in_at": None, "sessions": 0, "database_role": "administrator"}
    shown = operator.json("user", "show", "alice")
    assert {key: shown[key] for key in expected} == expected
    assert re.fullmatch(TIME, shown["created_at"]) and re.fullmatch(TIME, shown["password_at"])
    assert operator.json("user", "list") == {"accounts": [shown]}
    assert opens(operator, "alice", PASSWORD) and not opens(operator, "alice", PASSWORD + "\n")

    assert "already" in operator.refused(FAILURE, "user", "add", "alice", "--role", "public")
    assert "darkscope role partner th-1" in operator.refused(
        FAILURE, "user", "set", "alice", "--role", "partner", "--site", "th-1")
    operator.database.rows("INSERT INTO meta.partner (site, role) VALUES (1, 'partner_th_1')")
    operator.check("user", "set", "alice", "--role", "partner", "--site", "th-1", "--name", "Al")
    shown = operator.json("user", "show", "alice")
    assert (shown["role"], shown["site"], shown["name"], shown["database_role"]) == ("partner", "th-1", "Al", "partner_th_1")
    assert "disabled" in operator.check("user", "disable", "alice")
    assert operator.json("user", "show", "alice")["state"] == "disabled"
    operator.check("user", "enable", "alice")
    header, line = operator.check("user", "list").splitlines()
    assert header.split()[:4] == ["LOGIN", "ROLE", "SITE", "STATE"] and line.split()[:4] == [
        "alice", "partner", "th-1", "active"]
    assert audit(operator, "alice") == [
        ("enabled", "alice", ""), ("disabled", "alice", ""), ("changed", "alice", "admin -> partner of th-1, name"),
        ("added", "alice", "admin")]
    assert audit(operator, "--limit", "1") == [("enabled", "alice", "")]
    person, = {entry["person"] for entry in operator.json("user", "audit")["entries"]}
    assert person
    assert "alice" in operator.refused(FAILURE, "user", "show", "bob")
    assert "--site" in operator.run("user", "add", "bob", "--role", "partner").stderr


def test_a_generated_password_is_printed_once_and_kept_nowhere(operator):
    said = operator.check("user", "add", "bob", "--role", "public", "--generate", "--keep")
    password = re.search(r"Password, shown only now: ([a-km-z2-9-]{23})\n", said).group(1)
    assert opens(operator, "bob", password)
    assert operator.json("user", "show", "bob")["must_change"] is False
    again = operator.check("user", "password", "bob", "--generate")
    assert password not in again and not opens(operator, "bob", password)
    assert operator.json("user", "show", "bob")["must_change"] is True
    kept = str(operator.database.rows("SELECT * FROM console.audit")) + operator.check("user", "audit")
    assert password not in kept and "$scrypt$" not in kept + operator.check("user", "show", "bob", "--json")


NO_PASSWORDS = (
    ("short\n", "shorter"), ("carolcarolcarol\n", "login"), ("aaaaaaaaaaaaaaaa\n", "neighbouring"), ("", "no password"),
    ("\n", "no password"), ("one two three four\nand five six\n", "one line"), (b"rain over \xff seven hills\n", "UTF-8"),
    ("x" * 5000, "one line"), ("rain\0over seven hills\n", "one line"),
)


def test_a_password_that_is_none_makes_no_account(operator):
    for given, words in NO_PASSWORDS:
        done = with_input(operator, given, "add", "carol", "--role", "analyst", "--password-stdin")
        assert done.returncode == DATA and words in done.stderr.decode(), done
    assert operator.json("user", "list") == {"accounts": []}


def test_without_a_terminal_nobody_is_asked(operator):
    assert "--password-stdin or --generate" in operator.refused(USAGE, "user", "add", "carol", "--role", "analyst")


class Terminal:
    """`darkscope user` on a terminal of its own."""

    def __init__(self, operator, *arguments):
        self.seen = b""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            # What runs in the background of a shell ignores the key.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.execve(path("darkscope"), ["darkscope", "user", *arguments, "--database", operator.database.conninfo],
                      environment())

    def shows(self, text):
        def look():
            while select.select([self.terminal], [], [], 0)[0]:
                try:
                    self.seen += os.read(self.terminal, 4096)
                except OSError:
                    break
            return text.encode() in self.seen
        until(look, 30, lambda: f"{text!r} in {self.seen!r}")
        self.seen = self.seen.split(text.encode(), 1)[1]

    def echoes(self):
        return bool(termios.tcgetattr(self.terminal)[3] & termios.ECHO)

    def type(self, text):
        until(lambda: not self.echoes(), 30, "a prompt that hides what is typed")
        os.write(self.terminal, text.encode())

    def status(self):
        ended = []

        def look():
            # What is written must be read, or the program waits for us.
            if select.select([self.terminal], [], [], 0)[0]:
                try:
                    self.seen += os.read(self.terminal, 4096)
                except OSError:
                    pass
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            ended.append(status)
            return pid != 0
        until(look, 30, "the end of the program")
        return ended[-1]


def test_a_password_is_typed_twice_and_never_shown(operator):
    terminal = Terminal(operator, "add", "dora", "--role", "analyst")
    terminal.shows("Password for dora: ")
    terminal.type("short\n")
    terminal.shows("not good enough")
    terminal.shows("Password for dora: ")
    terminal.type(PASSWORD + "\n")
    terminal.shows("The same again: ")
    terminal.type("rain over eight hills\n")
    terminal.shows("two different passwords")
    terminal.shows("Password for dora: ")
    terminal.type(PASSWORD + "\n")
    terminal.shows("The same again: ")
    terminal.type(PASSWORD + "\n")
    terminal.shows("Made the account dora")
    assert os.waitstatus_to_exitcode(terminal.status()) == 0
    assert b"hills" not in terminal.seen
    assert opens(operator, "dora", PASSWORD)


@pytest.mark.parametrize("how", ["key", "signal"])
def test_who_is_interrupted_while_typing_keeps_a_terminal_that_shows(operator, how):
    terminal = Terminal(operator, "add", "dora", "--role", "analyst")
    # Keeps the terminal there when the program has ended.
    keeper = os.open(os.readlink(f"/proc/{terminal.pid}/fd/0"), os.O_RDWR | os.O_NOCTTY)
    terminal.shows("Password for dora: ")
    until(lambda: not terminal.echoes(), 30, "a prompt that hides what is typed")
    if how == "key":
        os.write(terminal.terminal, b"half a passw\x03")
    else:
        os.kill(terminal.pid, signal.SIGTERM)
    status = terminal.status()
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == (signal.SIGINT if how == "key" else signal.SIGTERM)
    assert terminal.echoes()
    os.close(keeper)
    assert operator.json("user", "list") == {"accounts": []}


def test_sessions_are_listed_and_ended(operator):
    add(operator, "erin", "--role", "analyst")
    operator.database.rows("""
        INSERT INTO console.session (digest, account, expires_at, ends_at, client, agent)
        SELECT sha256(n::text::bytea), 1, now() + interval '1 hour' * n, now() + interval '1 day', '2001:db8::1', 'Firefox'
        FROM generate_series(0, 2) n""")
    sessions = operator.json("user", "sessions", "erin")["sessions"]
    assert [(s["login"], s["client"], s["agent"]) for s in sessions] == [("erin", "2001:db8::1", "Firefox")] * 2
    assert operator.json("user", "show", "erin")["sessions"] == 2
    assert "Ended 2 sessions" in operator.check("user", "sign-out", "erin")
    assert "Ended 0 sessions" in operator.check("user", "sign-out", "erin")
    assert operator.json("user", "sessions") == {"sessions": []}
    assert audit(operator, "erin")[0] == ("ended", "erin", "2 sessions")


# The roles in the database.

DATA_SCHEMAS = ("meta", "raw", "rollup", "enrichment", "event", "trend", "alert", "console", "api")


def relations(database):
    """Every table and view but the days of raw.flow, which nobody reads by themselves."""
    return [name for name, in database.rows("""
        SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY (%s) AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition ORDER BY 1""",
        list(DATA_SCHEMAS))]


def read(session, relation):
    """Each row as a dictionary; None when it may not be read."""
    try:
        return [row for row, in session.rows(f"SELECT to_jsonb(t) FROM {relation} t")]
    except psycopg2.errors.InsufficientPrivilege:
        return None


def become(database, role):
    console = As(database, "console")
    console.rows(f"SET ROLE {role}")
    console.rows("SET search_path = api")
    return console


def test_what_an_account_asks_runs_as_a_role_that_sees_what_it_may(stored):
    ids = dict(stored.rows("SELECT code, id FROM meta.site"))
    sensors = dict(stored.rows("SELECT s.code, n.id FROM meta.sensor n JOIN meta.site s ON s.id = n.site"))
    partner, public = become(stored, "partner_ro_a"), become(stored, "public_reader")
    seen = {"partner": 0, "public": 0}
    for relation in relations(stored):
        for name, session, own in (("partner", partner, {"ro-a"}), ("public", public, set())):
            rows = read(session, relation)
            if relation.startswith(("console.", "alert.")):
                assert not rows, (name, relation)
            for row in rows or []:
                seen[name] += 1
                text = json.dumps(row)
                assert not any(f'"{code}"' in text for code in ids if code not in own), (name, relation, row)
                if isinstance(row.get("sensor"), int):
                    assert row["sensor"] in {sensors[code] for code in own}, (name, relation, row)
                if isinstance(row.get("site"), int):
                    assert row["site"] in {ids[code] for code in own}, (name, relation, row)
                if isinstance(row.get("telescope"), int) and row["telescope"] > 0:
                    assert row["telescope"] in {ids[code] for code in own}, (name, relation, row)
                # What several sites have in common: their numbers, or how many. Of their codes only its own are told.
                shared = row.get("sites")
                if isinstance(shared, list) and all(isinstance(code, str) for code in shared):
                    assert set(shared) <= own, (name, relation, row)
                    continue
                is_own = any(row.get(key) in own | {ids[code] for code in own} for key in ("site", "telescope"))
                # Views count the sites that are seen, so a partner's sums of its own site have one.
                if shared is not None and not is_own and not (own and relation.startswith("api.")):
                    assert (len(shared) if isinstance(shared, list) else shared) >= 3, (name, relation, row)
    assert seen["partner"] > 1_000 and seen["public"] > 0
    # The public is told totals, and of no site.
    totals = "SELECT count(*), sum(packets) FROM api.world_port_traffic"
    shared = f"{totals} w WHERE cardinality(w.sites) >= 3"
    assert public.rows(totals) == stored.rows(shared) and stored.value(shared) > 0
    assert stored.value(totals) > stored.value(shared)
    for view in views(stored):
        if "site" in columns(stored, view) and read(public, f"api.{view}") is not None:
            assert public.rows(f"SELECT count(*) FROM {view} WHERE site IS NOT NULL") == [(0,)], view
    for question in QUESTIONS:
        # It has no site to compare, and addresses of sources are not for everybody.
        refused = {"site_against_pool": "22023", "sources_at_sites": "42501"}.get(question.split("(")[0])
        if refused:
            assert public.refused(f"SELECT * FROM api.{question}") == refused
            continue
        told = str(public.rows(f"SELECT * FROM api.{question}"))
        assert not any(code in told for code in ids), question

    # Who may see everything sees it, and only an operator does something with alerts.
    analyst, handler = become(stored, "analyst"), become(stored, "operator")
    for view in views(stored):
        everything = stored.rows(f"SELECT count(*) FROM api.{view}")
        assert analyst.rows(f"SELECT count(*) FROM {view}") == handler.rows(f"SELECT count(*) FROM {view}") == everything
    acknowledge = "UPDATE alert.alert SET acknowledged_at = now()"
    told = "INSERT INTO alert.history (alert, event) SELECT id, 'acknowledged' FROM alert.alert"
    again = "UPDATE alert.outbox SET state = 'due'"
    for sql in (acknowledge, told, again):
        handler.rows(sql)
        for session in (analyst, partner, public):
            assert session.refused(sql) == "42501", sql
    for sql in ("DELETE FROM alert.alert", "DELETE FROM alert.history", "UPDATE alert.alert SET organisation = 1",
                "UPDATE meta.organisation SET name = 'x'", "DELETE FROM raw.flow", "SELECT password FROM console.account"):
        assert handler.refused(sql) == "42501", sql


def test_the_consoles_own_role_keeps_sessions_and_reads_no_traffic(telescope):
    database = telescope.database
    telescope.darkscope("role", "make")
    telescope.add_site("ro-a", "198.18.0.0/24")
    telescope.darkscope("role", "partner", "ro-a")
    database.rows("""
        INSERT INTO console.account (login, name, role, password, must_change)
        VALUES ('alice', 'Alice', 'analyst', '$scrypt$x', false)""")
    console, administrator = As(database, "console"), become(database, "administrator")

    # It is none of the roles that it may become until it becomes one.
    for relation in relations(database):
        rows = read(console, relation)
        assert (rows is not None) == (relation in (
            "meta.site", "meta.partner", "meta.schema_version") or relation.startswith("console.")), relation
    console.rows("""
        INSERT INTO console.session (digest, account, expires_at, ends_at, agent) VALUES (sha256('x'), 1, now(), now(), '')""")
    console.rows("UPDATE console.account SET password = '$scrypt$y', signed_in_at = now()")
    console.rows("INSERT INTO console.audit (event, account, person, place, detail) VALUES ('sign-in', 1, '', 'console', '')")
    for sql in ("UPDATE console.account SET role = 'admin'", "UPDATE console.account SET state = 'active'",
                "DELETE FROM console.account", "DELETE FROM console.audit", "UPDATE console.audit SET person = 'x'",
                "INSERT INTO meta.site (code, name) VALUES ('x', 'x')", "SELECT console.grant_roles()"):
        assert console.refused(sql) == "42501", sql
    console.rows("SELECT console.prune()")
    assert console.rows("SELECT count(*) FROM console.session") == [(0,)]

    # Who makes accounts need not see a hash.
    administrator.rows("UPDATE console.account SET role = 'admin', password = '$scrypt$z'")
    administrator.rows("""
        INSERT INTO console.account (login, name, role, password, must_change)
        VALUES ('bob', 'Bob', 'public', '$scrypt$z', true)""")
    assert administrator.rows("SELECT login, role FROM console.account ORDER BY id") == [("alice", "admin"), ("bob", "public")]
    for sql in ("SELECT password FROM console.account", "SELECT * FROM console.attempt", "DELETE FROM console.audit",
                "DELETE FROM console.account"):
        assert administrator.refused(sql) == "42501", sql
    for role in ("analyst", "operator", "partner_ro_a", "public_reader", "writer"):
        session = As(database, "writer") if role == "writer" else become(database, role)
        for table in ("account", "session", "attempt", "audit"):
            assert session.refused(f"SELECT * FROM console.{table}") == "42501", (role, table)
        assert session.refused("SELECT console.prune()") == "42501", role

    # The command line needs no more than the owner of the database.
    made = ("user", "add", "carol", "--role", "partner", "--site", "ro-a", "--generate", "--database")
    done = run("darkscope", *made, f"{database.conninfo} user=analyst")
    assert done.returncode == CONFIGURATION and "permission denied" in done.stderr
    check("darkscope", *made, f"{database.conninfo} user=owner")
    owner = ("--database", f"{database.conninfo} user=owner")
    for arguments in (("set", "carol", "--role", "operator"), ("password", "carol", "--generate"), ("disable", "carol"),
                      ("sign-out", "carol"), ("sessions",), ("audit",), ("list",)):
        check("darkscope", "user", *arguments, *owner)
    assert console.rows("SELECT role, state FROM console.account WHERE login = 'carol'") == [("operator", "disabled")]
