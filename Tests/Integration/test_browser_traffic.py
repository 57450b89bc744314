"""The pages of ports, sources, networks and countries, in a real browser, against SQL over the flows."""
import urllib.parse

import pytest

from support.scene import SCANNERS


def query(scene, **more):
    return urllib.parse.urlencode({**scene.span(), **more})


def within(scene):
    """The span as a condition on flows, with its values."""
    return "window_start >= %s AND window_start < %s", (scene.span()["from"], scene.span()["to"])


def panel(title):
    return f"main section:has(h2:text-is('{title}'))"


def rows(tab, title):
    """Cells of the rows of the card with that title."""
    return tab.look("""title => { const card = Array.from(document.querySelectorAll('main section')).find((one) =>
        one.querySelector('h2')?.innerText === title); return Array.from(card?.querySelectorAll('tbody tr') ?? [], (row) =>
        Array.from(row.cells, (cell) => cell.innerText.trim())); }""", title)


def figures(tab):
    return tab.look("Array.from(document.querySelectorAll('.figure .value'), (value) => value.innerText)")


def number(text):
    return int(text.replace(",", "").strip("≈≥ "))


def test_every_number_of_the_ports_is_what_sql_says(scene, tab):
    where, span = within(scene)
    truth = {(kind, port): values for kind, port, *values in scene.sql(
        f"SELECT class, service_port, sum(packets), count(DISTINCT site) FROM api.flow WHERE {where} GROUP BY 1, 2", *span)}
    tab.go(f"/ports?{query(scene)}")
    links = tab.look("Array.from(document.querySelectorAll('main .panel.full tbody tr th a'), (one) => one.pathname.split('/').slice(2))")
    shown = rows(tab, "Ports")
    assert len(shown) == len(links) == 30
    for (kind, port), cells in zip(links, shown):
        assert (number(cells[1]), number(cells[4])) == tuple(map(int, truth[kind, int(port)])), (kind, port)
    # Sorted by what the address says, and kept by it.
    tab.call("click", "main .panel.full button.sort:has-text('Packets')")
    tab.until("location.search.includes('sort=packets')", "the order in the address")
    found = [number(cells[1]) for cells in rows(tab.settled(), "Ports")]
    assert found == sorted((int(packets) for packets, _ in truth.values()), reverse=True)[:30]
    assert found == [number(cells[1]) for cells in rows(tab.go(f"/ports?{query(scene, sort='packets')}"), "Ports")]


@pytest.mark.parametrize("scanners", ["all", "without", "only"])
def test_a_port_is_told_of_the_sources_that_count(scene, tab, scanners):
    where, span = within(scene)
    chosen = {"all": "true", "without": "host(source) <> ALL (%s)", "only": "host(source) = ANY (%s)"}[scanners]
    values = () if scanners == "all" else (SCANNERS,)
    kind, port = scene.sql(
        f"SELECT class, service_port FROM api.flow WHERE {where} AND class = 'tcp-syn' GROUP BY 1, 2 "
        "ORDER BY count(*) FILTER (WHERE host(source) = ANY (%s)) DESC, service_port LIMIT 1", *span, SCANNERS)[0]
    packets, sources, sites = scene.sql(
        f"SELECT coalesce(sum(packets), 0)::int8, count(DISTINCT source), count(DISTINCT site) FROM api.flow WHERE {where} "
        f"AND class = %s AND service_port = %s AND {chosen}", *span, kind, port, *values)[0]
    tab.go(f"/port/{kind}/{port}?{query(scene, scanners=scanners)}")
    assert sum(number(cells[1]) for cells in rows(tab, "Where it is seen")) == packets
    assert number(figures(tab)[0]) == packets and number(figures(tab)[2]) == sites
    assert figures(tab)[1].startswith("≥") or number(figures(tab)[1]) == pytest.approx(sources, rel=0.05)


def test_a_source_is_what_sql_says(scene, tab):
    where, span = within(scene)
    source, packets, sites, ports = scene.sql(
        f"SELECT host(source), sum(packets)::int8, count(DISTINCT site), count(DISTINCT (class, service_port)) FROM api.flow "
        f"WHERE {where} AND host(source) <> ALL (%s) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1", *span, SCANNERS)[0]
    tab.go(f"/source/{source}?{query(scene)}")
    assert tab.text("h1") == source and number(figures(tab)[0]) == packets and number(figures(tab)[2]) == sites
    by_site = dict(scene.sql(f"SELECT site, sum(packets)::int8 FROM api.flow WHERE {where} AND source = %s GROUP BY 1", *span, source))
    assert {cells[0]: number(cells[1]) for cells in rows(tab, "Sites")} == by_site
    assert len(rows(tab, "Ports")) == min(ports, 12)
    tab.go(f"/source/{SCANNERS[0]}?{query(scene)}")
    assert "scanner: invented" in tab.text(".page-head")


def test_a_spike_leads_to_a_shorter_span_its_ports_and_the_sql(scene, tab):
    tab.go(f"/ports?{query(scene)}")
    box = tab.look("(({ x, y, width, height }) => ({ x, y, width, height }))(document.querySelector('.panel canvas').getBoundingClientRect())")
    middle = box["y"] + box["height"] / 3
    tab.call("mouse.move", box["x"] + box["width"] * 0.5, middle)
    tab.call("mouse.down")
    tab.call("mouse.move", box["x"] + box["width"] * 0.55, middle)
    tab.call("mouse.move", box["x"] + box["width"] * 0.6, middle)
    tab.call("mouse.up")
    tab.until(f"!location.search.includes({urllib.parse.quote(scene.span()['from'])!r})", "a shorter span")
    narrowed = tab.settled().address
    tab.call("click", "main .panel.full tbody a >> nth=0")
    tab.until("location.pathname.startsWith('/port/')", "a port")
    assert urllib.parse.parse_qs(narrowed.split("?")[1])["from"] == urllib.parse.parse_qs(tab.settled().address.split("?")[1])["from"]
    tab.call("click", f"{panel('Countries')} button:text-is('SQL')")
    text = tab.text("div.sql-text:not([hidden])")
    statement, _, parameters = text.rpartition("With ")
    kind = tab.address.split("/")[2]
    assert "api.flow" in statement and kind not in statement and kind in parameters
    tab.call("click", "div.sql-text:not([hidden]) a")
    tab.until("location.pathname === '/explore' && location.search.includes('class')", "Explore with the same question")
    tab.settled()


@pytest.mark.parametrize("path", ["/sources?of=addresses", "/sources?of=blocks", "/sources?of=networks", "/sources?of=countries",
                                  "/country/CN", "/network/64501", "/port/tcp-syn/9?q=port+%3D+23", "/source/192.0.2.1"])
def test_every_page_shows_or_says_why_not_and_passes_axe(scene, tab, path):
    tab.go(f"{path}{'&' if '?' in path else '?'}{query(scene)}")
    assert tab.look("document.querySelectorAll('.failed').length") == 0, tab.text("main")
    assert tab.look("Array.from(document.querySelectorAll('main .panel-body')).every((body) => body.innerText.trim() || body.querySelector('canvas'))")
    assert tab.axe() == []
