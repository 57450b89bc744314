"""A site that stops while people look at the pages, in a real browser."""
import pathlib

import pytest

from support.console import Console
from support.network import Namespace
from support.programs import Process
from support.telescope import Telescope, free_port, toml
from support.waiting import until

WINDOW = 10


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
