"""The pages of alerts, in a real browser, against SQL."""
import json

import pytest

from support.scene import INFECTED

GOING = "state IN ('open', 'ongoing', 'quiet')"
ORDER = "array_position('{low,medium,high}'::text[], severity) DESC, array_position('{low,medium,high}'::text[], confidence) DESC, last_seen DESC, id"


def number(scene, address):
    return scene.database.value("SELECT id FROM api.alert WHERE host(address) = %s", address)


@pytest.fixture
def closed(scene):
    """One of the alerts is closed and acknowledged, as if a person had done it."""
    alert = scene.database.value(f"SELECT id FROM api.alert WHERE organisation = 'net' AND {GOING} ORDER BY id LIMIT 1")
    kept = scene.database.row("SELECT state, closed_at FROM alert.alert WHERE id = %s", alert)
    scene.telescope.darkscope("alert", "close", alert, "--note", "the host was cleaned")
    yield alert
    scene.sql("UPDATE alert.alert SET state = %s, closed_at = %s, due_at = NULL WHERE id = %s", *kept, alert)


def test_the_queue_is_what_sql_says(scene, tab):
    rows = scene.sql(f"""SELECT host(address), severity, organisation_name, episode_packets, dark_addresses, cardinality(sites)
                         FROM api.alert WHERE {GOING} ORDER BY {ORDER}""")
    assert len(rows) >= 3
    tab.go("/alerts")
    shown = tab.rows("main .panel")
    assert [row[0] for row in shown] == [address for address, *_ in rows]
    for cells, (address, severity, organisation, packets, targets, sites) in zip(shown, rows):
        assert cells[1].endswith(severity) and cells[7].startswith(organisation)
        assert cells[8:] == [f"{packets:,}", f"{targets:,}", str(sites)], address
    counts = dict(scene.sql("SELECT state, count(*) FROM api.alert GROUP BY 1"))
    for state, word in [("open", "Open"), ("ongoing", "Ongoing"), ("quiet", "Quiet"), ("watching", "Watching"), ("closed", "Closed")]:
        assert f"{word} {counts.get(state, 0)}" in tab.text(".tabs")


def test_choices_are_in_the_address_and_back_takes_them_away(scene, tab, closed):
    tab.go("/alerts?tz=Asia/Kathmandu")
    tab.call("select_option", "#alert-organisation", "net")
    tab.settled().until("location.search.includes('organisation=net')", "the choice in the address")
    assert {row[7].split("\n")[0] for row in tab.settled().rows("main .panel")} == {"Example Net"}
    tab.call("click", ".tabs a:has-text('Closed')")
    address = scene.database.value("SELECT host(address) FROM api.alert WHERE id = %s", closed)
    tab.until(f"document.querySelector('main tbody')?.innerText.includes({json.dumps(address)})", "the closed alert")
    assert "state=closed" in tab.address and "tz=Asia%2FKathmandu" in tab.address and "organisation=net" in tab.address
    tab.call("reload")
    assert [row[0] for row in tab.settled().rows("main .panel")] == [address]
    tab.call("go_back")
    tab.until("!location.search.includes('state=')", "the address before")
    assert address not in [row[0] for row in tab.settled().rows("main .panel")]
    tab.call("fill", "#alert-block", "198.51.100.0/24")
    tab.press("Enter")
    tab.until("document.querySelector('main .panel').innerText.includes('No alerts')", "an empty queue with its reason")
    assert "2 choices active" in tab.text("main .panel")
    tab.call("click", "main .panel a:has-text('Clear')")
    tab.until("document.querySelectorAll('main tbody tr').length > 2", "the queue")


def test_an_alert_is_what_sql_says(scene, tab):
    alert = number(scene, INFECTED)
    packets, targets, sites, flows = scene.database.row(
        "SELECT episode_packets, dark_addresses, sites, flows FROM api.alert WHERE id = %s", alert)
    tab.go(f"/alert/{alert}")
    assert tab.text("h1").startswith(INFECTED)
    values = tab.look("Array.from(document.querySelectorAll('.figure .value'), e => e.innerText)")
    assert values[:3] == [f"{packets:,}", f"{targets:,}", str(len(sites))]
    answer = scene.console.get(f"alert/{alert}")
    assert sum(bin["packets"] or 0 for bin in answer["hours"]) == packets == sum(s["packets"] for s in answer["services"])
    assert len(answer["evidence"]) == min(flows, 100)
    # An hour without evidence that somebody watched is 0, and not unknown.
    assert all(bin["packets"] is not None for bin in answer["hours"] if bin["coverage"])
    words = {"ongoing": "evidence goes on", "quiet": "became quiet", "reopened": "opened again"}
    for event, in scene.sql("SELECT event FROM api.alert_history WHERE alert = %s", alert):
        assert words.get(event, event) in tab.text(".history")


def test_a_notice_is_shown_as_it_went_out(scene, tab):
    alert = number(scene, INFECTED)
    notice, key = scene.database.row(
        "SELECT n.id, n.key FROM api.notice_item i JOIN api.notice n ON n.id = i.notice WHERE i.alert = %s LIMIT 1", alert)
    tab.go(f"/alert/{alert}")
    assert "delivered" in tab.text(".notice") and "by file to city as json" in tab.text(".notice")
    tab.call("click", ".notice summary")
    tab.until("document.querySelector('.notice pre')", "the text of the notice")
    text = tab.text(".notice pre")
    assert INFECTED in text and key in text and "City of Example" in text
    assert scene.console.get(f"notice/{notice}")["deliveries"][-1]["outcome"] == "delivered"


def test_a_cursor_goes_through_the_queue_without_a_gap(scene):
    whole = [row["id"] for row in scene.console.get("alerts", state="all", limit=1000)["alerts"]]
    assert whole == [id for id, in scene.sql(f"SELECT id FROM api.alert ORDER BY {ORDER}")]
    found, after = [], {}
    while True:
        answer = scene.console.get("alerts", state="all", limit=2, **after)
        found += [row["id"] for row in answer["alerts"]]
        if answer["next"] is None:
            break
        after = {"after": answer["next"]}
    assert found == whole
    assert "no alert 999" in scene.console.problem("alerts", after=999)["detail"]
    assert scene.console.problem("notice/999", 404)["detail"] == "there is no notice 999"
    block = scene.console.get("alerts", block="192.0.2.0/24")["alerts"]
    assert {row["organisation"] for row in block} == {"city"} and block[0]["course"] == "new"
