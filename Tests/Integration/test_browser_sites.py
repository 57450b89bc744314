"""The pages of the sites and the map, in a real browser, against SQL; and a site that stops while people look."""
import pathlib
import urllib.parse

import pytest

from support.console import Console
from support.network import Namespace
from support.programs import Process
from support.telescope import Telescope, free_port, toml
from support.waiting import until

WINDOW = 10


def address(path, scene, **more):
    return f"{path}?{urllib.parse.urlencode({**scene.span(), **more})}"


def test_the_sites_are_what_sql_says(scene, tab):
    tab.go(address("/sites", scene))
    rows = {cells[0].split("\n")[0]: cells for cells in tab.rows("main .panel")}
    truth = scene.sql("""
        SELECT c.site, sum(c.observed_address_seconds) / sum(c.expected_address_seconds), (
            SELECT d.addresses FROM api.dark_space d WHERE d.site = c.site AND now() BETWEEN d.valid_from AND d.valid_to)
        FROM api.coverage c WHERE c.span = 3600 AND c.start >= %s AND c.start < %s GROUP BY 1""", *scene.span().values())
    assert rows.keys() == {site for site, *_ in truth} and len(truth) == 4
    for site, share, addresses in truth:
        assert rows[site][0] == f"{site}\nSite {site}" and rows[site][8] == f"{int(addresses):,}"
        assert rows[site][4] == f"{round(100 * share, 1):g} %", rows[site]
    tab.call("click", "main thead button:has-text('Dark IPv4')")
    tab.settled().until("location.search.includes('sort=')", "the order in the address")
    sizes = [int(cells[8].replace(",", "")) for cells in tab.rows("main .panel")[:4]]
    assert sizes == sorted(sizes, reverse=True)
    assert tab.problems() == []


def test_a_row_opens_its_site_by_keys(scene, tab):
    tab.go(address("/sites", scene)).press("j", "Enter")
    tab.until("location.pathname.startsWith('/site/')", "the page of a site")
    code = tab.settled().address.split("?")[0].split("/")[-1]
    assert tab.text("h1") == f"Site {code} ({code})" and "from=" in tab.address
    facts = tab.text("main .pairs")
    assert "not reported" in facts and "Version" in facts
    tab.call("go_back")
    tab.until("location.pathname === '/sites'", "the sites")
    assert tab.settled().problems() == []


def test_the_map_has_its_figures_in_a_table_beside_it(scene, tab):
    tab.go(address("/map", scene, sort="-packets", rows="all"))
    truth = scene.sql("""
        SELECT coalesce(country, '') , sum(packets)::int8 FROM api.country_traffic WHERE start >= %s AND start < %s
        GROUP BY 1 ORDER BY 2 DESC""", *scene.span().values())
    shown = [int(cells[2].replace(",", "")) for cells in tab.rows("main .panel:last-child")]
    assert shown == [packets for _, packets in truth]
    words = tab.text("main")
    assert "says little about who sits there" in words and "ops/console/land" in words
    tab.call("click", "main button:has-text('Packets')")
    tab.until("location.search.includes('by=packets')", "the choice in the address")
    assert tab.settled().text("main h2") == "Packets by country"
    country = next(code for code, _ in truth if code)
    tab.call("click", "main .panel:last-child tbody a >> nth=0")
    tab.until(f"location.pathname === '/country/{country}'", "the country with the most packets")
    assert tab.settled().problems() == []


@pytest.mark.parametrize("page", ["/sites", "/site/sg-1", "/map"])
def test_pages_are_for_everybody(scene, chromium, page):
    for theme in ("light", "dark"):
        tab = chromium.open(scene.console, theme=theme, width=320)
        assert tab.go(address(page, scene)).axe() == [], theme
        assert tab.look("document.documentElement.scrollWidth") == 320 and tab.problems() == []
        tab.close()


@pytest.fixture
def live(folder, database):
    """A site that captures on a link in windows of ten seconds, another that does too, and a console."""
    network = Namespace()
    telescope = Telescope(folder, database, prefix=network.prefix)
    telescope.configure({"rollups": {"quiet": "1s", "refresh": "1s"}})
    telescope.start_collector()
    processes = {}
    for code, prefix in (("steady", "198.18.0.0/24"), ("stopping", "198.18.1.0/24")):
        telescope.add_site(code, prefix)
        processes[code] = telescope.add_sensor(
            code, "edge", sensor={"window": f"{WINDOW}s"}, capture={"interface": network.far, "prefixes": [prefix]}).start()
    console = Console(free_port())
    config = pathlib.Path(folder) / "console.toml"
    config.write_text(toml({"database": {"connection": database.conninfo},
                            "console": {"access": "open", "listen": f"127.0.0.1:{console.port}"}}))
    process = Process("darkscope-collector", "console", "--config", config, "--ready-file", config.with_suffix(".up"),
                      log=config.with_suffix(".log"))
    until(config.with_suffix(".up").exists, 30, process.log)
    yield telescope, processes, console
    process.stop()
    telescope.close()
    network.close()


def test_pages_say_that_a_site_stopped_and_never_show_zero_for_it(live, chromium):
    telescope, processes, console = live
    ok = "SELECT count(*) FROM api.sensor_status WHERE state = 'ok' AND last_observed IS NOT NULL"
    until(lambda: telescope.database.value(ok) == 2, 60, telescope.logs)
    tab = chromium.open(console).go("/sites?from=now-1h")
    assert tab.text(".page-head").endswith("2 of 2 sites live.")
    processes["stopping"].kill()
    # It is told by the page as it stands, which asks again while minutes are stored: half a minute after two windows.
    tab.until("document.querySelector('.page-head').innerText.includes('1 of 2 sites live; stopping silent since')",
              "the site that stopped", seconds=2 * WINDOW + 60)
    for page in ("/?from=now-1h", "/map?from=now-1h", "/ports?from=now-1h"):
        tab.go(page)
        assert "stopping silent since" in tab.text("main"), page
    tab.go("/site/stopping?from=now-1h")
    assert "silent since" in tab.text(".page-head") and "What to do while it is silent" in tab.text("main")
    assert "✕ goes on" in tab.text("main")
    tab.close()
