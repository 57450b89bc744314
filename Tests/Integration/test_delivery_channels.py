"""Every channel as its receivers meet it: real syslog, folders for pick-up, mail servers that want a password, texts of an
operator's own; and what the collector says when a channel is not set up, or not as it can be."""
import json
import ssl

import pytest

from support import receivers, wire
from support.desk import desk, mail  # noqa: F401
from support.programs import run
from support.telescope import toml, write_secret
from support.waiting import until


def test_texts_of_mails_can_be_replaced_and_lines_of_dots_stay(telescope, desk, mail, folder):
    texts = folder / "texts"
    texts.mkdir()
    body = "first\n.\n..\n.Subject: x\n" + "long " * 300 + "\nลำดับ\nlast {{key}}\n"
    (texts / "en.txt").write_text("Of {{organisation}}\n\n" + body)
    desk.configure(smtp=mail.url, templates=texts)
    desk.contact("mail", "a@city.example", "text")
    desk.notice()
    telescope.start_collector()
    desk.delivered(1)
    message, = mail.messages
    assert message["Subject"] == "Of Example City"
    assert message.get_content().replace("\r\n", "\n").strip() == body.replace("{{key}}", message["X-Darkscope-Notice"]).strip()
    # Of ASCII in short lines it goes as it is.
    telescope.collector.stop()
    (texts / "en.txt").write_text("Of {{organisation}}\n\nfirst\n.\n..\nlast\n")
    telescope.start_collector()
    desk.notice()
    desk.delivered(2)
    assert mail.messages[1].get_content().replace("\r\n", "\n").strip() == "first\n.\n..\nlast"


def test_a_real_syslog_server_understands_every_field(telescope, desk, folder):
    server = receivers.Rsyslog(folder)
    certificate, key = receivers.certificate(folder)
    secure = receivers.LineServer(certificate, key)
    try:
        desk.configure(ca_file=certificate)
        contacts = [desk.contact("syslog", target, "cef") for target in (
            f"udp://127.0.0.1:{server.udp}", f"tcp://localhost:{server.tcp}", f"tls://localhost:{secure.port}")]
        keys = desk.notice(items=3)
        telescope.start_collector()
        desk.delivered(3)
        until(lambda: len(server.lines()) == 6, 20, lambda: f"six messages: {server.lines()}")
        found = {}
        for line in server.lines():
            pri, version, stamp, host, app, process, kind, data, text = line.split("|", 8)
            assert (pri, version, app, process, kind) == ("132", "1", "darkscope", "-", "notice")
            assert stamp.startswith("20") and host
            assert text.strip().startswith("CEF:0|Darkscope|")
            word, named, notice, item, of = data.strip("[]").split(" ")
            assert word == "darkscope@32473" and of == 'of="3"'
            found.setdefault(named.split('"')[1], []).append(item)
        udp, tcp, tls = (keys[contact] for contact in contacts)
        assert {k: sorted(v) for k, v in found.items()} == {
            k: ['item="1"', 'item="2"', 'item="3"'] for k in (udp, tcp)}
        # RFC 6587: each message with its length before it.
        until(lambda: secure.bytes.count(b"CEF:0|") == 3, 20, "three messages by TLS")
        rest, messages = secure.bytes, []
        while rest:
            length, rest = rest.split(b" ", 1)
            messages.append(rest[: int(length)])
            rest = rest[int(length):]
        assert len(messages) == 3 and all(m.startswith(b"<132>1 ") and tls.encode() in m for m in messages)
    finally:
        server.stop()
        secure.stop()


def test_files_are_whole_repeatable_and_stay_in_their_folder(telescope, desk, folder):
    pickup = folder / "pickup"
    pickup.mkdir()
    (folder / "elsewhere").mkdir()
    (pickup / "link").symlink_to(folder / "elsewhere")
    desk.configure(pickup_directory=pickup)
    contact = desk.contact("file", "city", "json")
    desk.contact("file", "link", "json")
    desk.contact("file", "../elsewhere", "json")
    key = desk.notice()[contact]
    telescope.start_collector()
    desk.delivered(1)
    desk.failed(2)
    file, = (pickup / "city").iterdir()
    content = file.read_bytes()
    assert "192.0.2.1" in json.dumps(json.loads(content)) and file.stat().st_mode & 0o777 == 0o640
    # Again, as after a crash: nothing changes. Another document of the name does not replace it.
    again = "UPDATE alert.outbox SET state = 'due', due_at = now(), delivered_at = NULL WHERE key = %s"
    desk.database.rows(again, key)
    desk.delivered(1)
    assert [f.read_bytes() for f in (pickup / "city").iterdir()] == [content]
    file.write_bytes(b"another")
    desk.database.rows(again, key)
    until(lambda: len(list((pickup / "city").glob("*.json"))) == 2, 20, "a second name")
    desk.delivered(1)
    assert sorted(f.read_bytes() for f in (pickup / "city").iterdir()) == sorted([content, b"another"])
    assert list((folder / "elsewhere").iterdir()) == [] and [p.name for p in folder.glob("*.json")] == []


def test_a_password_goes_only_to_the_server_that_it_is_for(telescope, desk, folder):
    certificate, key = receivers.certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    seen = []

    def authenticate(server, session, envelope, mechanism, data):
        import aiosmtpd.smtp
        seen.append((data.login, data.password))
        return aiosmtpd.smtp.AuthResult(success=data.password == b"pass word", handled=False)

    server = receivers.MailServer(
        tls_context=context, require_starttls=True, auth_required=True, authenticator=authenticate).start()
    password = folder / "password"
    password.write_text("pass word\n")
    password.chmod(0o600)
    login = {"smtp": server.url, "smtp_user": "darkscope", "smtp_password_file": password}
    try:
        # A certificate that nobody vouches for.
        desk.configure(**login)
        desk.contact("mail", "a@city.example", "text")
        desk.notice()
        telescope.start_collector()
        desk.failed(1)
        assert "certificate" in desk.problem() and seen == []
        telescope.collector.stop()
        desk.configure(**login, ca_file=certificate)
        desk.pass_time()
        telescope.start_collector()
        desk.delivered(1)
        assert seen == [(b"darkscope", b"pass word")] and len(server.messages) == 1
    finally:
        server.stop()
    assert "pass word" not in telescope.logs()


def test_without_a_way_notices_wait_and_say_what_is_missing(telescope, desk):
    telescope.configure()
    desk.contact("mail", "a@city.example", "text")
    desk.contact("webhook", "https://hook.example/", "json")
    desk.contact("file", "city", "json")
    ended = desk.contact("mail", "b@city.example", "text")
    desk.notice()
    desk.database.rows("UPDATE meta.contact SET ended_at = now() WHERE id = %s", ended)
    telescope.start_collector()
    desk.failed(4)
    problems = sorted(desk.database.rows("SELECT state, problem FROM alert.outbox"))
    assert [state for state, _ in problems] == ["dead", "due", "due", "due"]
    text = " ".join(problem for _, problem in problems)
    for word in ("alerts.smtp", "alerts.key_file", "alerts.pickup_directory", "served no more"):
        assert word in text
    # A week after the first attempt it is given up; once somebody asks for more the week begins anew.
    desk.database.rows("UPDATE alert.delivery SET at = at - interval '8 days'")
    desk.pass_time()
    until(lambda: desk.states() == {"dead": 4}, 20, lambda: f"all dead: {desk.states()}")
    assert "given up" in telescope.collector.log()
    desk.database.rows("UPDATE alert.outbox SET state = 'due', due_at = now(), attempts = 0 WHERE contact <> %s", ended)
    desk.failed(10)
    assert desk.states() == {"dead": 1, "due": 3}


@pytest.mark.parametrize("alerts, words", [
    ({"smtp": "mail.example.org"}, "smtp://mail.example.org:587"),
    ({"smtp": "smtp://user:secret@mail.example.org"}, "smtp://mail.example.org:587"),
    ({"smtp_user": "x"}, "smtp_password_file"),
    ({"from": "Darkscope <a@b.example>"}, "is no mail address"),
    ({"webhook_allow": ["10.0.0.1/8"]}, "expected blocks such as"),
    ({"key_file": "/nonexistent"}, "/nonexistent"),
    ({"pickup_directory": "pickup"}, "is no absolute path"),
    ({"templates": "/nonexistent"}, "/nonexistent"),
    ({"ca_file": "/nonexistent"}, "/nonexistent"),
    ({"smtp_security": "some"}, '"opportunistic", "required", "none"'),
])
def test_settings_that_cannot_be_are_refused_with_the_remedy(folder, alerts, words):
    write_secret(folder / "collector.key", wire.new_key()[0])
    config = folder / "collector.toml"
    config.write_text(toml({"collector": {"secret_key_file": folder / "collector.key"}, "alerts": alerts}))
    done = run("darkscope-collector", "run", "--config", config, "--check-config")
    assert done.returncode == 78 and words in done.stderr, done.stderr
