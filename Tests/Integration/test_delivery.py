"""Notices reach those whom they are for, through real mail, web and syslog servers: each at least once, in the normal
case once, whatever fails on the way; and whatever a name or a URL holds leads nowhere else."""
import hashlib
import hmac
import json
import threading
import time

import psycopg2
import pytest

from support import receivers
from support.desk import desk, mail, web  # noqa: F401
from support.programs import Process, check
from support.waiting import until

# What people may write into names: quotes, other headers, HTML, a formula, encoded words, marks of direction.
HOSTILE = '=cmd|"x" <b>ศูนย์</b>, a@b.example; Bcc: eve@evil.example =?utf-8?q?x?= \u202eabc'


def test_a_mail_says_what_it_should_and_hostile_names_add_nothing(telescope, desk, mail):
    desk.database.rows("UPDATE meta.organisation SET name = %s", HOSTILE)
    desk.configure(smtp=mail.url, contact="cert@sender.example", reporter_name=HOSTILE.replace("\u202e", ""))
    desk.contact("mail", "soc@city.example", "shadowserver", HOSTILE)
    desk.contact("mail", "text@city.example", "text", "O'Brien, \"Bob\" \\")
    keys = desk.notice()
    telescope.start_collector()
    desk.delivered(2)
    assert sorted(mail.keys()) == sorted(keys.values())
    assert {tuple(e.rcpt_tos) for e in mail.envelopes} == {("soc@city.example",), ("text@city.example",)}
    assert {e.mail_from for e in mail.envelopes} == {"darkscope@sender.example"}
    for message in mail.messages:
        assert sorted(message.keys()) == sorted([
            "Date", "From", "Reply-To", "To", "Subject", "Message-ID", "X-Darkscope-Key", "X-Darkscope-Notice",
            "Auto-Submitted", "MIME-Version", "Content-Type"] + (
                [] if message.is_multipart() else ["Content-Transfer-Encoding"]))
        assert message["Message-ID"] == f"<{message['X-Darkscope-Key']}@sender.example>"
        assert message["Auto-Submitted"] == "auto-generated"
        assert [a.addr_spec for a in message["From"].addresses] == ["darkscope@sender.example"]
        assert not message.defects and abs(message["Date"].datetime.timestamp() - time.time()) < 60
    shown = HOSTILE.replace("\u202e", "")
    assert set(mail.texts("From")) == {f"{shown} <darkscope@sender.example>"}
    assert sorted(mail.texts("To")) == sorted([
        f"{shown} <soc@city.example>", '"O\'Brien, \\"Bob\\" \\\\" <text@city.example>'])
    by_address = {m["To"].addresses[0].addr_spec: m for m in mail.messages}
    assert len(by_address) == 2 and all(len(m["To"].addresses) == 1 for m in mail.messages)
    csv = by_address["soc@city.example"]
    attachment, = csv.iter_attachments()
    assert attachment.get_content_type() == "text/csv" and attachment.get_filename().endswith(".csv")
    assert "192.0.2.1" in attachment.get_content() and "192.0.2.1" in csv.get_body().get_content()
    assert by_address["text@city.example"]["To"].addresses[0].display_name == "O'Brien, \"Bob\" \\"
    assert "192.0.2.2" in by_address["text@city.example"].get_content()
    assert all(len(line) < 999 for e in mail.envelopes for line in e.original_content.split(b"\r\n"))


def test_a_webhook_is_signed_and_no_proxy_of_the_environment_sees_it(telescope, desk, web, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    desk.configure()
    contact = desk.contact("webhook", web.url(), "json")
    key = desk.notice()[contact]
    telescope.start_collector()
    desk.delivered(1)
    request, = web.requests
    assert request.headers["Idempotency-Key"] == key
    assert request.headers["Content-Type"].startswith("application/json")
    secret = check("darkscope", "org", "contact", "secret", contact, "--key-file", desk.key).strip()
    assert secret == hmac.new(
        bytes.fromhex(desk.key.read_text().strip()), f"darkscope webhook {contact}".encode(), hashlib.sha256).hexdigest()
    stamp = request.headers["X-Darkscope-Timestamp"]
    expected = hmac.new(secret.encode(), stamp.encode() + b"." + request.body, hashlib.sha256).hexdigest()
    assert request.headers["X-Darkscope-Signature"] == f"sha256={expected}"
    assert abs(int(stamp) - time.time()) < 30
    assert "192.0.2.1" in json.dumps(json.loads(request.body))
    assert desk.database.row("SELECT outcome, attempt, detail FROM alert.delivery") == ("delivered", 1, "200 ok")


def test_a_mail_server_that_is_down_for_an_hour_loses_nothing(telescope, desk):
    server = receivers.MailServer()
    desk.configure(smtp=server.url)
    desk.contact("mail", "a@city.example", "text")
    desk.contact("mail", "b@city.example", "text")
    keys = [*desk.notice().values(), *desk.notice().values()]
    telescope.start_collector()
    desk.failed(2)
    # After a failure a contact's other notices wait as well.
    assert desk.database.value("SELECT count(*) FROM alert.outbox WHERE attempts > 0") == 2
    waits = [seconds for seconds, in desk.database.rows(
        "SELECT extract(epoch FROM due_at - clock_timestamp()) FROM alert.outbox WHERE attempts > 0")]
    assert all(0 < seconds <= 10 for seconds in waits)
    desk.pass_time()
    desk.failed(4)
    server.start()
    try:
        assert desk.states() == {"due": 4}
        desk.pass_time()
        desk.delivered(4)
        assert sorted(server.keys()) == sorted(keys)
    finally:
        server.stop()


def test_what_a_mail_server_refuses_for_good_is_given_up_and_what_may_pass_is_not(telescope, desk, mail):
    mail.answers = {
        "gone@city.example": "550 5.1.1 no such user\x07", "full@city.example": "452 4.2.2 mailbox full",
        "relay@city.example": "550 5.7.1 relaying denied"}
    desk.configure(smtp=mail.url)
    for address in (*mail.answers, "good@city.example"):
        desk.contact("mail", address, "text")
    desk.notice()
    telescope.start_collector()
    desk.delivered(1)
    desk.failed(3)
    found = dict((target, (state, problem)) for target, state, problem in desk.database.rows(
        "SELECT c.target, o.state, o.problem FROM alert.outbox o JOIN meta.contact c ON c.id = o.contact"))
    assert found["gone@city.example"] == ("dead", "RCPT 550 5.1.1 no such user ")
    assert found["full@city.example"] == ("due", "RCPT 452 4.2.2 mailbox full")
    assert found["relay@city.example"] == ("due", "RCPT 550 5.7.1 relaying denied")
    assert found["good@city.example"] == ("delivered", None)
    assert len(mail.messages) == 1


@pytest.mark.alone
def test_webhooks_that_fail_time_out_or_drip_get_every_notice_with_the_same_key(telescope, desk, web):
    slow = threading.Event()
    failing = receivers.WebServer(lambda request: 500 if len(failing.requests) < 3 else 200)
    broken = receivers.WebServer(lambda request: None if len(broken.requests) < 2 else 200)
    # The status decides; the rest of the answer never ends, or is larger than anybody wants.
    huge = receivers.WebServer(lambda request: b"HTTP/1.1 200 OK\r\n\r\n" + b"\r\nx: y" * 1_000_000)
    stuck = receivers.WebServer(lambda request: slow.wait(30) and None)
    try:
        desk.configure()
        for server in (stuck, failing, broken, huge, web):
            desk.contact("webhook", server.url(), "json")
        keys = {contact: key for contact, key in desk.notice().items()}
        begin = time.monotonic()
        telescope.start_collector()
        # Who waits for an answer keeps nobody else waiting.
        desk.delivered(2)
        assert time.monotonic() - begin < 12 and len(stuck.requests) == 1
        for attempts in (2, 3):
            desk.failed(attempts)
            desk.database.rows("UPDATE alert.outbox SET due_at = now() WHERE attempts > 0 AND problem IS NOT NULL")
        desk.delivered(4)
        until(lambda: len(stuck.requests) == 1 and "timed out" in (desk.problem() or ""), 20, "a time-out")
        slow.set()
        stuck.answer = lambda request: 200
        desk.pass_time()
        desk.delivered(5)
        for server in (failing, broken, huge, stuck):
            assert len(set(server.keys())) == 1 and set(server.keys()) <= set(keys.values())
        assert (len(failing.requests), len(broken.requests), len(huge.requests), len(stuck.requests)) == (3, 2, 1, 2)
    finally:
        for server in (failing, broken, huge, stuck):
            server.stop()


def test_of_several_documents_each_is_a_message_and_one_that_fails_is_a_failure(telescope, desk, web):
    """XARF has a document for each address. A connection that was good for the first says nothing of the second."""
    web.answer = lambda request: None if len(web.requests) in (2, 3) else 200
    desk.configure()
    contact = desk.contact("webhook", web.url(), "xarf")
    key = desk.notice(items=3)[contact]
    telescope.start_collector()
    desk.failed(1)
    assert desk.states() == {"due": 1}
    web.answer = lambda request: 200
    before = len(web.requests)
    desk.pass_time()
    desk.delivered(1)
    # It goes on where it was broken off.
    assert web.keys()[before:] == [f"{key}-{n}" for n in (2, 3)]
    assert set(web.keys()[:before]) == {f"{key}-1", f"{key}-2"}
    assert all(json.loads(request.body)["xarf_version"] for request in web.requests)


def test_a_redirect_is_not_followed_and_what_is_gone_is_given_up(telescope, desk, web):
    target = web.url()
    redirect = receivers.WebServer(lambda request: (
        f"HTTP/1.1 307 Temporary Redirect\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n").encode())
    gone = receivers.WebServer(lambda request: 410)
    try:
        desk.configure()
        desk.contact("webhook", redirect.url(), "json")
        desk.contact("webhook", gone.url(), "json")
        desk.notice()
        telescope.start_collector()
        desk.failed(2)
        assert desk.states() == {"due": 1, "dead": 1} and web.requests == []
        assert "redirects are not followed" in desk.database.value(
            "SELECT problem FROM alert.outbox WHERE state = 'due'")
    finally:
        redirect.stop()
        gone.stop()


def test_addresses_that_are_not_of_the_internet_are_refused_unless_allowed(telescope, desk, web):
    desk.configure(webhook_allow=[])
    # By address, by a name, and in forms that only a resolver understands.
    hosts = ["127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0"]
    for host in hosts:
        desk.contact("webhook", web.url(host), "json")
    desk.contact("syslog", f"tcp://127.0.0.1:{web.port}", "cef")
    desk.contact("syslog", f"udp://localhost:{web.port}", "cef")
    desk.notice()
    telescope.start_collector()
    desk.failed(len(hosts) + 2)
    problems = [problem for problem, in desk.database.rows("SELECT problem FROM alert.outbox WHERE state = 'due'")]
    assert len(problems) == len(hosts) + 2
    assert all("is no address of the Internet" in problem for problem in problems), problems
    assert web.requests == []
    # An operator who wants it allows it.
    telescope.collector.stop()
    desk.configure()
    telescope.start_collector()
    desk.pass_time()
    until(lambda: len(web.requests) >= 5, 20, lambda: f"requests: {len(web.requests)}, {desk.problem()}")


def test_a_collector_killed_before_and_after_a_delivery_repeats_it_with_the_same_key(telescope, desk, web):
    arrived, go = threading.Event(), threading.Event()

    def answer(request):
        arrived.set()
        go.wait(30)
        return 200

    web.answer = answer
    desk.configure()
    contact = desk.contact("webhook", web.url(), "json")
    key = desk.notice()[contact]
    # Committed, and the collector dies before it has an answer.
    collector = telescope.start_collector()
    assert arrived.wait(20)
    collector.kill()
    go.set()
    assert desk.states() == {"due": 1}
    # Nobody takes it before the lease is over.
    assert desk.database.value("SELECT due_at > now() + interval '30 s' FROM alert.outbox")
    arrived.clear()
    with_lock = receivers_lock(desk)
    desk.pass_time()
    # Delivered, and it dies before that is written down: the row is locked meanwhile.
    web.answer = lambda request: (with_lock.acquire(), 200)[1]
    collector = telescope.start_collector()
    until(lambda: len(web.requests) == 2, 20, "the second request")
    until(lambda: desk.database.value("""
        SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '%%delivery'
            AND wait_event_type = 'Lock'""") == 1, 20, "a collector that waits to write down")
    collector.kill()
    # What it has sent to the database dies with it.
    until(lambda: not desk.database.rows("""
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
            AND application_name LIKE '%%delivery'"""), 20, "the end of its connection")
    with_lock.release()
    assert desk.states() == {"due": 1}
    web.answer = lambda request: 200
    desk.pass_time()
    telescope.start_collector()
    desk.delivered(1)
    assert web.keys() == [key] * 3 and len({request.body for request in web.requests}) == 1


def receivers_lock(desk):
    """A lock on all rows of the outbox that another thread can take and give back."""
    class Lock:
        def acquire(self):
            self.connection = psycopg2.connect(desk.database.conninfo)
            self.connection.cursor().execute("SELECT FROM alert.outbox FOR UPDATE")

        def release(self):
            self.connection.close()

    return Lock()


def test_two_collectors_that_may_only_store_deliver_each_notice_once(telescope, desk, web, mail):
    telescope.darkscope("role", "make")
    desk.configure(role="writer", smtp=mail.url)
    contacts = [desk.contact("webhook", web.url() + str(n), "json") for n in range(6)]
    contacts.append(desk.contact("mail", "a@city.example", "text"))
    keys = [key for _ in range(12) for key in desk.notice().values()]
    telescope.start_collector()
    other = telescope.folder / "other.toml"
    other.write_text(telescope.config.read_text().replace(str(telescope.port), "*"))
    process = Process("darkscope-collector", "run", "--config", other, log=telescope.folder / "other.log")
    telescope.processes.append(process)
    desk.delivered(len(keys), 40)
    assert sorted(web.keys() + mail.keys()) == sorted(keys)
    assert desk.database.value("SELECT max(attempts) FROM alert.outbox") == 1
    assert desk.database.value("SELECT count(*) FROM alert.delivery") == len(keys)


@pytest.mark.alone
def test_a_stop_breaks_off_what_is_under_way_and_the_next_start_delivers_it(telescope, desk, web):
    go = threading.Event()
    web.answer = lambda request: go.wait(30) and None
    desk.configure()
    desk.contact("webhook", web.url(), "json")
    desk.notice()
    collector = telescope.start_collector()
    until(lambda: web.requests, 20, "a request")
    begin = time.monotonic()
    assert collector.stop() == 0
    assert time.monotonic() - begin < 4
    go.set()
    assert desk.database.row("SELECT state, due_at <= clock_timestamp(), problem FROM alert.outbox") == (
        "due", True, "the collector was stopped")
    web.answer = lambda request: 200
    telescope.start_collector()
    desk.delivered(1)
    assert len(set(web.keys())) == 1
