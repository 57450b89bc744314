"""The operator's command line: its database, its arguments, its output, and its manual."""
import json
import pathlib
import re
import subprocess
import time

import pytest

from support.command_line import (
    CANNOT_CREATE, CONFIGURATION, DATA, FAILURE, IO, NO_INPUT, UNAVAILABLE, USAGE)
from support.programs import ROOT, check, path, run


# The database.

def test_the_database_is_found_by_option_environment_and_configuration(operator):
    operator.add_site()
    wrong = "host=/nowhere"
    listed = check("darkscope", "site", "list", "--config", operator.config)
    assert "th-1" in listed
    assert check("darkscope", "site", "list", DARKSCOPE_DATABASE=operator.database.conninfo) == listed
    assert check("darkscope", "site", "list", "--config", operator.config, "--database", operator.database.conninfo,
                 DARKSCOPE_DATABASE=wrong) == listed
    assert run("darkscope", "site", "list", "--config", operator.config,
               DARKSCOPE_DATABASE=wrong).returncode == UNAVAILABLE


def test_a_database_that_is_away_is_told_in_one_line():
    for arguments in (["site", "list"], ["status"], ["keys"], ["sensor", "revoke", "th-1", "edge"]):
        done = run("darkscope", *arguments, "--database", "host=/nowhere")
        assert done.returncode == UNAVAILABLE and re.fullmatch(r"darkscope: [^\n]*DARKSCOPE_DATABASE[^\n]*\n", done.stderr)


def test_a_schema_of_another_version_is_told_with_the_remedy(operator, database):
    database.rows("INSERT INTO meta.schema_version (version, name) VALUES (999, 'later')")
    assert "Install the newer Darkscope" in operator.refused(CONFIGURATION, "status")
    database.rows("DROP SCHEMA meta CASCADE")
    assert "darkscope-collector migrate" in operator.refused(CONFIGURATION, "status")


def test_a_configuration_that_is_missing_or_broken_is_told(folder):
    file = folder / "c.toml"
    for text in (None, "[database\n", "[database]\nconnection = 7\n"):
        if text is not None:
            file.write_text(text)
        done = run("darkscope", "status", "--config", file)
        assert done.returncode == CONFIGURATION and str(file) in done.stderr, done


# Arguments and output.

@pytest.mark.parametrize("arguments, words", [
    (["dance"], "dance"),
    (["site", "add", "TH", "--name", "x", "--prefix", "192.0.2.0/24"], "such as th-1"),
    (["site", "add", "th-1", "--prefix", "192.0.2.0/24"], "--name"),
    (["site", "add", "th-1", "--name", "", "--prefix", "192.0.2.0/24"], "1 to 200"),
    (["site", "add", "th-1", "--name", "a\nb", "--prefix", "192.0.2.0/24"], "control characters"),
    (["site", "add", "th-1", "--name", "x" * 201, "--prefix", "192.0.2.0/24"], "1 to 200"),
    (["site", "add", "th-1", "--name", "x", "--country", "Thailand", "--prefix", "192.0.2.0/24"], "such as TH"),
    (["site", "add", "th-1", "--name", "x", "--destinations", "some", "--prefix", "192.0.2.0/24"], "full, permuted"),
    (["site", "add", "th-1", "--name", "x", "--prefix", "192.0.2.1/24"], "The block is 192.0.2.0/24"),
    (["site", "add", "th-1", "--name", "x", "--prefix", "192.0.2.0/33"], "such as 198.51.100.0/24"),
    (["site", "add", "th-1", "--name", "x", "--prefix", "0.0.0.0/2"], "larger than"),
    (["site", "add", "th-1", "--name", "x", "--prefix", "192.0.2.0/24", "192.0.2.8/29"], "overlap"),
    (["sensor", "add", "th-1", "edge"], "exactly one"),
    (["sensor", "add", "th-1", "edge", "--public-key", "ab" * 32, "--key-file", "/tmp/k"], "exactly one"),
    (["sensor", "add", "th-1", "edge", "--public-key", "ab" * 31], "64 hexadecimal"),
    (["sensor", "add", "th-1", "Edge", "--public-key", "ab" * 32], "such as th-1"),
    (["generate"], "--output"),
    (["generate", "--output", "/tmp/x.pcap", "--site", "a=198.18.0.0/20", "--site", "b=198.18.32.0/20"], "{site}"),
    (["generate", "--output", "/tmp/x.pcap", "--start", "yesterday"], "such as -24h"),
    (["generate", "--output", "/tmp/x.pcap", "--span", "0"], "--span"),
])
def test_wrong_arguments_are_told_before_anything_is_asked_of_the_database(arguments, words):
    done = run("darkscope", *arguments)
    assert done.returncode == USAGE and done.stdout == "" and words in done.stderr, done
    assert "Usage:" in done.stderr


def test_what_came_from_outside_never_steers_a_terminal(operator, database):
    operator.add_site()
    name = "\x1b[2J\u202eevil\nsecond line"
    database.rows("UPDATE meta.site SET name = %s", name)
    done = run("darkscope", "site", "show", "\x1b[31m")
    for text in (operator.check("site", "list"), operator.check("site", "show", "th-1"),
                 operator.check("site", "list", "--json"), done.stderr):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
    assert operator.json("site", "show", "th-1")["name"] == name
    assert len(operator.check("site", "list").splitlines()) == 2


def test_generated_traffic_may_begin_relative_to_now(folder):
    file = folder / "x.pcap"
    before = time.time()
    check("darkscope", "generate", "--packets", "1000", "--sources", "1000", "--start", "-24h", "--span", "24h",
          "--output", file)
    totals = json.loads((folder / "x.pcap.json").read_text())
    first = totals["first_us"] / 1e6
    assert totals["received"] == 1000 and before - 86_401 <= first < before - 86_400 + 7_200
    check("darkscope", "generate", "--packets", "10", "--sources", "1000", "--start", "2026-03-01T12:00:00Z",
          "--span", "1s", "--output", file)
    assert json.loads((folder / "x.pcap.json").read_text())["first_us"] // 1_000_000 == 1_772_366_400


def test_output_that_cannot_be_written_is_told(folder):
    done = run("darkscope", "generate", "--packets", "10", "--output", "/nonexistent/x.pcap")
    assert done.returncode == CANNOT_CREATE and "/nonexistent/x.pcap" in done.stderr
    done = run("darkscope", "generate", "--packets", "10", "--output", "/dev/full")
    assert done.returncode == IO and "No space left" in done.stderr
    check("darkscope", "keys", "new", "--key-file", folder / "k")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [path("darkscope"), "keys", "show", folder / "k"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == IO and "standard output" in done.stderr


# Batches.

def test_a_batch_is_explained_and_what_is_none_is_refused(folder):
    vectors = pathlib.Path(ROOT) / "Protocol" / "Vectors"
    files = [vectors / "v1-batch-scan.bin", vectors / "v1-batch-scan-zstd.bin"]
    size = sum(file.stat().st_size for file in files)
    told = json.loads(check("darkscope", "batch", "explain", "--json", *files))
    assert told["batches"] == 2 and told["bytes"] == size
    packed = sum(column["packed_bytes"] for column in told["columns"])
    assert abs(packed + told["header_bytes"] + told["frame_bytes"] - size) < 0.1
    assert abs(told["bytes_per_record"] - size / told["records"]) < 0.001
    table = check("darkscope", "batch", "explain", *files).splitlines()
    assert table[0].split() == ["COLUMN", "RAW", "PACKED", "SHARE", "PER", "RECORD"]
    assert table[-1].startswith(f"2 batches, {told['records']} records") and f" {size} " in table[-1]

    whole = files[1].read_bytes()
    for name, data, code, text in (
            ("empty", b"", DATA, "truncated"), ("cut", whole[:-1], DATA, "truncated"),
            ("message", (vectors / "v1-batch-message.bin").read_bytes(), DATA, "badMagic"),
            ("gap", (vectors / "v1-gap.bin").read_bytes(), DATA, "gap report"),
            ("large", bytes(2 << 20), DATA, "longer than"), ("missing\x1b[2J", None, NO_INPUT, "No such file")):
        file = folder / name
        if data is not None:
            file.write_bytes(data)
        done = run("darkscope", "batch", "explain", file)
        assert done.returncode == code and text in done.stderr and not done.stdout, (name, done)
        assert len(done.stderr.splitlines()) == 1 and "\x1b" not in done.stderr


# The manual.

def commands(*words):
    """Every command below these words, with its options, as --help tells them."""
    text = check("darkscope", *words, "--help")
    options = set(re.findall(r"--[a-z][a-z-]+", "\n".join(
        line for line in text.splitlines() if re.match(r"\s+(-\w, )?--", line))))
    yield words, options
    part = text.split("SUBCOMMANDS:\n")
    if len(part) == 2:
        for name in re.findall(r"^  (\S+)", part[1].split("\n\n")[0], re.MULTILINE):
            yield from commands(*words, name)


def test_the_manual_has_every_command_and_option():
    manual = (pathlib.Path(ROOT) / "ops" / "man" / "darkscope.1").read_text()
    flags = {f"--{name}" for name in re.findall(r"Fl -([a-z][a-z-]+)", manual)}
    found = list(commands())
    assert len(found) > 15
    for words, options in found:
        assert options <= flags, (words, options - flags)
        if words and words != ("keys", "list"):
            assert re.search(r"^\.It Nm Cm " + " ".join(words) + r"\b", manual, re.MULTILINE), words
    assert flags <= {option for _, options in found for option in options}
    for code in (FAILURE, USAGE, DATA, NO_INPUT, UNAVAILABLE, CANNOT_CREATE, IO, CONFIGURATION):
        assert re.search(rf"^\.It {code}$", manual, re.MULTILINE)
