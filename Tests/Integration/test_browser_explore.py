"""Explore, notes, years and the filter box, in a real browser, against SQL."""
import csv
import io

import pytest

GRAPHS = ["stack", "lines", "grid", "heat", "sankey", "map", "table"]


def day(scene):
    """The last whole day (UTC)."""
    end = scene.end // 86_400 * 86_400
    return end - 86_400, end


def span(scene):
    begin, end = day(scene)
    return f"from={begin}&to={end}"


def ports(scene, where="true"):
    begin, end = day(scene)
    return scene.sql(f"""
        SELECT service_port, class, sum(packets)::int8 FROM api.port_traffic
        WHERE span = 86400 AND start >= to_timestamp({begin}) AND start < to_timestamp({end}) AND service_port >= 0 AND {where}
        GROUP BY 1, 2 ORDER BY 3 DESC, 2, 1 LIMIT 7""")


def test_figures_under_the_graph_are_what_sql_says(scene, tab):
    tab.go(f"/explore?{span(scene)}&step=hour")
    rows = tab.rows("main .bounded")
    found = ports(scene)
    packets = [int(row[6].replace(",", "")) for row in rows if row[0] != "Other"]
    assert packets == [count for *_, count in found]
    for row, (port, traffic_class, count) in zip(rows, found):
        assert row[0].startswith(f"{port}/") or traffic_class.startswith(("icmp", "other", "fragment"))
    begin, end = day(scene)
    values = sorted(count for count, in scene.sql(f"""
        SELECT coalesce(p.packets, 0) FROM api.bins(to_timestamp({begin}), to_timestamp({end}), 'hour', 'UTC') b LEFT JOIN (
            SELECT start, sum(packets)::int8 AS packets FROM api.port_traffic
            WHERE span = 3600 AND service_port = {found[0][0]} AND class = '{found[0][1]}' GROUP BY 1) p USING (start)"""))
    least, average, p95, most = [float(text.replace(",", "")) for text in rows[0][1:5]]
    assert (least, p95, most) == (values[0], values[22], values[-1])
    assert average == pytest.approx(sum(values) / 24, rel=0.02)
    whole = scene.database.value(f"""
        SELECT sum(packets)::int8 FROM api.coverage WHERE span = 86400 AND start >= to_timestamp({begin})
            AND start < to_timestamp({end})""")
    assert f"All together: {whole:,} packets" in tab.text("main .bounded")


@pytest.mark.parametrize("graph", GRAPHS)
def test_every_graph_of_one_filter_has_a_picture_and_its_sql(scene, tab, graph):
    tab.go(f"/explore?{span(scene)}&g={graph}&by=port,site&q=site+in+(sg-1,+th-1)")
    assert tab.look("document.querySelectorAll('main .failed').length") == 0, tab.text("main")
    assert tab.look("document.querySelectorAll('main .picture canvas, main .panel table').length") > 0
    assert "$1" in tab.text(".sql") and "sg-1" not in tab.text(".sql") and "sg-1" in tab.text(".parameters")
    if graph == "map":
        # Land and places of countries are files of the host, which may not be there.
        assert all("404" in str(problem) for problem in tab.problems())


def test_a_download_has_the_rows_that_are_shown(scene, tab):
    tab.go(f"/explore?{span(scene)}&g=table&by=site,proto")
    shown = [(row[0], int(row[2].replace(",", ""))) for row in tab.rows("main .panel")]
    href = tab.look("document.querySelector('.downloads a').getAttribute('href')")
    reply = scene.console.ask(href)
    assert reply.status == 200 and reply.fields["content-disposition"].startswith("attachment")
    rows = list(csv.DictReader(io.StringIO(reply.content.decode(), newline="")))
    assert [(row["site"], int(row["packets"])) for row in rows] == shown


def test_one_click_narrows_to_a_row_and_back_takes_it_away(scene, tab):
    tab.go(f"/explore?{span(scene)}&g=table")
    first = ports(scene)[0]
    tab.call("click", "main tbody tr:first-child .narrow-to")
    tab.until("location.search.includes('q=')", "a filter in the address")
    tab.settled()
    assert tab.look("document.getElementById('filter').value") == f"class = {first[1]} and port = {first[0]}"
    assert [int(row[1].replace(",", "")) for row in tab.rows("main .panel")] == [first[2]]
    tab.call("go_back")
    tab.until("!location.search.includes('q=')", "the address before")
    tab.settled().until("document.querySelectorAll('main tbody tr').length > 5", "all rows")


def test_a_filter_is_written_with_the_keyboard_alone(scene, tab):
    tab.go(f"/notes?{span(scene)}")
    tab.press("/")
    tab.until("!document.getElementById('filter-list').hidden", "fields to choose from")
    assert tab.look("document.getElementById('filter').getAttribute('aria-expanded')") == "true"
    tab.call("keyboard.type", "sit")
    tab.until("document.querySelectorAll('#filter-list li')[0]?.innerText.startsWith('site')", "the field")
    tab.press("ArrowDown")
    assert tab.look("document.getElementById(document.getElementById('filter').getAttribute('aria-activedescendant')).innerText").startswith("site")
    tab.press("Enter")
    tab.until("document.querySelectorAll('#filter-list li')[0]?.innerText.startsWith('=')", "comparisons")
    tab.press("ArrowDown", "Enter")
    tab.until("document.querySelectorAll('#filter-list li').length === 4", "the sites that there are")
    tab.call("keyboard.type", "th")
    tab.until("document.querySelectorAll('#filter-list li').length === 1", "the site")
    tab.press("ArrowDown", "Enter")
    assert tab.look("document.getElementById('filter').value") == "site = th-1 "
    tab.press("Escape")
    tab.until("document.getElementById('filter-list').hidden", "no list")
    assert tab.look("document.activeElement.id") == "filter"
    tab.press("Enter")
    tab.until("location.search.includes('q=site+%3D+th-1')", "the filter in the address")
    tab.call("reload")
    tab.settled()
    assert tab.look("document.getElementById('filter').value") == "site = th-1"
    tab.call("click", ".filter-clear")
    tab.until("!location.search.includes('q=')", "no filter")


def test_what_is_wrong_in_a_filter_is_marked_and_mended(scene, tab):
    tab.go("/years?q=port+%3D+23+and+contry+%3D+SG")
    tab.until("!document.querySelector('.filter-error').hidden", "the error")
    assert tab.text(".filter-error mark") == "contry" and "column 15" in tab.text(".filter-error")
    assert "country" in tab.text(".filter-error p") and tab.look("document.getElementById('filter').ariaInvalid") is not None
    tab.call("click", ".filter-error button")
    tab.until("document.querySelector('.filter-error').hidden", "no error")
    assert tab.look("new URLSearchParams(location.search).get('q')") == "port = 23 and country = SG"


def test_what_the_choice_of_sources_hides_is_said(scene, tab):
    tab.go("/years?scanners=without")
    tab.until("!document.querySelector('.filter-state').hidden", "what is hidden")
    assert tab.text(".filter-state").startswith("Hiding 3 known scanner blocks (list of ")


def test_a_note_runs_with_its_variables_and_the_address_has_them(scene, tab):
    tab.go("/notes")
    tab.call("click", ".note-list a:has-text('Who asks for a port?')")
    tab.until("location.pathname === '/notes/sources-of-port'", "the note")
    tab.settled().call("fill", "[name=port]", "23")
    tab.call("fill", "[name=most]", "5")
    tab.call("click", "main form .primary")
    tab.until("location.search.includes('run=yes')", "the run in the address")
    tab.settled().until("document.querySelectorAll('main tbody tr').length === 5", "five rows")
    rows = tab.rows("main .bounded")
    sql = scene.sql("""
        SELECT host(source), sum(packets)::int8 FROM api.flow WHERE window_start >= now() - interval '1 day' AND class = 'tcp-syn'
            AND service_port = 23 GROUP BY source ORDER BY 2 DESC, source LIMIT 5""")
    assert rows[0][0] in [source for source, _ in sql]
    assert ":'class'" in tab.text(".note-side .panel:last-child .sql")


def test_years_say_that_ours_is_not_whole(scene, tab):
    tab.go("/years")
    rows = tab.rows("main .panel")
    ours = [row for row in rows if row[1] != "–"]
    assert ours and all("not whole" in row[5] for row in ours)
    for row, (year, packets) in zip(ours, scene.sql("SELECT year, packets FROM api.year WHERE sites > 0 ORDER BY year DESC")):
        assert (row[0], row[1]) == (str(year), f"{packets:,}")
    assert [row[8] for row in rows if row[0] == "2005"] == ["19,066"]
    assert [row[6:9] for row in rows if row[0] == "2018"] == [["–"] * 3]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(scene, chromium, theme):
    tab = chromium.open(scene.console, theme=theme)
    try:
        for path in ["/explore?prev=yes", "/explore?g=table&by=site,proto", "/notes/coverage-of-sites?run=yes", "/years"]:
            tab.go(path)
            assert tab.axe() == [], path
        tab.press("/")
        tab.until("!document.getElementById('filter-list').hidden", "the list")
        assert tab.axe() == []
    finally:
        tab.close()
