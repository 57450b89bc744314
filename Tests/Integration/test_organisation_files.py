"""Files of organisations: what they bring into the registry, and what is wrong with them."""
import json
import re
import subprocess
import time

from support.command_line import DATA, NO_INPUT
from support.programs import environment, path
from test_organisations import BLOCK, add, everything, migrated, operator  # noqa: F401


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
