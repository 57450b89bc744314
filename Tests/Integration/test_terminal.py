"""`darkscope top` and `series` against plain Python over every packet: filters, scanners, coverage, roles, and forms of output."""
import collections
import csv
import datetime
import io
import ipaddress
import json
import random

import pytest

from support.internet import (
    DAY, DAYS_BEFORE, FIRST, HOLE, LOCAL, NEW, NOON, PREFIXES, SCANNERS, TODAY, TOMORROW, UTC, by_source, class_of, day_of,
    hour_of, origin_of, tool_of)
from support.programs import check, run

USAGE, DATA = 64, 65
FROM, TO = TODAY.isoformat(), TOMORROW.isoformat()
WHOLE = ("--from", FROM, "--to", TO)


def ask(database, *arguments, role=None):
    """The document of a question."""
    return json.loads(check("darkscope", *arguments, "--json", "--database", as_role(database, role)))


def as_role(database, role):
    return database.conninfo + (f" user={role}" if role else "")


def refused(database, code, *arguments):
    done = run("darkscope", *arguments, "--database", database.conninfo)
    assert (done.returncode, done.stdout) == (code, ""), done
    assert done.stderr.startswith("darkscope: ") and done.stderr.count("\n") == 1
    return done.stderr


def inside(block):
    network = ipaddress.ip_network(block)
    return lambda p: ipaddress.ip_address(p.source) in network


TERMS = [
    ("proto = tcp", lambda p: p.kind != "udp"), ("proto != udp", lambda p: p.kind != "udp"),
    ("class in (tcp-syn, udp-probe)", lambda p: p.kind != "synack"), ("backscatter", lambda p: p.kind == "synack"),
    ("port = 23", lambda p: p.port == 23), ("port in (80, 443, 53)", lambda p: p.port in (80, 443, 53)),
    ("port >= 1024", lambda p: p.port >= 1_024), ("port != 80", lambda p: p.port != 80),
    ("country = id", lambda p: origin_of(p)[0] == "ID"), ("country != SG", lambda p: origin_of(p)[0] != "SG"),
    ("country = unknown", lambda p: origin_of(p)[0] is None), ("asn in (AS64500, 64501)", lambda p: origin_of(p)[1] is not None),
    ("asn != 64501", lambda p: origin_of(p)[1] != 64_501), ("site = ALPHA", lambda p: p.site == "alpha"),
    ("site in (beta, delta)", lambda p: p.site in ("beta", "delta")), ("sensor = edge", lambda p: True),
    ("source = 203.0.113.0/28", inside("203.0.113.0/28")), ("source != 11.0.0.0/17", lambda p: not inside("11.0.0.0/17")(p)),
    ("family = 4", lambda p: True), ("scanner", lambda p: p.source in SCANNERS), ("not scanner", lambda p: p.source not in SCANNERS),
]
SUBJECTS = {
    "ports": (("class", "service_port"), lambda p: (class_of(p), p.port)),
    "sources": (("source",), lambda p: (p.source,)),
    "countries": (("country",), lambda p: (origin_of(p)[0],)),
    "networks": (("asn",), lambda p: (origin_of(p)[1],)),
    "sites": (("site",), lambda p: (p.site,)),
}


def agree(found, precision, truth):
    """A number of sources is what it says it is."""
    if precision == "exact":
        assert found == truth
    elif precision == "estimate":
        # Three standard errors.
        assert found == pytest.approx(truth, rel=0.05)
    else:
        assert precision == "at-least" and 0 < found <= truth


def compare(answer, subject, packets):
    """Every number of an answer of `top` equals what the packets say."""
    names, key = SUBJECTS[subject]
    groups = collections.defaultdict(list)
    for packet in packets:
        groups[key(packet)].append(packet)
    rows = {tuple(row[name] for name in names): row for row in answer["rows"]}
    assert len(rows) == len(answer["rows"])
    assert rows.keys() == groups.keys()
    assert (answer["total"]["packets"], answer["total"]["undecided_packets"]) == (len(packets), 0)
    if answer["total"]["sources"] is not None:
        agree(answer["total"]["sources"], answer["total"]["sources_precision"], len({p.source for p in packets}))
    for value, mine in groups.items():
        row = rows[value]
        assert (row["packets"], row["sites"]) == (len(mine), len({p.site for p in mine})), value
        agree(row["sources"], row["sources_precision"], len({p.source for p in mine}))
    order = answer["order"]
    ranks = [row[order] for row in answer["rows"]]
    assert ranks == sorted(ranks, reverse=True)


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("scanners", ["all", "without", "only"])
def test_the_first_of_everything_with_and_without_scanners(world, subject, scanners):
    packets, database = world
    answer = ask(database, "top", subject, *WHOLE, "--scanners", scanners, "--limit", 1_000)
    chosen = [p for p in packets if day_of(p) == TODAY and (
        scanners == "all" or (p.source in SCANNERS) == (scanners == "only"))]
    compare(answer, subject, chosen)
    assert answer["schema"] == "darkscope.top/1" and answer["scanners"] == scanners
    assert (answer["from"], answer["to"]) == (f"{FROM}T00:00:00Z", f"{TO}T00:00:00Z")
    if subject == "sources":
        for row in answer["rows"]:
            mine = [p for p in chosen if p.source == row["source"]]
            country, asn, name = origin_of(mine[0])
            assert (row["country"], row["asn"], row["as_name"]) == (country, asn, name)
            assert row["scanner"] == ("invented" if row["source"] in SCANNERS else None)
            assert row["first_seen"][:17] <= datetime.datetime.fromtimestamp(mine[0].time, UTC).isoformat()


def draw(source, depth=2):
    """A random filter, and what it means."""
    kind = source.random()
    if depth == 0 or kind < 0.4:
        return source.choice(TERMS)
    if kind < 0.55:
        text, meaning = draw(source, depth - 1)
        return f"not ({text})", lambda p: not meaning(p)
    word, fold = ("and", all) if kind < 0.85 else ("or", any)
    parts = [draw(source, depth - 1) for _ in range(2)]
    return f" {word} ".join(f"({text})" for text, _ in parts), lambda p: fold(meaning(p) for _, meaning in parts)


@pytest.mark.parametrize("seed", range(25))
def test_any_filter_is_answered_with_what_the_packets_say(world, seed):
    packets, database = world
    source = random.Random(seed)
    text, meaning = draw(source)
    subject = source.choice(list(SUBJECTS))
    # Whole days, hours of a day, and less than an hour.
    since, until = (int(DAY.timestamp()) + second for second in source.choice(
        [(0, 86_400), (0, 86_400), (3_600, 50_400), (NOON + 300, NOON + 2_700)]))
    answer = ask(database, "top", subject, text, "--from", since, "--to", until, "--limit", 1_000,
                 "--by", source.choice(["packets", "sources", "sites"]) if subject != "sources" else "packets")
    start, end = (datetime.datetime.fromisoformat(answer[name].replace("Z", "+00:00")).timestamp() for name in ("from", "to"))
    # What is answered for may be whole hours, and is what it says.
    assert since - 3_600 < start <= since and until <= end < until + 3_600
    compare(answer, subject, [p for p in packets if start <= p.time < end and meaning(p)])


def test_what_is_answered_for_holds_what_was_asked(world):
    _, database = world
    answer = ask(database, "top", "--from", f"{FROM}T10:20:00Z", "--to", f"{FROM}T12:40:00Z")
    assert (answer["from"], answer["to"]) == (f"{FROM}T10:00:00Z", f"{FROM}T13:00:00Z")
    answer = ask(database, "top", "--from", f"{FROM}T10:21:00Z", "--to", f"{FROM}T10:49:00Z", "port = 23")
    assert (answer["from"], answer["to"]) == (f"{FROM}T10:20:00Z", f"{FROM}T10:50:00Z")


def test_sources_by_the_tool_they_use(world):
    packets, database = world
    for tool in ("mirai", "masscan", "zmap", "none"):
        expected = collections.Counter()
        for day in (TODAY - datetime.timedelta(days=1), TODAY):
            for site in PREFIXES:
                mine = by_source([p for p in packets if day_of(p) == day and p.site == site])
                for source, sent in mine.items():
                    if (tool_of(sent) or "none") == tool:
                        expected[source] += len(sent)
        answer = ask(database, "top", "sources", f"tool = {tool}", "--from", (TODAY - datetime.timedelta(days=1)).isoformat(),
                     "--to", TO, "--limit", 1_000)
        assert {row["source"]: row["packets"] for row in answer["rows"]} == expected and expected


def test_header_signatures(world):
    packets, database = world
    today = [p for p in packets if day_of(p) == TODAY and p.kind != "synack"]
    kinds = collections.defaultdict(list)
    for p in today:
        kinds["udp:" if p.kind == "udp" else f"syn:{p.window}:"].append(p)
    for words in ([], ["port >= 0"]):
        answer = ask(database, "top", "signatures", *words, *WHOLE)
        assert answer["total"]["packets"] == len(today) and len(answer["rows"]) == len(kinds)
        for row in answer["rows"]:
            mine = next(mine for start, mine in kinds.items() if row["signature"].startswith(start))
            assert row["packets"] == len(mine) and row["sites"] == len({p.site for p in mine})
            agree(row["sources"], row["sources_precision"], len({p.source for p in mine}))
    rare = answer["rows"][-1]["signature_id"]
    answer = ask(database, "top", "sources", f"signature = {rare}", *WHOLE)
    assert {row["source"] for row in answer["rows"]} == {p.source for p in today if p.window == 5_840}


SERIES = [
    ("", lambda p: True), ("class = tcp-syn and port = 23", lambda p: p.kind == "syn" and p.port == 23),
    ("site = beta and port = 80", lambda p: p.site == "beta" and p.port == 80),
    ("port in (23, 53) and site in (alpha, beta)", lambda p: p.port in (23, 53) and p.site in ("alpha", "beta")),
    ("not scanner", lambda p: p.source not in SCANNERS), ("scanner and port = 80", lambda p: p.source in SCANNERS and p.port == 80),
    ("country = ID", lambda p: origin_of(p)[0] == "ID"), ("asn != 64501", lambda p: origin_of(p)[1] != 64_501),
    ("country = ID and port = 23 or source = 11.0.0.0/17", lambda p: origin_of(p)[0] == "ID" and p.port == 23 or inside("11.0.0.0/17")(p)),
]


@pytest.mark.parametrize("step", ["hour", "day"])
@pytest.mark.parametrize("text,meaning", SERIES)
def test_a_series_has_every_bin_and_no_zero_for_what_is_missing(world, step, text, meaning):
    packets, database = world
    start = (lambda p: day_of(p)) if step == "day" else hour_of
    begin = DAY - datetime.timedelta(days=2)
    answer = ask(database, "series", *text.split(), "--step", step, "--from", begin.date().isoformat(), "--to", TO)
    assert answer["schema"] == "darkscope.series/1" and answer["step"] == step
    assert len(answer["rows"]) == (3 if step == "day" else 72)
    sites = {"site = beta": {"beta"}, "site in ": {"alpha", "beta"}}
    sites = next((found for name, found in sites.items() if name in text), set(PREFIXES))
    observed = {start(p) for p in packets if p.site in sites}
    groups = collections.defaultdict(list)
    for p in packets:
        if meaning(p):
            groups[start(p)].append(p)
    for row in answer["rows"]:
        time = datetime.datetime.fromisoformat(row["time"].replace("Z", "+00:00"))
        key = time.date() if step == "day" else time
        if key not in observed:
            assert (row["packets"], row["sources"], row["state"]) == (None, None, "missing")
        else:
            assert row["packets"] == len(groups[key]) and row["state"] != "missing"
            if groups[key]:
                agree(row["sources"], row["sources_precision"], len({p.source for p in groups[key]}))
            else:
                assert row["sources"] == 0


def test_days_of_a_zone_begin_at_its_midnight(world):
    packets, database = world
    zone = datetime.timezone(datetime.timedelta(hours=5, minutes=45))
    for words, meaning in (("port in (23, 2323)", lambda p: p.port in (23, 2323)),
                           ("country = ID", lambda p: origin_of(p)[0] == "ID")):
        sums = collections.Counter(
            datetime.datetime.fromtimestamp(p.time, zone).date() for p in packets if meaning(p))
        answer = ask(database, "series", words, "--step", "day", "--tz", "Asia/Kathmandu",
                     "--from", (TODAY - datetime.timedelta(days=3)).isoformat(), "--to", TO)
        assert [row["local_time"][11:] for row in answer["rows"]] == ["00:00"] * 4
        assert {row["time"][11:] for row in answer["rows"]} == {"18:15:00Z"}
        assert {row["local_time"][:10]: row["packets"] for row in answer["rows"]} == {
            (TODAY - datetime.timedelta(days=n)).isoformat(): sums[TODAY - datetime.timedelta(days=n)] for n in range(4)}


def test_coverage_says_what_is_missing(world):
    _, database = world
    coverage = ask(database, "top", *WHOLE)["coverage"]
    found = {site["site"]: site for site in coverage["sites"]}
    assert {site: f["state"] for site, f in found.items()} == {
        "alpha": "partial", "beta": "complete", "gamma": "complete", "delta": "partial"}
    assert found["alpha"]["share"] == pytest.approx(47 / 48, abs=1e-3)
    assert found["delta"]["share"] == pytest.approx(1 / 24, abs=1e-3)
    only = ask(database, "top", "site = beta", *WHOLE)["coverage"]
    assert [site["site"] for site in only["sites"]] == ["beta"] and only["share"] == 1
    # Nobody observed the hour before noon of the day before; that is not the same as no packet.
    before = (TODAY - datetime.timedelta(days=1)).isoformat()
    span = ("--from", f"{before}T10:00:00Z", "--to", f"{before}T11:00:00Z")
    answer = ask(database, "top", *span)
    assert answer["rows"] == [] and answer["coverage"]["share"] in (0, None)
    assert all(site["state"] in ("missing", "late") for site in answer["coverage"]["sites"])
    done = run("darkscope", "top", *span, "--database", database.conninfo)
    assert done.stdout.count("\n") == 1 and "missing" in done.stderr and "No packet came" not in done.stderr
    quiet = run("darkscope", "top", "port = 9", "--site", "beta", *WHOLE, "--database", database.conninfo)
    assert "Nothing matches" in quiet.stderr and "Observed: all" in quiet.stderr


def test_a_partner_is_answered_from_its_own_site(world):
    packets, database = world
    mine = [p for p in packets if day_of(p) == TODAY and p.site == "alpha"]
    for subject in SUBJECTS:
        for words, meaning in ([], lambda p: True), (["port = 80"], lambda p: p.port == 80), (
                ["not", "scanner"], lambda p: p.source not in SCANNERS):
            answer = ask(database, "top", subject, *words, *WHOLE, "--limit", 1_000, role="partner_alpha")
            compare(answer, subject, [p for p in mine if meaning(p)])
            assert [site["site"] for site in answer["coverage"]["sites"]] == ["alpha"]
            assert "Only what came to your own sites is counted." in answer["notes"]
    answer = ask(database, "series", "port in (80, 53)", "--step", "day", *WHOLE, role="partner_alpha")
    assert [row["packets"] for row in answer["rows"]] == [sum(p.port in (80, 53) for p in mine)]
    done = run("darkscope", "top", "site = beta", *WHOLE, "--database", as_role(database, "partner_alpha"))
    assert done.returncode == USAGE and "there is no site beta. There are: alpha" in done.stderr
    # A span before now, as it can be given.
    assert ask(database, "top", "--from", "-1h", "--to", "now", role="partner_alpha")["rows"] == []


def test_an_analyst_can_ask_and_nothing_is_written(world):
    packets, database = world
    answer = ask(database, "top", "ports", *WHOLE, "--limit", 1_000, role="analyst")
    compare(answer, "ports", [p for p in packets if day_of(p) == TODAY])


def test_rows_for_programs(world):
    _, database = world
    answer = ask(database, "top", "networks", *WHOLE)
    done = run("darkscope", "top", "networks", *WHOLE, "--database", database.conninfo)
    header, *lines = done.stdout.splitlines()
    assert header.split("\t") == list(answer["rows"][0])
    assert [line.split("\t") for line in lines] == [
        ["" if value is None else str(value) for value in row.values()] for row in answer["rows"]]
    assert "Observed: 87.0 % of the dark space" in done.stderr
    done = run("darkscope", "top", "networks", *WHOLE, "--csv", "--quiet", "--database", database.conninfo)
    assert done.stderr == "" and list(csv.DictReader(io.StringIO(done.stdout))) == [
        {name: "" if value is None else str(value) for name, value in row.items()} for row in answer["rows"]]


def test_what_cannot_be_asked_is_said_with_its_place(world):
    _, database = world
    for words, said in (
        ("prot = tcp", 'column 1, "prot": not a name that filters know'), ("port = 23 and", "column 14, at the end"),
        ("site = alpa", "Did you mean alpha?"), ("tool = mirai and port = 23", "tool and port cannot go together"),
        ("port = 23; DROP TABLE meta.site", 'column 10, ";"'), ("port = '", "column 8"),
    ):
        assert said in refused(database, USAGE, "top", "sources", words, *WHOLE)
    assert "there is no time zone Asia/Kathmandoo" in refused(database, DATA, "series", "--tz", "Asia/Kathmandoo")
    assert "out of range" in refused(database, DATA, "top", "--from", "2026-02-30", "--to", "2026-03-30")
    assert "at most 31 days are read" in refused(
        database, USAGE, "top", "ports", "country = SG", "--from", "2025-01-01", "--to", TO)
    for arguments in (("top", "--limit", "0"), ("top", "--from", "yesterday"), ("top", "--json", "--csv"), ("series", "--step", "1y")):
        assert run("darkscope", *arguments, "--database", database.conninfo).returncode == USAGE
    assert "within 1 s" not in check("darkscope", "top", *WHOLE, "--timeout", 1, "--database", database.conninfo)


def test_fixture_has_what_these_tests_need(world):
    """A change of the fixture must not make tests here say nothing."""
    packets, _ = world
    today = [p for p in packets if day_of(p) == TODAY]
    assert {p.port for p in today} >= {LOCAL, NEW} and {p.source for p in today} >= set(SCANNERS)
    assert (FIRST - TODAY).days == -DAYS_BEFORE and HOLE[0] == "alpha"
