"""Every number of the overview, against the flows that it is about."""
import collections
import re
import urllib.parse

import pytest

from support.figures import Figures, is_about, short, table, whole
from support.scene import SITES
from support.waiting import until


@pytest.fixture(scope="module")
def truth(scene):
    return Figures(scene)


@pytest.fixture
def overview(scene, tab):
    """The overview of a past span, with the table of each picture."""
    tab.go("/?" + urllib.parse.urlencode(scene.span()))
    for _ in range(tab.look("document.querySelectorAll('.panel-tools button[aria-pressed]:not([hidden])').length")):
        tab.look("document.querySelector('.panel-tools button[aria-pressed=false]:not([hidden])').click()")
    return tab


def test_the_series_is_the_sum_of_the_flows(overview, truth):
    rows = table(overview, "Packets and unique sources")
    assert len(rows) > 24
    assert sum(whole(row[2]) for row in rows if row[2] != "–") == sum(flow.packets for flow in truth.flows)
    # The newest bin comes first.
    assert len({row[1] for row in rows}) == len(rows)


def test_top_ports_are_those_with_the_most_sources(overview, truth):
    rows = table(overview, "Top ports by unique sources")
    sources, packets = truth.sources(lambda flow: flow.port), truth.packets(lambda flow: flow.port)
    assert len(rows) == 10
    for href, _, shown, sent, *_ in rows:
        key = tuple(href.split("/")[2:])
        assert is_about(shown, sources[key]), (href, shown, sources[key])
        assert sent == short(packets[key]), href
    assert is_about(rows[0][2], max(sources.values()))


def test_the_stack_is_of_the_ports_with_the_most_packets(overview, truth):
    rows = table(overview, "Packets by destination port")
    packets = truth.packets(lambda flow: flow.port)
    found = {tuple(href.split("/")[2:]): whole(cells[1]) for href, *cells in rows if href}
    assert found == dict(packets.most_common(8))
    assert whole(rows[-1][2]) == sum(packets.values()) - sum(found.values()), "other"
    heat = {tuple(href.split("/")[2:]): whole(cells[1]) for href, *cells in table(overview, "Port by time")}
    assert len(heat) > 8 and heat == dict(packets.most_common(len(heat)))


def test_countries_are_those_of_the_sources(overview, truth):
    sources, packets = truth.sources(truth.country), truth.packets(truth.country)
    rows = table(overview, "Top countries")
    for href, _, shown, sent, *_ in rows:
        code = href.split("/")[2] if href else None
        assert is_about(shown, sources[code]) and sent == short(packets[code]), code
    on_map = table(overview, "Sources by country")
    assert {row[0].split("/")[2] for row in on_map} == {code for code in sources if code}


def test_the_flow_from_country_to_port_to_site_is_the_sum_of_the_flows(overview, truth):
    rows = table(overview, "Country to port to site")
    groups = truth.packets(lambda flow: (truth.country(flow), flow.port, flow.site))
    assert [whole(row[-1]) for row in rows] == sorted(groups.values(), reverse=True)[:len(rows)]
    by_site = collections.Counter()
    for row in rows:
        by_site[row[3]] += whole(row[-1])
    assert set(by_site) <= set(SITES)


def test_what_is_now_is_what_sql_says_now(scene, tab):
    def figures():
        found = {row[0]: (row[1], row[2]) for row in scene.sql("SELECT name, value, usual FROM api.overview()")}
        going = scene.database.value("SELECT count(*) FROM api.alert WHERE state IN ('open', 'ongoing') AND NOT is_false_positive")
        packets = found["packets"][0]
        live, sites = scene.database.row("""SELECT count(*) FILTER (WHERE is_heard), count(*) FROM (
            SELECT bool_or(state <> 'silent') AS is_heard FROM api.sensor_status GROUP BY site) s""")
        return [
            "–" if packets is None else f"{round(packets):,}" if packets >= 10 else None, f"{found['sources'][0]:,.0f}",
            f"{live} of {sites}", str(going)]

    def shown():
        tab.go("/")
        texts = [text.removeprefix("≥ ") for text in tab.look(
            "Array.from(document.querySelectorAll('.figure .value'), e => e.innerText)")]
        # A minute may pass between the two.
        return all(text == truth for text, truth in zip(texts, figures()) if truth is not None) and texts

    until(shown, 20, lambda: f"{figures()}, not {tab.text('.figures')}")
    rows = table(tab, "Sites")
    addresses = {site: 2 ** (32 - int(prefix.split("/")[1])) for site, prefix in SITES.items()}
    assert {row[1]: whole(row[4]) for row in rows} == addresses
    states = dict(scene.sql("SELECT site, state FROM api.sensor_status"))
    words = {"ok": "live", "late": "late", "silent": "silent"}
    assert {row[1]: re.sub(r"^\W+", "", row[2]) for row in rows} == {site: words[state] for site, state in states.items()}
