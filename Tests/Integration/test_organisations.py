"""The registry of organisations through the command line: what is stored, told, imported, proven, and kept in the audit."""
import datetime
import getpass
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest

from support.command_line import CONFIGURATION, DATA, FAILURE, TIME, USAGE, Operator
from support.database import Database
from support.programs import environment, path, run

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


# Sites.

def test_the_trust_in_a_site_is_set_and_shown(operator):
    operator.add_site("th-1")
    operator.check("site", "trust", "th-1", "high")
    assert operator.json("site", "show", "th-1")["trust"] == "high"
    assert "high" in operator.check("site", "list") and "Trust           high" in operator.check("site", "show", "th-1")
    assert operator.run("site", "trust", "th-1", "full").returncode == USAGE
    assert operator.database.rows("SELECT person, after ->> 'trust' FROM meta.audit WHERE relation = 'site' ORDER BY id")[
        -1] == (getpass.getuser(), "high")
    assert "th-1" in operator.refused(FAILURE, "site", "trust", "th-9", "low")
