"""Whatever names and notes hold, it stays text: in mail, in CSV, in JSON, in logs and on the terminal."""
import csv
import email
import email.policy
import io
import json

import psycopg2
import pytest

from support import frames
from support.organisations import Receivers, new_key
from support.programs import check
from support.waiting import until

NAME = '=HYPERLINK("http://evil.example") <script>alert(1)</script> {{name}} {{items}} %n $(id) ;,"\'\\ ตัวอย่าง'
READER = '@SUM(1+1)*cmd|"/C calc"!A0 <b>x</b>, evil@evil.example'
NETWORK = "=HYPERLINK(1) <b>net</b> {{news}} \u202e"
LINES = "City\r\nBcc: evil@evil.example\r\n\r\nhello"


@pytest.fixture
def receivers(folder):
    made = Receivers(folder)
    yield made
    made.stop()


def test_names_and_notes_are_text_everywhere(telescope, folder, receivers):
    database, picked_up = telescope.database, folder / "pick-up"
    picked_up.mkdir()
    new_key(folder)
    telescope.configure({"alerts": receivers.settings(
        key_file=folder / "alerts.key", pickup_directory=picked_up, reporter_name="@SUM(1) telescope")})
    receivers.start()
    for text in (LINES, "a\nb", "a\x85b", "a\x1b[2Jb"):
        with pytest.raises(psycopg2.errors.CheckViolation):
            database.rows("INSERT INTO meta.organisation (code, name) VALUES ('lines', %s)", text)
    telescope.darkscope("org", "add", "evil", "--name", NAME)
    telescope.darkscope("org", "prefix", "add", "evil", "192.0.2.0/24", "--from", "2026-01-01", "--vouch", "the test")
    # What acts on terminals and is no control character, behind the command line's back.
    database.rows("UPDATE meta.organisation SET name = name || %s", "\u2028Bcc: evil@evil.example\u202e")
    for channel, target, form in (
            ("mail", "victim@example.org", "shadowserver"), ("webhook", receivers.webhook("evil"), "json"),
            ("file", "csv", "shadowserver"), ("file", "stix", "stix"), ("file", "xarf", "xarf"), ("file", "events", "intelmq")):
        telescope.darkscope("org", "contact", "add", "evil", channel, target, "--format", form, "--name", READER)
    (folder / "origins.csv").write_text(f"192.0.2.0/24,TH,64500,{NETWORK}\n")
    telescope.darkscope("origins", "import", folder / "origins.csv", "--name", "own", "--date", "2026-01-31")
    contact = database.value("SELECT id FROM meta.contact WHERE channel = 'webhook'")
    receivers.trust(check("darkscope", "org", "contact", "secret", contact, "--key-file", folder / "alerts.key").strip())
    telescope.add_site("site", "198.18.7.0/24")
    collector = telescope.start_collector()
    packets = [frames.syn(f"198.18.7.{n}", 23, "192.0.2.7") for n in range(20)]
    telescope.add_sensor("site", "edge").read(frames.write(folder / "x.pcap", packets), more=["--shift-to", "now"])
    until(lambda: database.value("SELECT count(*) FROM alert.outbox WHERE state = 'delivered'") == 6, 30,
          lambda: f"deliveries {database.rows('SELECT * FROM alert.outbox')}\n{collector.log()}")

    (_, mail), = receivers.mails()
    assert mail.get_all("X-RcptTo") == ["victim@example.org"]
    assert not {"bcc", "cc", "reply-to"} & {name.lower() for name in mail.keys()} and len(mail.get_all("To")) == 1
    whole = email.message_from_bytes(bytes(mail), policy=email.policy.default)
    assert [a.addr_spec for a in whole["To"].addresses] == ["victim@example.org"]
    assert not any("\n" in value or "\u2028" in value for value in map(str, whole.values()))
    text = whole.get_body(("plain",)).get_content()
    assert whole.get_body(("html",)) is None
    # What looks like a part of a template is not replaced by anything.
    assert "{{name}} {{items}}" in text
    attached, = whole.iter_attachments()
    tables = [attached.get_content() if isinstance(attached.get_content(), str) else attached.get_content().decode(),
              *(file.read_text() for file in picked_up.glob("csv/*.csv"))]
    assert len(tables) == 2
    for table in tables:
        header, *rows = csv.reader(io.StringIO(table))
        assert rows and all(len(row) == len(header) == 32 for row in rows)
        # The only text in the table that a person writes.
        assert any("SUM(1)" in cell for row in rows for cell in row)
        assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    post, = receivers.posts()
    assert post["signature"] == "good" and post["addresses"] == ["192.0.2.7"]
    document = (receivers.folder / "webhook" / post["key"]).read_text()
    alert, = json.loads(document)["alerts"]
    assert "HYPERLINK(1) <b>net</b> {{news}}" in alert["as_name"] and not {"\u2028", "\u202e"} & set(document)
    for file in picked_up.rglob("*.json*"):
        for line in file.read_text().splitlines() if file.suffix == ".jsonl" else [file.read_text()]:
            json.loads(line)
    # A line of a log is one event's.
    assert not [line for line in collector.log().splitlines() if line and not line.startswith("ts=")]
    shown = telescope.darkscope("alert", "list") + telescope.darkscope("org", "show", "evil")
    assert "192.0.2.7" in shown and not {"\u2028", "\u202e", "\x1b"} & set(shown)
