"""What changes while somebody looks: minutes that come, and a site that is no more."""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse

import pytest

from support.browser import Browser
from support.console import Console
from support.database import Database
from support.network import SENDER, Namespace
from support.scene import outlines
from support.telescope import Telescope, free_port, generate
from support.waiting import until

SITES = {"id-1": "198.18.1.0/24", "sg-1": "198.18.2.0/24", "th-1": "198.18.3.0/24"}
WINDOW = 10
# A page shows what was stored some seconds after: minutes are gathered for two, and answers take their time.
SLACK = 15
PACKETS = "Number(document.querySelector('.panel p.unseen')?.innerText.match(/^([\\d,]+) packets/)?.[1].replaceAll(',', '') ?? 0)"
SITE_STATES = """() => Object.fromEntries([...[...document.querySelectorAll('section')].find(s => s.querySelector('h2')?.innerText
    === 'Sites').querySelectorAll('tbody tr')].map(row => [row.cells[0].innerText, row.cells[1].innerText]))"""


@pytest.fixture(scope="module")
def live():
    """A telescope of three sites that captures in windows of ten seconds on a network of its own, and a browser in it."""
    network = Namespace()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="darkscope-it-", dir="/tmp"))
    folder.chmod(0o755)
    database = Database()
    made = Telescope(folder, database, prefix=network.prefix)
    senders = []
    try:
        made.console = Console(free_port())
        made.configure({"console": {"listen": f"127.0.0.1:{made.console.port}", "access": "open", "land": outlines(folder)},
                        "rollups": {"quiet": "1s", "refresh": "1s", "sources": "1s"}})
        made.start_collector()
        made.running = {}
        for site, (file, _) in generate(folder, 20_000, SITES, span=3_600).items():
            made.add_site(site, SITES[site])
            sensor = made.add_sensor(site, "edge", sensor={"window": f"{WINDOW}s"},
                                     capture={"interface": network.far, "prefixes": [SITES[site]]})
            made.running[site] = sensor.start()
            senders.append(subprocess.Popen([*network.prefix, sys.executable, str(SENDER), network.near, file, "8"]))
        until(lambda: stored(made) == set(SITES), 90, lambda: f"windows of all sites\n{made.logs()}")
        made.browser = Browser(network.prefix)
        yield made
        made.browser.close()
    finally:
        for sender in senders:
            sender.kill()
            sender.wait()
        made.close()
        database.drop()
        network.close()
        shutil.rmtree(folder, ignore_errors=True)


def stored(telescope):
    return {site for site, in telescope.database.rows("SELECT DISTINCT site FROM api.account WHERE capture = 'live'")}


@pytest.fixture
def watching(live):
    """A page that would notice if it were loaded anew."""
    tab = live.browser.open(live.console)
    tab.go("/?from=now-1h")
    tab.look("window.isTheSame = true")
    yield tab
    assert tab.look("window.isTheSame"), "the page was loaded anew"
    problems = tab.problems()
    tab.close()
    assert problems == []


def test_a_minute_that_comes_is_shown_without_reload(live, watching):
    tab = watching
    tab.until(f"({SITE_STATES})()['sg-1']?.includes('live')", "live sites", 60)
    before = tab.look(PACKETS)
    tab.until(f"{PACKETS} > {before}", "more packets", 120)
    assert "live" in tab.text("button.live")
    heard = tab.text("button.live")
    tab.until(f"document.querySelector('button.live').innerText !== {heard!r}", "the next minute", 40)
    # The stream carried it: the page did not ask again and again.
    assert sum("/api/v1/events" in address for address in tab.requests()) == 1


def test_paused_pages_do_not_follow(live, watching):
    tab = watching
    tab.press("l")
    tab.until("document.querySelector('button.live').innerText.includes('paused')", "a pause")
    # What was on its way comes to its end.
    for is_counted in False, True:
        tab.requests()
        count = live.database.value("SELECT count(*) FROM api.account")
        until(lambda: live.database.value("SELECT count(*) FROM api.account") >= count + 6, 60, "more windows")
        assert not is_counted or tab.requests() == []
    tab.press("l")
    tab.until("document.querySelector('button.live').innerText.includes('● live')", "live again")


def test_a_site_that_stops_is_said_within_two_windows_and_never_shown_as_zero(live, watching):
    tab = watching
    tab.until(f"Object.values(({SITE_STATES})()).filter(text => text.includes('live')).length === 3", "three live sites", 60)
    live.running["id-1"].kill()
    last = live.database.value("SELECT extract(epoch FROM max(last_commit)) FROM api.sensor_status WHERE site = 'id-1'")
    tab.until(f"({SITE_STATES})()['id-1'].includes('silent')", "a silent site", 90)
    assert time.time() - float(last) < 2 * WINDOW + SLACK + live_lag(live)
    assert "✕" in tab.look(SITE_STATES)["id-1"] and "● live" in tab.look(SITE_STATES)["sg-1"].replace("\xa0", " ")
    tab.until("document.querySelector('.figures').innerText.includes('2 of 3')", "two of three sites")
    assert "id-1" in tab.text(".figures") and "silent" in tab.text(".figures")
    # Totals of a span in which it is missing say so, on every page that has them.
    stop = live.database.value("SELECT now()")
    for path in "/", "/ports", "/sites", "/site/id-1":
        tab.call("goto", f"{tab.base}{path}?" + urllib.parse.urlencode({"from": "now-1h"}))
        tab.settled().look("window.isTheSame = true")
        assert "id-1" in tab.text("main"), path
    # What came before is known, and what is missing is unknown: never 0.
    until(lambda: live.database.value("SELECT now() > %s + interval '20 s'", stop), 40, "two windows more")
    start = live.database.value("SELECT date_trunc('hour', now()) - interval '1 hour'")
    rows = live.database.rows("SELECT packets, state FROM api.series(%s, now(), '5 minutes', sites => '{id-1}')", start)
    assert {packets for packets, state in rows if state == "missing"} == {None} and 0 not in {packets for packets, _ in rows}


def live_lag(telescope):
    """How long the newest window of a live site needed to be stored."""
    return float(telescope.database.value(
        "SELECT extract(epoch FROM max(committed_at - window_start)) FROM api.account WHERE site = 'sg-1'")) - WINDOW
