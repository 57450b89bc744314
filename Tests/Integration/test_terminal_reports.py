"""`darkscope source` and `sites` against plain Python over every packet of an invented Internet."""
import collections
import datetime
import ipaddress
import json
import math

import pytest

from support.internet import (
    ADDRESSES, ATTACK, DAY, DAYS_BEFORE, FIRST, HOLE, INFECTED, PREFIXES, SCANNERS, TODAY, TOMORROW, UTC, VICTIM, by_source,
    class_of, day_of, hour_of, origin_of, tool_of)
from support.programs import check, run
from test_terminal import USAGE, agree, as_role, ask

FAILURE = 1
SPAN = ("--from", FIRST.isoformat(), "--to", TOMORROW.isoformat())


def moment(second):
    return datetime.datetime.fromtimestamp(math.floor(second), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("block", [VICTIM, SCANNERS[0], str(INFECTED), "11.0.0.0/16", "192.0.2.77"])
@pytest.mark.parametrize("role", [None, "partner_alpha"])
def test_a_source_is_told_day_by_day(world, block, role):
    packets, database = world
    network = ipaddress.ip_network(block)
    mine = [p for p in packets if ipaddress.ip_address(p.source) in network and (role is None or p.site == "alpha")]
    report = ask(database, "source", block, *SPAN, role=role)
    assert report["schema"] == "darkscope.source/1" and report["source"] == block
    if mine:
        assert (report["country"], report["asn"], report["as_name"]) == origin_of(mine[0])
    assert report["scanner"] == ("invented" if block in SCANNERS else None)
    assert report["bogon"] == ("documentation" if network.subnet_of(INFECTED) or block == "192.0.2.77" else None)
    assert [row["day"] for row in report["rows"]] == [
        (FIRST + datetime.timedelta(days=n)).isoformat() for n in range(DAYS_BEFORE + 1)]
    for row in report["rows"]:
        today = [p for p in mine if day_of(p).isoformat() == row["day"]]
        tools = collections.Counter(map(tool_of, by_source(today).values()))
        assert (row["packets"], row["sources"], row["sites"]) == (
            len(today), len({p.source for p in today}), len({p.site for p in today}))
        assert [row[f"{tool}_sources"] for tool in ("zmap", "masscan", "mirai")] == [
            tools[tool] for tool in ("zmap", "masscan", "mirai")]
        if today:
            assert (row["first_seen"], row["last_seen"]) == (moment(today[0].time), moment(today[-1].time))
    sums = collections.defaultdict(list)
    for p in mine:
        sums[p.site].append(p)
    assert {row["site"]: (row["packets"], row["sources"], row["days"]) for row in report["sites"]} == {
        site: (len(sent), len({p.source for p in sent}), len({day_of(p) for p in sent})) for site, sent in sums.items()}


def test_a_day_that_nobody_observed_is_not_a_day_without_packets(world):
    _, database = world
    report = ask(database, "source", VICTIM, "--from", (FIRST - datetime.timedelta(days=2)).isoformat(), "--to",
                 (FIRST + datetime.timedelta(days=1)).isoformat())
    assert [(row["packets"], row["state"]) for row in report["rows"][:2]] == [(None, "missing")] * 2
    assert report["rows"][2]["packets"] is not None


def test_the_attack_on_a_victim_and_the_ports_of_a_source(world):
    packets, database = world
    report = ask(database, "source", VICTIM, "--from", TODAY.isoformat(), "--to", TOMORROW.isoformat(), "--ports")
    attack, = report["attacks"]
    sent = [p for p in packets if p.source == VICTIM and 0 <= p.time - DAY.timestamp() - ATTACK <= 600]
    assert attack["protocol"] == 6 and attack["ports"] == "80" and attack["seen_at"] == "alpha beta gamma"
    assert attack["packets"] == pytest.approx(len(sent), abs=len(sent) // 50)
    today = [p for p in packets if p.source == VICTIM and day_of(p) == TODAY]
    ports = collections.Counter((class_of(p), p.port) for p in today)
    assert {(row["class"], row["service_port"]): row["packets"] for row in report["ports"]} == ports


def test_sites_are_told_hour_by_hour(world):
    packets, database = world
    begin = DAY - datetime.timedelta(hours=24)
    for role, sites in ((None, sorted(PREFIXES)), ("partner_alpha", ["alpha"])):
        report = ask(database, "sites", "--from", begin.date().isoformat(), "--to", TOMORROW.isoformat(), role=role)
        assert report["schema"] == "darkscope.sites/1" and report["from"] == begin.strftime("%Y-%m-%dT%H:%M:%SZ")
        assert [site["site"] for site in report["sites"]] == sites
        for site in report["sites"]:
            mine = [p for p in packets if p.site == site["site"] and p.time >= begin.timestamp()]
            hours = collections.Counter(map(hour_of, mine))
            expected = [hours.get(begin + datetime.timedelta(hours=n)) for n in range(48)]
            assert site["packets_by_hour"] == expected and None in expected
            assert (site["packets"], site["addresses"], site["sensors"]) == (len(mine), ADDRESSES[site["site"]], 1)
            observed = len(hours) - (0.5 if site["site"] == HOLE[0] else 0)
            assert site["coverage"] == pytest.approx(observed / 48, abs=1e-3)
    alone = ask(database, "sites", "--site", "beta", "--from", TODAY.isoformat(), "--to", TOMORROW.isoformat())
    assert [site["site"] for site in alone["sites"]] == ["beta"]


def test_no_answer_tells_a_dark_address(world):
    """Sources are told; what they were sent to is not, in any form."""
    _, database = world
    networks = [ipaddress.ip_network(prefix) for prefix in PREFIXES.values()]
    for arguments in (("top", "sources", *SPAN, "--limit", 10_000), ("source", "11.0.0.0/16", *SPAN), ("sites", *SPAN),
                      ("series", "--step", "day", *SPAN), ("source", VICTIM, *SPAN)):
        for form in ("--json", "--csv"):
            text = check("darkscope", *arguments, form, "--database", database.conninfo)
            assert not any(str(network.network_address).rsplit(".", 1)[0] + "." in text for network in networks)


def test_what_is_no_source_or_site_is_refused(world):
    _, database = world
    for block, said in (("10.0.0.0/7", "at most an IPv4 /8"), ("11.0.0.1/24", "no address and no block"), ("x", "no block")):
        done = run("darkscope", "source", block, "--database", database.conninfo)
        assert done.returncode == USAGE and said in done.stderr
    done = run("darkscope", "sites", "--site", "omega", "--database", database.conninfo)
    assert done.returncode == FAILURE and "there is no site omega. There are: alpha" in done.stderr
    done = run("darkscope", "sites", "--site", "beta", "--database", as_role(database, "partner_alpha"))
    assert done.returncode == FAILURE and done.stderr.endswith("There are: alpha\n")


def test_lines_for_programs_have_no_signs_for_people(world):
    _, database = world
    lines = check("darkscope", "source", VICTIM, *SPAN, "--database", database.conninfo).splitlines()
    assert lines[0].split("\t")[:3] == ["day", "sources", "packets"] and len(lines) == DAYS_BEFORE + 2
    assert all(line.isascii() for line in lines)
    rows = json.loads(check("darkscope", "source", VICTIM, *SPAN, "--json", "--database", database.conninfo))["rows"]
    assert [line.split("\t")[2] for line in lines[1:]] == [str(row["packets"]) for row in rows]
    agree(rows[-1]["sources"], "exact", 1)
