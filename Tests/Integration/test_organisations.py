"""The registry of organisations through the command line: what is stored, told, imported, proven, and kept in the audit."""
import datetime
import getpass
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

import pytest

from support.database import Database
from support.programs import environment, path, run
from test_operator_cli import CONFIGURATION, DATA, FAILURE, NO_INPUT, TIME, USAGE, Operator

BLOCK = "203.0.113.0/24"


@pytest.fixture(scope="module")
def migrated():
    """One database for all tests: each begins with an empty registry of organisations."""
    folder, database = pathlib.Path(tempfile.mkdtemp(prefix="darkscope-it-", dir="/tmp")), Database()
    try:
        yield Operator(folder, database)
    finally:
        database.drop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def operator(migrated):
    migrated.database.rows("TRUNCATE meta.organisation, meta.audit CASCADE")
    return migrated


def add(operator, code="city-a", *arguments):
    return operator.check("org", "add", code, "--name", f"Name of {code}", *arguments)


def import_file(operator, text, *arguments):
    file = operator.folder / "organisations.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file, operator.run("org", "import", file, *arguments)


def bad_lines(operator, text):
    """The lines that are named, each without the file's name; nothing may have been imported."""
    before = everything(operator)
    file, done = import_file(operator, text)
    assert (done.returncode, done.stdout) == (DATA, ""), done
    *lines, last = done.stderr.splitlines()
    assert re.fullmatch(rf"darkscope: {file}: \d+ errors?\. Nothing was imported", last), last
    assert everything(operator) == before
    return [line.removeprefix(f"{file}:") for line in lines], int(last.split(": ")[2].split()[0])


def everything(operator):
    return [operator.database.rows(f"SELECT t::text FROM meta.{table} t ORDER BY 1") for table in (
        "organisation", "organisation_prefix", "contact", "organisation_allowed", "audit")]


# Organisations.

def test_an_organisation_is_shown_as_it_was_added(operator):
    name = '市役所 "A"'
    said = operator.check(
        "org", "add", "city-a", "--name", name, "--kind", "local-government", "--country", "jp", "--language", "ja",
        "--tlp", "amber+strict", "--zone", "Asia/Tokyo", "--quiet", "22:00-06:30", "--digest", "hourly", "--daily-cap", "5",
        "--least-packets", "20", "--least-addresses", "4", "--clean-hours", "48", "--prefix", BLOCK, "2001:db8:a::/48")
    assert "until they are known to be its own" in said
    settings = {
        "organisation": "city-a", "name": name, "kind": "local-government", "country": "JP", "language": "ja",
        "tlp": "amber+strict", "zone": "Asia/Tokyo", "quiet": "22:00-06:30", "digest": "hourly", "daily_cap": 5,
        "least_packets": 20, "least_addresses": 4, "clean_hours": 48, "ended_at": None, "blocks": 2, "trusted_blocks": 0,
        "contacts": 0}
    listed, = operator.json("org", "list")["organisations"]
    assert re.fullmatch(TIME, listed.pop("created_at")) and listed == settings
    shown = operator.json("org", "show", "city-a")
    assert {key: shown[key] for key in settings} == settings and shown["contact_list"] == shown["allowed"] == []
    assert [(p["prefix"], p["valid_until"], p["current"], p["proof"]) for p in shown["prefixes"]] == [
        (BLOCK, None, True, "claimed"), ("2001:db8:a::/48", None, True, "claimed")]
    header, line = operator.check("org", "list").splitlines()
    assert header.split() == [
        "ORG", "KIND", "COUNTRY", "LANGUAGE", "TLP", "BLOCKS", "TRUSTED", "CONTACTS", "ENDED", "NAME"]
    assert line.split(maxsplit=9) == [
        "city-a", "local-government", "JP", "ja", "amber+strict", "2", "0", "0", "-", name]
    assert all(text in operator.check("org", "show", "city-a") for text in (name, "22:00-06:30", BLOCK, "claimed"))
    assert operator.database.row(
        "SELECT quiet_from::text, quiet_until::text, daily_cap FROM meta.organisation") == ("22:00:00", "06:30:00", 5)


def test_settings_change_one_by_one_and_an_organisation_ends(operator):
    add(operator)
    operator.check("org", "set", "city-a", "--quiet", "22:00-06:00", "--country", "th")
    operator.check("org", "set", "city-a", "--quiet", "none", "--tlp", "green", "--name", "New")
    shown = operator.json("org", "show", "city-a")
    assert (shown["quiet"], shown["country"], shown["tlp"], shown["name"]) == (None, "TH", "green", "New")
    assert "Say what to change" in operator.run("org", "set", "city-a").stderr
    operator.check("org", "end", "city-a")
    assert "org resume" in operator.refused(FAILURE, "org", "set", "city-a", "--tlp", "red")
    assert operator.json("org", "list") == {"organisations": []}
    assert [o["organisation"] for o in operator.json("org", "list", "--all")["organisations"]] == ["city-a"]
    operator.check("org", "resume", "city-a")
    assert "already" in operator.refused(FAILURE, "org", "resume", "city-a")
    operator.check("org", "set", "city-a", "--tlp", "red")


def test_what_cannot_be_is_refused_with_what_to_do(operator):
    add(operator)
    assert "org show city-a" in operator.refused(FAILURE, "org", "add", "city-a", "--name", "x")
    assert "IANA" in operator.refused(DATA, "org", "set", "city-a", "--zone", "Asia/Tokio")
    for arguments in (("org", "show", "x"), ("org", "set", "x", "--tlp", "red"), ("org", "end", "x"), ("org", "log", "x"),
                      ("org", "prefix", "add", "x", BLOCK), ("org", "contact", "add", "x", "mail", "a@b.example"),
                      ("org", "allow", "add", "x", BLOCK), ("org", "verify", "x", BLOCK), ("org", "contact", "list", "x")):
        assert "There are: city-a" in operator.refused(FAILURE, *arguments), arguments
    for arguments in (("set", "city-a", "--kind", "city"), ("set", "city-a", "--quiet", "22-6"), ("add", "City", "--name", "x"),
                      ("set", "city-a", "--name", "a\nb"), ("set", "city-a", "--name", "\x1b[31m"), ("show", "a b"),
                      ("set", "city-a", "--daily-cap", "0"), ("prefix", "add", "city-a", "203.0.113.1/24"),
                      ("verify", "city-a", BLOCK, "--vouch", " "), ("allow", "add", "city-a", BLOCK, "--note", "x" * 501),
                      ("add", "b", "--name", "b", "--prefix", BLOCK, BLOCK),
                      ("add", "b", "--name", "b", "--vouch", "me"), ("verify", "city-a", BLOCK, "--token", "xyz")):
        done = operator.run("org", *arguments)
        assert done.returncode == USAGE and done.stdout == "" and "\x1b" not in done.stderr, arguments
    assert "before it begins" in operator.refused(
        DATA, "org", "prefix", "add", "city-a", BLOCK, "--from", "2026-02-01", "--until", "2026-01-01")


# Blocks.

def test_blocks_lie_in_each_other_and_all_their_holders_are_named(operator):
    add(operator, "isp", "--prefix", "203.0.0.0/16", "--kind", "isp")
    add(operator, "cert", "--prefix", "203.0.0.0/16", "--vouch", "by law")
    said = add(operator, "city-a", "--prefix", BLOCK)
    assert f"{BLOCK} lies in 203.0.0.0/16 of isp" in said and f"{BLOCK} lies in 203.0.0.0/16 of cert" in said
    assert "is also a block of city-a" in add(operator, "ward", "--prefix", BLOCK)
    found = operator.json("org", "find", "203.0.113.9")["prefixes"]
    assert [(p["organisation"], p["prefix"], p["proof"]) for p in found] == [
        ("city-a", BLOCK, "claimed"), ("ward", BLOCK, "claimed"), ("cert", "203.0.0.0/16", "vouched"),
        ("isp", "203.0.0.0/16", "claimed")]
    assert [line.split()[:2] for line in operator.check("org", "find", "203.0.1.0/24").splitlines()[1:]] == [
        ["203.0.0.0/16", "cert"], ["203.0.0.0/16", "isp"]]
    assert "already" in operator.refused(FAILURE, "org", "prefix", "add", "isp", "203.0.0.0/16")
    operator.check("org", "prefix", "end", "isp", "203.0.0.0/16")
    assert "It has none" in operator.refused(FAILURE, "org", "prefix", "end", "isp", "203.0.0.0/16")
    operator.check("org", "end", "ward")
    assert [p["organisation"] for p in operator.json("org", "find", "203.0.113.9")["prefixes"]] == ["city-a", "cert"]
    operator.check("org", "prefix", "add", "isp", "203.0.0.0/16", "--until", "2100-01-01")
    old, new = operator.json("org", "show", "isp")["prefixes"]
    assert (old["current"], new["current"], new["valid_until"]) == (False, True, "2100-01-01T00:00:00Z")
    operator.check("org", "prefix", "add", "isp", "198.51.100.0/24", "--from", "2020-01-01", "--until", "2021-01-01")
    assert operator.json("org", "find", "198.51.100.1") == {"prefixes": []}


def test_a_token_proves_a_block_once(operator):
    add(operator, "city-a", "--prefix", BLOCK)
    said = operator.check("org", "verify", "city-a", BLOCK, "--sent-to", "abuse@city-a.example (RDAP)")
    token, = re.findall(r"\b[0-9a-f]{32}\b", said)
    block, = operator.json("org", "show", "city-a")["prefixes"]
    left = datetime.datetime.fromisoformat(block["token_until"]) - datetime.datetime.now(datetime.timezone.utc)
    assert block["proof"] == "claimed" and datetime.timedelta(days=13.9) < left < datetime.timedelta(days=14.1)
    # Only its digest is anywhere in the database.
    assert operator.database.value("SELECT encode(token_digest, 'hex') = encode(sha256(decode(%s, 'hex')), 'hex') "
                                   "FROM meta.organisation_prefix", token)
    assert token not in str(everything(operator)) and token not in operator.check("org", "log")
    wrong = ("0" if token[0] != "0" else "1") + token[1:]
    assert "not the token" in operator.refused(FAILURE, "org", "verify", "city-a", BLOCK, "--token", wrong)
    operator.database.rows("UPDATE meta.organisation_prefix SET token_until = now() - interval '1 s'")
    assert "too old" in operator.refused(FAILURE, "org", "verify", "city-a", BLOCK, "--token", token)
    newer, = re.findall(r"\b[0-9a-f]{32}\b", operator.check("org", "verify", "city-a", BLOCK))
    assert "not the token" in operator.refused(FAILURE, "org", "verify", "city-a", BLOCK, "--token", token)
    operator.check("org", "verify", "city-a", BLOCK, "--token", f"{newer[:16]} {newer[16:].upper()}", "--sent-to", "RDAP")
    block, = operator.json("org", "show", "city-a")["prefixes"]
    assert (block["proof"], block["proof_by"], block["token_until"]) == ("proven", "RDAP", None)
    assert "proven already" in operator.refused(FAILURE, "org", "verify", "city-a", BLOCK, "--token", newer)
    assert "--withdraw" in operator.refused(FAILURE, "org", "verify", "city-a", BLOCK)
    operator.check("org", "verify", "city-a", BLOCK, "--withdraw")
    assert "no token is awaited" in operator.refused(FAILURE, "org", "verify", "city-a", BLOCK, "--token", newer)
    operator.check("org", "verify", "city-a", BLOCK, "--vouch", "A. Person, by phone")
    assert operator.json("org", "list")["organisations"][0]["trusted_blocks"] == 1
    assert f"There are: {BLOCK}" in operator.refused(FAILURE, "org", "verify", "city-a", "192.0.2.0/24")


# Contacts and own scanners.

def test_contacts_are_taken_when_nothing_can_be_smuggled_in(operator):
    add(operator)
    said = operator.run("org", "contact", "add", "city-a", "mail", "soc@city-a.example", "--name", "SOC")
    assert said.returncode == 0 and said.stderr == ""
    said = operator.run("org", "contact", "add", "city-a", "webhook", "http://soc.city-a.example/x")
    number = operator.json("org", "contact", "list", "city-a")["contacts"][1]["id"]
    assert f"org contact secret {number}" in said.stdout and "not encrypted" in said.stderr
    operator.check("org", "contact", "add", "city-a", "syslog", "tls://siem.city-a.example:6514")
    operator.check("org", "contact", "add", "city-a", "file", "city-a", "--format", "stix")
    assert [(c["channel"], c["target"], c["format"], c["name"]) for c in operator.json("org", "contact", "list", "city-a")[
        "contacts"]] == [
            ("mail", "soc@city-a.example", "shadowserver", "SOC"), ("webhook", "http://soc.city-a.example/x", "json", ""),
            ("syslog", "tls://siem.city-a.example:6514", "cef", ""), ("file", "city-a", "stix", "")]
    for channel, target in (
        ("mail", "a@b.example\r\nBcc: c@d.example"), ("mail", "a@b.example,c@d.example"), ("mail", "-oQ/tmp@b.example"),
        ("mail", "A <a@b.example>"), ("webhook", "https://u:p@b.example/"), ("webhook", "ftp://b.example/"),
        ("webhook", "https://b.example/#x"), ("syslog", "b.example:514"), ("file", "../x"), ("file", ".x"), ("pigeon", "x"),
    ):
        # Behind --, as what begins with a hyphen would be an option.
        done = run("darkscope", "org", "contact", "add", "--database", operator.database.conninfo, "--", "city-a", channel, target)
        assert done.returncode == USAGE and done.stderr.startswith("Error: "), (target, done)
    assert operator.run("org", "contact", "add", "city-a", "mail", "x@y.example", "--format", "cef").returncode == USAGE
    assert "already" in operator.refused(FAILURE, "org", "contact", "add", "city-a", "mail", "soc@city-a.example")
    operator.check("org", "contact", "end", number)
    assert "(city-a)" in operator.refused(FAILURE, "org", "contact", "end", number)
    operator.check("org", "contact", "add", "city-a", "webhook", "http://soc.city-a.example/x")
    assert operator.json("org", "list")["organisations"][0]["contacts"] == 4
    operator.check("org", "allow", "add", "city-a", "203.0.113.7", "--note", "our own\tscanner".replace("\t", " "))
    assert "already" in operator.refused(FAILURE, "org", "allow", "add", "city-a", "203.0.113.7/32")
    assert [(a["prefix"], a["note"]) for a in operator.json("org", "show", "city-a")["allowed"]] == [
        ("203.0.113.7/32", "our own scanner")]
    operator.check("org", "allow", "end", "city-a", "203.0.113.7")
    assert "Nothing is" in operator.refused(FAILURE, "org", "allow", "end", "city-a", "203.0.113.7")


# The audit, and who may change what.

def test_every_change_is_told_with_who_made_it(operator):
    add(operator, "city-a", "--prefix", BLOCK)
    operator.check("org", "set", "city-a", "--tlp", "red")
    operator.database.rows("UPDATE meta.organisation SET name = E'by \\u202e hand'")
    changes = operator.json("org", "log", "city-a")["changes"]
    me = getpass.getuser()
    assert [(c["person"], c["table"], c["action"]) for c in changes] == [
        ("", "organisation", "update"), (me, "organisation", "update"), (me, "organisation_prefix", "insert"),
        (me, "organisation", "insert")]
    assert changes[1]["changes"] == [{"column": "tlp", "before": "amber", "after": "red"}]
    assert all(re.fullmatch(TIME, c["at"]) and c["role"] for c in changes)
    lines = operator.check("org", "log", "--limit", "2").splitlines()
    assert len(lines) == 3 and lines[2].endswith("tlp amber -> red")
    assert "\u202e" not in lines[1] and "\\u{202E}" in lines[1]
    # Who called sudo is who did it; an account that is not there is nobody.
    for caller, person, tlp in (("daemon", "daemon", "green"), ("nobody-at-all", me, "clear")):
        done = subprocess.run(
            [path("darkscope"), "org", "set", "city-a", "--tlp", tlp, "--database", operator.database.conninfo],
            env=environment(SUDO_USER=caller))
        assert done.returncode == 0
        assert operator.json("org", "log", "--limit", "1")["changes"][0]["person"] == person


def test_the_trust_in_a_site_is_audited_because_alerts_rest_on_it(operator):
    operator.check("site", "add", "audited", "--name", "Audited")
    operator.check("site", "trust", "audited", "low")
    assert operator.database.rows("""
        SELECT action, person, before ->> 'trust', after ->> 'trust' FROM meta.audit
        WHERE relation = 'site' AND after ->> 'code' = 'audited' ORDER BY id""") == [
            ("insert", getpass.getuser(), None, "normal"), ("update", getpass.getuser(), "normal", "low")]


def test_an_analyst_changes_nothing_and_an_owner_can(operator):
    operator.check("role", "make")
    add(operator, "city-a", "--prefix", BLOCK)
    before = everything(operator)
    (operator.folder / "o.csv").write_text("organisation,name\ncity-b,B\n")
    conninfo = operator.database.conninfo
    changes = [
        ("add", "city-b", "--name", "B"), ("set", "city-a", "--tlp", "red"), ("prefix", "add", "city-a", "192.0.2.0/24"),
        ("contact", "add", "city-a", "mail", "a@b.example"), ("allow", "add", "city-a", BLOCK),
        ("verify", "city-a", BLOCK, "--vouch", "me"), ("import", operator.folder / "o.csv"), ("end", "city-a")]
    for arguments in changes:
        for role in ("analyst", "writer"):
            # An analyst's session is read-only; one that says otherwise has no rights.
            options = "options='-c default_transaction_read_only=off'" if role == "analyst" else ""
            done = run("darkscope", "org", *arguments, "--database", f"{conninfo} user={role} {options}")
            assert done.returncode == CONFIGURATION and "permission denied" in done.stderr, (role, arguments, done)
            done = run("darkscope", "org", *arguments, "--database", f"{conninfo} user={role}")
            assert done.returncode != 0, (role, arguments)
    assert everything(operator) == before
    assert run("darkscope", "org", "list", "--database", f"{conninfo} user=analyst").returncode == 0
    assert run("darkscope", "org", "log", "--database", f"{conninfo} user=analyst").returncode == 0
    for arguments in changes[1:]:
        done = run("darkscope", "org", *arguments, "--database", f"{conninfo} user=owner")
        assert done.returncode == 0, (arguments, done)
    assert operator.database.rows("SELECT DISTINCT role FROM meta.audit ORDER BY 1") == [("darkscope",), ("owner",)]


# Files.

HEADER = "organisation,name,kind,country,prefix,valid_from,valid_until,vouched_by,mail,mail_format\n"


def many(prefixes, organisations=50):
    """A file of so many blocks, each /24 or /48, of some organisations."""
    lines = [HEADER]
    for number in range(prefixes):
        org = number % organisations
        first = number < organisations
        block = (f"{10 + number // 65536}.{number // 256 % 256}.{number % 256}.0/24" if number % 4 else
                 f"2001:db8:{number:x}::/48")
        lines.append(f"org-{org},{f'Organisation {org}' if first else ''},{'isp' if first else ''},,{block},,,"
                     f"{'A. Person' if number % 2 else ''},{f'soc@org-{org}.example' if first else ''},\n")
    return "".join(lines)


def test_ten_thousand_blocks_are_imported_in_seconds_and_twice_is_once(operator):
    text = many(10_000)
    file, trial = import_file(operator, text, "--dry-run", "--json")
    assert trial.returncode == 0, trial
    assert operator.database.value("SELECT count(*) FROM meta.organisation") == 0
    started = time.monotonic()
    file, done = import_file(operator, text, "--json")
    took = time.monotonic() - started
    assert done.returncode == 0, done
    counts = json.loads(done.stdout)
    assert counts.pop("dry_run") is False and json.loads(trial.stdout) == {"dry_run": True, **counts}
    assert counts == {
        "organisations": {"added": 50, "changed": 0, "same": 0, "ended": 0},
        "blocks": {"added": 10_000, "changed": 0, "same": 0, "ended": 0},
        "contacts": {"added": 50, "changed": 0, "same": 0, "ended": 0}}
    assert operator.database.row("""
        SELECT count(*), count(DISTINCT organisation), count(*) FILTER (WHERE proof = 'vouched' AND proof_by = 'A. Person'),
            count(*) FILTER (WHERE family(prefix) = 6) FROM meta.organisation_prefix""") == (10_000, 50, 5_000, 2_500)
    assert operator.database.value("SELECT count(*) FROM meta.audit WHERE person <> ''") == 10_100
    before = everything(operator)
    again_started = time.monotonic()
    again = import_file(operator, text, "--json")[1]
    again_took = time.monotonic() - again_started
    assert json.loads(again.stdout)["blocks"] == {"added": 0, "changed": 0, "same": 10_000, "ended": 0}
    assert everything(operator) == before
    print(f"import of 10,000 blocks: {took:.2f} s; again: {again_took:.2f} s")
    assert took < 30 and again_took < 30


def test_two_imports_at_once_are_one(operator):
    (operator.folder / "o.csv").write_text(many(2_000))
    command = [path("darkscope"), "org", "import", operator.folder / "o.csv", "--json", "--database",
               operator.database.conninfo]
    started = [subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = [json.loads(process.communicate(timeout=60)[0])["blocks"] for process in started]
    assert sorted((blocks["added"], blocks["same"]) for blocks in told) == [(0, 2_000), (2_000, 0)]
    assert operator.database.value("SELECT count(*) FROM meta.organisation_prefix") == 2_000


def test_every_bad_line_is_listed_and_nothing_is_half_imported(operator):
    add(operator, "old")
    operator.check("org", "end", "old")
    lines, count = bad_lines(operator, HEADER + "".join([
        "city-a,City A,,,203.0.113.0/24,,,,soc@city-a.example,\n",
        "city-a,,,,203.0.113.77/24,,,,,\n",
        "nobody,,,,198.51.100.0/24,,,,,\n",
        "old,,,,198.51.100.0/24,,,,,\n",
        "city-a,,town,J,,,,,a@b@c,\n",
        'city-a,"unclosed,,,,,,,,\n',
        "city-a,,,,192.0.2.0/24,2026-05-01,2026-04-01,,,\n",
        "city-a,,,,192.0.2.0/24,,2020-01-01,,,\n",
        "city-a,City B,,,,,,,,\n",
        "city-a,,\n",
    ]))
    assert count == len(lines) == 11
    assert [line.split(": ")[0:2] for line in lines] == [
        ["3", "prefix"], ["4", "organisation"], ["5", "organisation"], ["6", "kind"], ["6", "country"], ["6", "mail"],
        ["7", "a quote is not closed on the line"], ["8", "valid_until"], ["9", "valid_until"], ["10", "name"],
        ["11", "it has 3 fields, and the header has 10"]]
    assert "The block is 203.0.113.0/24" in lines[0] and "give its name" in lines[1] and "org resume old" in lines[2]
    # Of ten thousand lines with one that the database alone can know, and of a file of bad lines.
    lines, count = bad_lines(operator, many(10_000) + "org-1,,,,10.0.1.0/24,2030-01-01,,,,\n")
    assert count == 1 and lines[0].startswith("3: valid_from: line 10002 tells one for 10.0.1.0/24")
    file, done = import_file(operator, HEADER + "bad code,,,,,,,,,\n" * 500)
    assert done.stderr.count("\n") == 102 and "\nand 400 more\n" in done.stderr and ": 500 errors." in done.stderr


def test_a_hostile_file_is_refused_with_its_lines(operator):
    for text, cause in (
        (b"", "empty"), (b"organisation,evil\n", 'no column "evil"'), (b"organisation;name\na;b\n", "divided by commas"),
        (b"organisation,name\na,\x00\n", "U+0000"), (b"organisation,name\na,\x1b[31m\n", "U+001B"),
        (b"organisation,name\na,\xff\xfe\n", "UTF-8"), (b'organisation,name\na,"b\n', "not closed"),
        (b"organisation,name\na," + b"x" * 5_000_000 + b"\n", "more than 16384 bytes"),
        (b"organisation,name\na," + b"x" * 1_500 + b"\n", "more than 1000 characters"),
        (b"organisation,name\n" + "a,\u202egnp.exe\n".encode(), "U+202E"), (b"name\nx\n", "organisation is missing"),
        (b'organisation,name\na,"' + b'"' * 100 + b"\n", "a quote is not closed"), (b"\x00" * 1000, "U+0000"),
        (b"organisation,zone,name\na,Mars/Base,A\n", "no time zone Mars/Base"),
    ):
        lines, _ = bad_lines(operator, text)
        assert cause in lines[0], (text[:40], lines)
        assert not any(ord(c) < 32 or c in "\u202e\x7f" for line in lines for c in line)
    assert "more than" in operator.refused(DATA, "org", "import", "/dev/zero")
    operator.refused(NO_INPUT, "org", "import", operator.folder / "none.csv")
    # What other programs would run as a formula is a name like any other.
    file, done = import_file(operator, "\ufefforganisation,name\r\na,\"=cmd|' /C calc'!A0\"\r\n")
    assert done.returncode == 0
    assert operator.json("org", "show", "a")["name"] == "=cmd|' /C calc'!A0"


def test_a_file_changes_what_it_says_and_brings_nothing_back_that_was_ended(operator):
    text = HEADER + f"city-a,City A,,,{BLOCK},,,,soc@city-a.example,\ncity-a,,,,192.0.2.0/24,2025-01-01,,,,\n"
    assert import_file(operator, text)[1].returncode == 0
    operator.check("org", "prefix", "end", "city-a", BLOCK)
    operator.check("org", "contact", "end", operator.json("org", "contact", "list", "city-a")["contacts"][0]["id"])
    file, done = import_file(operator, text.replace("City A", "City of A").replace("2025-01-01,", "2025-01-01,2090-01-01"))
    assert "stays ended" in done.stdout and done.returncode == 0, done
    shown = operator.json("org", "show", "city-a")
    assert shown["name"] == "City of A" and shown["contacts"] == 0
    assert [(p["prefix"], p["current"], p["valid_until"]) for p in shown["prefixes"]] == [
        ("192.0.2.0/24", True, "2090-01-01T00:00:00Z"), (BLOCK, False, shown["prefixes"][1]["valid_until"])]


# Sites.

def test_the_trust_in_a_site_is_set_and_shown(operator):
    operator.add_site("th-1")
    operator.check("site", "trust", "th-1", "high")
    assert operator.json("site", "show", "th-1")["trust"] == "high"
    assert "high" in operator.check("site", "list") and "Trust           high" in operator.check("site", "show", "th-1")
    assert operator.run("site", "trust", "th-1", "full").returncode == USAGE
    assert "th-1" in operator.refused(FAILURE, "site", "trust", "th-9", "low")
