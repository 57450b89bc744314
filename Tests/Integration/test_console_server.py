"""The console as a server: who may ask, how it answers, and that nobody can make it suffer."""
import contextlib
import socket
import subprocess
import threading
import time

import psycopg2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from support.console import Console, Events, receive_all
from support.ports import free_port
from support.programs import Process, path, run
from support.telescope import generate, shared_telescope, toml
from support.waiting import until

FIELDS = {
    "content-security-policy": "default-src 'self'", "x-content-type-options": "nosniff", "x-frame-options": "DENY",
    "referrer-policy": "no-referrer", "cross-origin-resource-policy": "same-origin",
}


@pytest.fixture(scope="module")
def telescope_of_all(tmp_path_factory):
    """A collector with a console beside its ingest, for all tests that leave it as it is."""
    with shared_telescope() as made:
        made.console = Console(free_port())
        made.configure({"console": {"access": "open", "listen": f"127.0.0.1:{made.console.port}", "connections": 2}})
        made.start_collector()
        # They take a quarter of a minute to be let go, and others are tested meanwhile.
        made.opened = time.monotonic()
        made.slow = [made.console.connect() for _ in range(50)]
        for wire in made.slow[:25]:
            wire.sendall(b"GET /healthz HTTP/1.1\r\nHost: loc")
        yield made


@pytest.fixture
def served(telescope_of_all):
    return telescope_of_all.console


@contextlib.contextmanager
def lock(database):
    """Holds a lock that every question about sensors waits for."""
    holder = psycopg2.connect(database.conninfo)
    try:
        holder.cursor().execute("LOCK TABLE raw.stream IN ACCESS EXCLUSIVE MODE")
        yield
    finally:
        holder.rollback()
        holder.close()


def test_a_collector_tells_whether_it_can_do_its_work(served, telescope_of_all):
    telescope = telescope_of_all
    assert served.ask("/healthz").json == {"status": "ok"}
    assert served.ask("/version").json["program"] == "darkscope-collector"
    until(lambda: served.ask("/readyz").json == {"status": "ready", "reasons": []}, 10, "readiness")
    version = telescope.database.value("SELECT max(version) FROM meta.schema_version")
    telescope.database.rows("INSERT INTO meta.schema_version (version, name) VALUES (%s, 'of the future')", version + 1)
    until(lambda: served.ask("/readyz").status == 503, 10, "a 503")
    assert "newer Darkscope" in " ".join(served.ask("/readyz").json["reasons"])
    telescope.database.rows("DELETE FROM meta.schema_version WHERE version > %s", version)
    until(lambda: served.ask("/readyz").status == 200, 10, "readiness")


def test_a_collector_counts_what_it_stores_and_refuses(served, telescope_of_all, folder):
    telescope = telescope_of_all
    telescope.add_site("mt-a", "198.18.0.0/24")
    sensor = telescope.add_sensor("mt-a", "edge")
    stranger = telescope.add_sensor("mt-a", "stranger", register=False)
    truth = generate(folder, 2_000, {"mt-a": "198.18.0.0/24"})
    sensor.read(truth["mt-a"][0])
    stranger.start("--read", truth["mt-a"][0])
    batches = telescope.database.value("SELECT count(*) FROM raw.batch")

    def metrics():
        text = served.ask("/metrics").content.decode()
        return {s.name + str(sorted(s.labels.items())): s.value
                for family in text_string_to_metric_families(text) for s in family.samples}

    until(lambda: metrics().get("darkscope_batches_committed_total[('sensor', 'mt-a/edge')]") == batches, 10, metrics)
    until(lambda: metrics()["darkscope_auth_failures_total[('reason', 'unknown-key')]"] > 0, 15, metrics)
    until(lambda: "darkscope_sensor_last_commit_timestamp_seconds[('sensor', 'mt-a/edge')]" in metrics(), 15, metrics)
    found = metrics()
    assert found["darkscope_db_commit_seconds_count[]"] >= 1 and found["darkscope_ready[]"] == 1
    assert found["darkscope_ingest_delay_seconds_count[]"] == 0, "a file is not live"


def test_every_answer_is_protected_and_known_contents_are_not_sent_again(served):
    for target in ["/", "/healthz", "/api/v1/overview", "/nothing", "/api/v1/series?from=x"]:
        fields = served.ask(target).fields
        assert all(fields[name].startswith(value) for name, value in FIELDS.items()), target
        assert "frame-ancestors 'none'" in fields["content-security-policy"]
        assert "access-control-allow-origin" not in fields and "server" not in fields
    page = served.ask("/", Accept_Encoding="gzip")
    assert page.fields["content-encoding"] == "gzip" and len(page.raw) < len(page.content)
    assert page.content == served.ask("/").content and b"<script type=\"module\" src=" in page.content
    for known in [page.fields["etag"], served.ask("/").fields["etag"], f"\"x\", {page.fields['etag']}"]:
        again = served.ask("/", If_None_Match=known)
        assert again.status == 304 and again.raw == b"" and "etag" in again.fields
    assert served.ask("/", If_None_Match="\"other\"").status == 200
    assert served.ask("/healthz").fields["cache-control"] == "no-store"


def test_methods_and_addresses_that_it_does_not_know_are_refused(served):
    head, page = served.ask("/console.css", "HEAD"), served.ask("/console.css")
    assert head.raw == b"" and head.fields["content-length"] == page.fields["content-length"]
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]:
        refused = served.ask("/healthz", method)
        assert refused.status == 405 and refused.fields["allow"] == "GET, HEAD", method
    assert served.ask("/healthz/").status == 404 and served.ask("/../etc/passwd").status == 404
    assert served.ask("/%zz").status == 400
    assert served.ask("/healthz?" + "x" * 9_000).status == 414
    # Another site's page whose name was made to point here learns nothing.
    assert served.ask("/api/v1/overview", Host="evil.example").status == 421
    assert served.ask("/api/v1/overview", Host="localhost:1").status == 200


def test_what_is_no_sound_request_ends_its_connection_alone(served):
    for data in [b"\x00\x01\x02\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /healthz HTTP/1.1\r\n: x\r\n\r\n",
                 b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"x%d: 1\r\n" % i for i in range(500)) + b"\r\n",
                 b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nx: " + b"y" * 200_000 + b"\r\n\r\n",
                 b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n",
                 b"POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n" + b"z" * 2_000_000]:
        try:
            answer = served.exchange(data)
        except (ConnectionResetError, BrokenPipeError):
            answer = b""
        assert b" 200 OK" not in answer, data[:60]
        assert served.ask("/healthz").status == 200


def test_the_question_of_a_client_that_left_is_ended(served, telescope_of_all):
    database = telescope_of_all.database
    waiting = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
                 AND query LIKE '%%api.sensor_status%%' AND pid <> pg_backend_pid()"""
    with lock(database):
        wire = served.connect()
        wire.sendall(b"GET /api/v1/sites HTTP/1.1\r\nHost: localhost\r\n\r\n")
        until(lambda: database.value(waiting) == 1, 10, "a question that waits")
        wire.close()
        until(lambda: database.value(waiting) == 0, 5, "its end")
    # The pool's connection was given up; the next question is answered.
    assert served.ask("/api/v1/sites").status == 200


def test_a_statement_that_takes_too_long_is_refused(telescope_of_all):
    other = Console(free_port())
    config = telescope_of_all.folder / "short.toml"
    config.write_text(toml({
        "database": {"connection": telescope_of_all.database.conninfo},
        "console": {"access": "open", "listen": f"127.0.0.1:{other.port}", "statement_timeout": "1s", "connections": 1}}))
    process = start(telescope_of_all, "short", config)
    with lock(telescope_of_all.database):
        assert "shorter span" in other.problem("sites", 422)["detail"]
    assert other.ask("/api/v1/sites").status == 200
    assert process.stop() == 0


def start(telescope, name, config, *arguments):
    """A console alone, once it serves."""
    file = telescope.folder / f"{name}-up"
    process = Process(
        "darkscope-collector", "console", "--config", config, "--ready-file", file, *arguments,
        log=telescope.folder / f"{name}.log")
    telescope.processes.append(process)
    until(file.exists, 20, process.log)
    return process


def test_more_questions_than_can_wait_are_told_to_come_again(served, telescope_of_all):
    replies = []
    threads = [threading.Thread(target=lambda: replies.append(served.ask("/api/v1/sites"))) for _ in range(90)]
    with lock(telescope_of_all.database):
        for thread in threads:
            thread.start()
        until(lambda: len(replies) >= 90 - 64 - 2, 20, "refusals")
        assert {r.status for r in replies} == {503} and all(r.fields["retry-after"] for r in replies)
        assert served.ask("/healthz").status == 200 and served.ask("/readyz").status == 200
    for thread in threads:
        thread.join()
    assert {r.status for r in replies} == {200, 503}


def test_events_come_as_minutes_are_stored_and_a_client_goes_on_where_it_was(served, telescope_of_all, folder):
    telescope = telescope_of_all
    telescope.database.rows("DELETE FROM raw.batch")
    telescope.add_site("ev-a", "198.18.1.0/24")
    sensor = telescope.add_sensor("ev-a", "edge")
    events = Events(served)
    assert "200 OK" in events.head and "text/event-stream" in events.head
    start = int(time.time()) // 60 * 60 - 300
    (file, _), = generate(folder, 3_000, {"ev-a": "198.18.1.0/24"}, start=start, span=180).values()
    sensor.read(file)
    # As if it had been captured just now.
    telescope.database.rows("UPDATE raw.batch SET capture = 1")
    truth = {str(row[0]): int(row[1]) for row in telescope.database.rows("""
        SELECT to_char(window_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), sum(aggregated)
        FROM api.account GROUP BY 1""")}
    found, identifiers = {}, []
    while found != truth:
        identifier, name, data = events.next()
        assert name == "window"
        identifiers.append(identifier)
        found[data["start"]] = data["packets"]
    assert len(set(identifiers)) == len(identifiers)
    again = Events(served, last=identifiers[0])
    assert [again.next()[0] for _ in identifiers[1:]] == identifiers[1:]
    elsewhere = Events(served, last="other-1")
    assert elsewhere.next()[1] == "missed"
    for client in (events, again, elsewhere):
        client.close()


def test_five_hundred_followers_cost_little(served, telescope_of_all):
    collector = telescope_of_all.collector
    before = collector.memory()
    clients = [Events(served) for _ in range(500)]
    until(lambda: b"darkscope_console_followers 500\n" in served.ask("/metrics").content, 10, "500 followers")
    assert collector.memory() - before < 100 << 20, "200 KiB a follower"
    assert served.ask("/api/v1/overview").status == 200
    for client in clients:
        client.close()
    until(lambda: b"darkscope_console_followers 0\n" in served.ask("/metrics").content, 10, "nobody who follows")


@pytest.mark.parametrize("listen, says", [
    ("0.0.0.0:8080", "sign-in"), ("[::]:80", "sign-in"), ("host:80", "numeric"), ("127.0.0.1", "no address and port")])
def test_an_address_that_others_can_reach_is_refused(telescope_of_all, listen, says):
    config = telescope_of_all.folder / "listen.toml"
    config.write_text(toml({"console": {"access": "open", "listen": listen}}))
    done = run("darkscope-collector", "console", "--config", telescope_of_all.config, "--listen", listen)
    assert done.returncode == 78 and says in done.stderr and len(done.stderr.splitlines()) == 1
    done = run("darkscope-collector", "run", "--config", config, "--check-config")
    assert done.returncode == 78 and says in done.stderr and "console.listen" in done.stderr


def test_a_port_that_is_taken_ends_it_with_the_remedy(telescope_of_all):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        config = telescope_of_all.folder / "taken.toml"
        config.write_text(toml({
            "collector": {"listen": "tcp://127.0.0.1:*", "secret_key_file": telescope_of_all.folder / "collector.key"},
            "database": {"connection": telescope_of_all.database.conninfo}, "console": {"access": "open", "listen": address}}))
        for command in ("console", "run"):
            done = run("darkscope-collector", command, "--config", config)
            assert done.returncode == 69 and "in use" in done.stderr and "console.listen" in done.stderr


def test_a_console_listens_on_a_unix_socket(telescope_of_all):
    socket_path = telescope_of_all.folder / "console.sock"
    process = start(telescope_of_all, "unix", telescope_of_all.config, "--listen", socket_path)
    with socket.socket(socket.AF_UNIX) as wire:
        wire.settimeout(10)
        wire.connect(str(socket_path))
        wire.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert b"200 OK" in receive_all(wire)
    assert process.stop() == 0 and not socket_path.exists()


def test_a_console_waits_for_its_database(telescope_of_all):
    console = Console(free_port())
    config = telescope_of_all.folder / "away.toml"
    config.write_text(toml({
        "database": {"connection": f"host={telescope_of_all.folder} dbname=none"}, "console": {"access": "open"}}))
    process = start(telescope_of_all, "away", config, "--listen", f"127.0.0.1:{console.port}")
    assert console.ask("/healthz").status == 200
    assert console.ask("/readyz").status == 503 and "cannot connect" in console.ask("/readyz").json["reasons"][0]
    assert console.problem("overview", 503)["detail"] == "the database does not answer"
    assert console.ask("/metrics").status == 200 and b"darkscope_ready 0\n" in console.ask("/metrics").content
    assert process.stop() == 0


def test_the_collector_links_no_foundation_beyond_essentials():
    linked = subprocess.run(["ldd", path("darkscope-collector")], capture_output=True, text=True).stdout
    assert "libFoundation.so" not in linked and "libFoundationInternationalization" not in linked


def test_slow_clients_are_let_go(telescope_of_all):
    for wire in telescope_of_all.slow:
        assert receive_all(wire) == b"", "a request that never came has no answer"
        wire.close()
    assert time.monotonic() - telescope_of_all.opened < 180
    assert telescope_of_all.console.ask("/healthz").status == 200


def test_a_collector_ends_although_somebody_follows(served, telescope_of_all):
    client = Events(served)
    assert telescope_of_all.collector.stop(20) == 0
    receive_all(client.wire)
    client.close()
