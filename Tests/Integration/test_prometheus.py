"""Rules of ops/prometheus by promtool, the exporter's questions by the exporter itself, and the runbooks."""
import datetime
import os
import pathlib
import re
import shutil
import socket
import subprocess
import urllib.error
import urllib.request

import psycopg2
import pytest

from support.command_line import Operator
from support.database import Database
from support.programs import run
from support.requirements import need
from support.waiting import until

ROOT = pathlib.Path(__file__).parents[2]
FOLDER = ROOT / "ops/prometheus"
RULES = sorted((FOLDER / "rules").glob("*.yml"))
RUNBOOKS = sorted((ROOT / "ops/runbooks").glob("*.md"))


def tool(name):
    found = shutil.which(name) or shutil.which(name, path=ROOT / ".build/prometheus/usr/bin")
    need(found, f"needs {name}: run ops/prometheus/tools, or install Debian's package")
    return found


def promtool(*arguments, **more):
    done = subprocess.run([tool("promtool"), *arguments], capture_output=True, text=True, timeout=60, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def alerts():
    """{alert: its rule as text}."""
    parts = re.split(r"^      - alert: ", (FOLDER / "rules/alerts.yml").read_text(), flags=re.M)[1:]
    return {part.split("\n")[0]: part for part in parts}


def listed(whose):
    """Metrics that metrics.txt names."""
    return set(re.findall(rf"^{whose} (\w+)$", (FOLDER / "metrics.txt").read_text(), re.M))


def asked():
    """Metrics that queries.yaml makes."""
    found, text = set(), (FOLDER / "queries.yaml").read_text()
    for part in re.split(r"^(?=darkscope_\w+:)", text, flags=re.M)[1:]:
        found |= {f"{part.split(':')[0]}_{column}" for column, usage in re.findall(r"^    - (\w+): \{usage: (\w+)", part, re.M)
                  if usage != "LABEL"}
    return found


def test_promtool_takes_the_rules_and_the_example_of_a_configuration():
    assert promtool("check", "rules", *RULES).count("SUCCESS") == len(RULES) == 2
    promtool("check", "config", "--syntax-only", FOLDER / "prometheus.yml")


def test_every_alert_fires_when_it_should_and_none_on_a_quiet_night():
    assert "SUCCESS" in promtool("test", "rules", FOLDER / "tests/alerts.yml")
    tests = (FOLDER / "tests/alerts.yml").read_text()
    for name in alerts():
        assert f'alertname="{name}",alertstate="firing"' in tests, f"no test makes {name} fire"


def test_a_rule_that_is_wrong_fails_its_test(tmp_path):
    """That the tests of the rules can fail."""
    for path in (*RULES, FOLDER / "tests/alerts.yml"):
        (tmp_path / path.name).write_text(path.read_text().replace("../rules/", "").replace("> 600", "> 6000"))
    done = subprocess.run([tool("promtool"), "test", "rules", tmp_path / "alerts.yml"], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    (tmp_path / "tests.yml").write_text((FOLDER / "tests/alerts.yml").read_text().replace("../rules/", ""))
    (tmp_path / "alerts.yml").write_text((FOLDER / "rules/alerts.yml").read_text().replace("_seconds > 600", "_seconds > 6000"))
    done = subprocess.run([tool("promtool"), "test", "rules", tmp_path / "tests.yml"], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and "DarkscopeSiteSilent" in done.stdout + done.stderr


def test_the_rules_use_what_the_list_names_and_the_exporter_is_asked_for():
    expressions = "\n".join(re.sub(r"^\s*#.*$", "", path.read_text(), flags=re.M) for path in RULES)
    used = {re.sub(r"_bucket$", "", name) for name in re.findall(r"\bdarkscope_\w+", expressions)}
    assert used == listed("collector") | listed("database")
    assert not listed("collector") & listed("database") and listed("database") <= asked()


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """A database in which a sensor dropped frames, has a wrong clock, a backlog, a conflict and a loss, and mail waits."""
    database = Database()
    Operator(tmp_path_factory.mktemp("prometheus"), database).check("role", "make")
    now = datetime.datetime.now(datetime.timezone.utc)
    window, minute = now.replace(second=0, microsecond=0) - datetime.timedelta(minutes=3), datetime.timedelta(minutes=1)
    database.rows("INSERT INTO meta.site (id, code, name) OVERRIDING SYSTEM VALUE VALUES (1, 'th-1', 'Site')")
    database.rows("INSERT INTO meta.sensor (id, site, name) OVERRIDING SYSTEM VALUE VALUES (1, 1, 'edge')")
    database.rows("""
        INSERT INTO raw.stream (id, sensor, epoch, is_import, last_committed_at, last_window_end, last_window_seconds,
            committed, conflicts) OVERRIDING SYSTEM VALUE
        VALUES (1, 1, gen_random_uuid(), false, %s, %s, 60, '{[1,3), [10,11)}', 2)""", now, window + minute)
    for number, (dropped, offset, clock, link) in enumerate(((0, 100, 1, 1), (250, 7_250_000, 2, 2)), 1):
        database.rows("""
            INSERT INTO raw.batch (sensor, stream, sequence, digest, kind, window_start, window_seconds, part, is_last_part,
                policy, family, capture, observed_from_ms, observed_to_ms, link, kernel_received, kernel_dropped,
                interface_dropped, received, aggregated, filtered, non_ip, malformed, late, overflowed, clock, clock_offset_us,
                records, overflow_records, signatures, encoded_bytes, received_at)
            VALUES (1, 1, %s, 1, 1, %s, 60, 0, true, 1, 4, 1, 0, 60000, %s, 1000, %s, 1, 1000, 1000, 0, 0,
                '{0,0,0,0,0,0,0}', 0, 0, %s, %s, 0, 0, 0, 100, %s)""",
                      number, window - minute * (2 - number), link, dropped, clock, offset, now)
    database.rows("INSERT INTO raw.gap (sensor, stream, sequence, packets, reason, report_stream, report_sequence) "
                  "VALUES (1, 1, 5, 77, 1, 1, 10)")
    database.rows("INSERT INTO meta.organisation (id, code, name) OVERRIDING SYSTEM VALUE VALUES (1, 'org', 'Organisation')")
    database.rows("INSERT INTO meta.contact (id, organisation, channel, target, format) OVERRIDING SYSTEM VALUE "
                  "VALUES (1, 1, 'mail', 'soc@example.org', 'text')")
    database.rows("INSERT INTO alert.notice (id, organisation, reason, made_at, items) OVERRIDING SYSTEM VALUE "
                  "VALUES (1, 1, 'first', now(), 1)")
    database.rows("INSERT INTO alert.outbox (notice, contact, state, due_at, created_at) "
                  "VALUES (1, 1, 'due', now(), now() - interval '1 hour')")
    for day in (1, 2):
        database.rows(f"CREATE TABLE raw.flow_{now + datetime.timedelta(days=day):%Y%m%d} (LIKE raw.flow INCLUDING ALL)")
    yield database
    database.drop()


def answer_of_exporter(database):
    """Values by name and labels, as the exporter tells them that asks as an analyst."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    exporter = subprocess.Popen(
        [tool("prometheus-postgres-exporter"), f"--web.listen-address=127.0.0.1:{port}", "--disable-default-metrics",
         "--disable-settings-metrics", f"--extend.query-path={FOLDER}/queries.yaml"],
        env=os.environ | {"DATA_SOURCE_NAME": f"{database.conninfo} user=analyst sslmode=disable"},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        def text():
            try:
                return urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10).read().decode()
            except urllib.error.URLError:
                return None
        return until(text, 20, "the exporter")
    finally:
        exporter.terminate()
        exporter.communicate(timeout=10)


def test_the_exporter_tells_what_the_database_knows(known):
    text = answer_of_exporter(known)
    # Promtool also finds fault with names of the exporter's own, so only ours are shown to it.
    ours = "".join(line + "\n" for line in text.splitlines() if re.match(r"(# \w+ )?darkscope_", line))
    values = {(name, frozenset(re.findall(r'(sensor|reason|channel)="([^"]*)"', labels))): float(value)
              for name, labels, value in re.findall(r"^(darkscope_\w+)\{([^}]*)\} (\S+)$", ours, re.M)}
    assert {name for name, _ in values} == asked()
    sensor = ("sensor", "th-1/edge")
    for name, value in {
            "window_received_frames": 2_000, "window_dropped_frames": 252, "window_clock_offset_seconds": 7.25,
            "window_clock_unsynchronised": 1, "window_link_down": 1, "backlog_batches": 7, "backlog_conflicts_total": 2}.items():
        assert values[f"darkscope_{name}", frozenset([sensor])] == value, name
    loss = frozenset([sensor, ("reason", "dropped")])
    assert (values["darkscope_gap_reports", loss], values["darkscope_gap_packets", loss]) == (1, 77)
    assert values["darkscope_partitions_ahead", frozenset()] == 2
    assert values["darkscope_message_oldest_due_seconds", frozenset([("channel", "mail")])] == pytest.approx(3_600, abs=60)
    promtool("check", "metrics", input=ours)


def test_each_alert_has_its_runbook():
    pages = set()
    for name, rule in alerts().items():
        page = re.search(r"runbook_url: (ops/runbooks/[a-z-]+\.md)$", rule, re.M)[1]
        text = (ROOT / page).read_text()
        assert f"`{name}`" in text, f"{page} does not name {name}"
        assert page not in pages
        pages.add(page)
        for part in ("severity:", "summary:", "description:"):
            assert part in rule, (name, part)
    for path in RUNBOOKS:
        text = path.read_text()
        parts = [text.find(f"\n**{part}.** ") for part in ("Meaning", "Impact", "Diagnosis", "Mitigation")]
        assert -1 not in parts and parts == sorted(parts), path.name
        for link in re.findall(r"\]\(([^)#]+)\)", text):
            assert (path.parent / link).exists(), (path.name, link)


def test_commands_of_the_runbooks_exist():
    helps, checked = {}, 0

    def help_of(*names):
        """Of a command, or of what it does without a subcommand; None when there is none of that name."""
        if names not in helps:
            text = run(*names, "--help").stdout
            usage = re.search(r"^USAGE: (.*)$", text, re.M)
            helps[names] = text if usage and usage[1].startswith(" ".join(names)) else None
        default = helps[names] and re.search(r"^  ([a-z-]+) \(default\)", helps[names], re.M)
        return help_of(*names, default[1]) if default else helps[names]

    for path in RUNBOOKS:
        for command in re.findall(r"`(darkscope(?:-sensor|-collector)? [^`]+)`", path.read_text()):
            words = command.split()
            # Values are in capitals.
            names = [words[0], *[w for w in words[1:] if re.fullmatch(r"[a-z][a-z-]*", w)]]
            text = help_of(*names)
            assert text and "<subcommand>" not in text.split("USAGE: ")[1].split("\n")[0], f"{path.name}: {command}"
            for option in re.findall(r"(?<=\s)--[a-z-]+", command):
                assert option in text, f"{path.name}: {' '.join(names)} has no {option}"
            checked += 1
    assert checked > 40


def test_questions_of_the_runbooks_can_be_asked(known):
    connection = psycopg2.connect(f"{known.conninfo} user=analyst")
    connection.autocommit = True
    asked = 0
    for path in RUNBOOKS:
        for sql in re.findall(r'`psql D -c "([^"`]+)"`', path.read_text()):
            with connection.cursor() as cursor:
                cursor.execute(re.sub(r"\bID\b", "1", sql))
                assert cursor.description, path.name
            asked += 1
    assert asked > 25
    connection.close()
