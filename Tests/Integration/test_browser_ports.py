"""Every number of the page of ports and of a source's page, against the flows that they are about."""
import datetime
import ipaddress
import urllib.parse

import pytest

from support.figures import Figures, country, is_about, table, whole
from support.scene import INFECTED


@pytest.fixture(scope="module")
def truth(scene):
    return Figures(scene)


def test_ports_are_those_of_the_flows(scene, tab, truth):
    packets, sources, sites = truth.packets(lambda f: f.port), truth.sources(lambda f: f.port), truth.sites(lambda f: f.port)
    first = {(kind, str(port)): day for kind, port, day in scene.sql(
        "SELECT class, service_port, min(window_start AT TIME ZONE 'UTC')::date FROM api.flow GROUP BY 1, 2")}
    tab.go("/ports?" + urllib.parse.urlencode({**scene.span(), "n": 120}))
    rows = table(tab, "Ports", -1)
    assert len(rows) == min(120, len(packets))
    for href, _, sent, _, seen, at, day in rows:
        key = tuple(href.split("/")[2:])
        assert (whole(sent), int(at)) == (packets[key], sites[key]), key
        # A port with few packets in a day has no row of its own that day.
        assert day == first[key].isoformat() or (packets[key] < 20 and day > first[key].isoformat()), (key, day, first[key])
        assert is_about(seen, sources[key]), (key, seen)
    shown = [sources[tuple(row[0].split("/")[2:])] for row in rows]
    # Those with the most sources come first; what is estimated may stand beside its neighbour.
    assert all(a >= 0.95 * b for a, b in zip(shown, shown[1:]))
    # Nothing was stored 7 days before.
    assert "nothing to compare with" in tab.text("main")


def test_ports_of_a_filter_are_those_that_it_lets_in(scene, tab, truth):
    chosen = [flow for flow in truth.flows if flow.site == "sg-1" and flow.kind == "tcp-syn" and flow.service in (22, 23, 2323)]
    packets = truth.packets(lambda f: f.port, chosen)
    tab.go("/ports?" + urllib.parse.urlencode({**scene.span(), "q": "site = sg-1 and proto = tcp and port in (22, 23, 2323) and not backscatter"}))
    assert {tuple(row[0].split("/")[2:]): whole(row[2]) for row in table(tab, "Ports", -1) if "/tcp-syn/" in row[0]} == dict(packets)


def test_ports_are_sorted_by_every_heading(scene, tab):
    tab.go("/ports?" + urllib.parse.urlencode(scene.span()))
    for name in "Packets", "Sites":
        tab.call("click", f"main section:last-child thead button:has-text('{name}') >> nth=0")
        tab.settled().until("document.querySelector('main section:last-child th[aria-sort]')", "a sorted column")
        column = 2 if name == "Packets" else 5
        values = [whole(row[column]) for row in table(tab, "Ports", -1)]
        assert values == sorted(values, reverse=True), name
    assert "sort=sites" in tab.address


def test_a_source_is_what_its_flows_say(scene, tab, truth):
    found = [flow for flow in truth.flows if flow.source == INFECTED]
    first, last = scene.database.row(
        "SELECT min(first_seen), max(last_seen) FROM api.flow WHERE source = %s AND window_start >= %s AND window_start < %s",
        INFECTED, truth.start, truth.stop)
    tab.go(f"/source/{INFECTED}?" + urllib.parse.urlencode(scene.span()))
    figures = dict(tab.look("Array.from(document.querySelectorAll('.figure'), e => [e.querySelector('dt').innerText, e.querySelector('dd').firstChild.textContent])"))
    assert figures["Packets"] == f"{sum(flow.packets for flow in found):,}"
    assert figures["Sites"] == str(len({flow.site for flow in found}))
    assert (figures["First seen"], figures["Last seen"]) == (written(first), written(last))
    ports, sites = truth.packets(lambda f: f.port, found), truth.packets(lambda f: f.site, found)
    at = truth.sites(lambda f: f.port, found)
    assert {tuple(row[0].split("/")[2:]): (whole(row[2]), int(row[3])) for row in table(tab, "Ports")} == {
        key: (packets, at[key]) for key, packets in ports.most_common(12)}
    assert {row[1]: whole(row[2]) for row in table(tab, "Sites")} == dict(sites)
    identity = tab.text("dl.facts")
    code = country(INFECTED)
    assert f"/country/{code}" in tab.look("document.querySelector('dl.facts').innerHTML") and "on none" in identity
    alerts = scene.sql("SELECT id FROM api.alert WHERE address = %s", INFECTED)
    assert [row[0] for row in table(tab, "Alerts")] == [f"/alert/{id}" for id, in alerts]
    # The picture's table has the same sum.
    tab.look("document.querySelector('.panel-tools button[aria-pressed=false]:not([hidden])').click()")
    hours = [row[2] for row in table(tab, "Over time")]
    assert sum(whole(value) for value in hours if value != "–") == sum(flow.packets for flow in found)


def test_a_block_is_the_sum_of_its_addresses(scene, tab, truth):
    block = ipaddress.ip_network("203.0.113.0/24")
    found = [flow for flow in truth.flows if ipaddress.ip_address(flow.source) in block]
    tab.go("/source/203.0.113.0%2F24?" + urllib.parse.urlencode(scene.span()))
    values = tab.look("Array.from(document.querySelectorAll('.figure dd.value, .figure .value'), e => e.innerText)")
    assert values[0] == f"{sum(flow.packets for flow in found):,}" and is_about(values[1], len({flow.source for flow in found}))
    addresses = truth.packets(lambda f: f.source, found)
    rows = table(tab, "Addresses of the block")
    assert rows and all(whole(row[2]) == addresses[row[1]] for row in rows)


def written(moment):
    """As pages write a minute in UTC."""
    moment = moment.astimezone(datetime.timezone.utc)
    return f"{moment.day} {moment:%b %Y, %H:%M}"
