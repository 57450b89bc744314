"""Another zone moves ticks, days and their totals."""
import collections
import datetime
import urllib.parse
import zoneinfo

import pytest

from support.figures import Figures, table, whole
from support.scene import stamp

# Five hours and three quarters, a zone whose half hour moves with the season, one that is west, and one that is far east.
ZONES = ["Asia/Kathmandu", "America/St_Johns", "America/New_York", "Pacific/Auckland"]
DAYS = 20


@pytest.fixture(scope="module")
def span(scene):
    """Twenty days whose last two have traffic, so that bins are days."""
    stop = scene.end // 3_600 * 3_600
    return {"from": stamp(stop - DAYS * 86_400), "to": stamp(stop)}


@pytest.fixture(scope="module")
def truth(scene, span):
    # A day of a series is told as a whole, also when the span ends within it.
    return Figures(scene, {**span, "to": stamp(scene.end + 86_400)})


@pytest.mark.parametrize("zone", ["UTC", *ZONES])
def test_days_are_those_of_the_zone(scene, tab, span, truth, zone):
    local = zoneinfo.ZoneInfo(zone)
    days = collections.Counter()
    for flow in truth.flows:
        days[flow.at.astimezone(local).date()] += flow.packets
    tab.go("/?" + urllib.parse.urlencode({**span, "tz": zone}))
    tab.look("document.querySelector('.panel-tools button[aria-pressed=false]:not([hidden])').click()")
    shown = {}
    for _, start, packets, *_ in table(tab, "Packets and unique sources"):
        moment = datetime.datetime.strptime(start, "%d %b %Y, %H:%M")
        assert (moment.hour, moment.minute) == (0, 0), f"a day that begins at {start}"
        shown[moment.date()] = packets
    assert {day: whole(packets) for day, packets in shown.items() if packets != "–"} == dict(days)
    # Days before the first capture are unknown, and not 0.
    assert set(shown.values()) > {"–"} and "0" not in shown.values() and len(shown) >= DAYS


@pytest.mark.parametrize("zone", ZONES)
def test_ticks_are_of_the_zone(scene, tab, zone):
    local = zoneinfo.ZoneInfo(zone)
    tab.go("/?" + urllib.parse.urlencode({**scene.span(), "tz": zone}))
    start, stop = (datetime.datetime.fromisoformat(scene.span()[name].replace("Z", "+00:00")) for name in ("from", "to"))
    moments = tab.look("""async ([from, to, zone]) => {
        const folder = document.querySelector('script[type=module]').src.replace(/app.js$/, '');
        const { ticks } = await import(folder + 'lib/zone.js');
        return ticks(Date.parse(from), Date.parse(to), zone, 900).map(tick => tick.ms);
    }""", [start.isoformat(), stop.isoformat(), zone])
    written = [datetime.datetime.fromtimestamp(moment / 1_000, local) for moment in moments]
    # The day between has its midnight among them, and every one is at a whole hour of the zone, not of UTC.
    assert any((moment.hour, moment.minute) == (0, 0) for moment in written)
    assert len(written) >= 4 and all(moment.minute == 0 for moment in written), written
