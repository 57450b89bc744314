"""What all pages share: the address holds every choice, keys lead everywhere, and times are of the chosen zone."""
import datetime
import re
import urllib.parse

import pytest

ACTIVE = "document.activeElement"
SAID = "[...document.querySelectorAll('[role=status]')].map(e => e.innerText).join(' ')"


# Times since something, which go on while a test looks.
# Sites of the scene fall silent ten minutes after their last window, whatever a page does: how many are heard, and since when not.
STATES = re.compile(r"[●▲✕] (live|late|silent)|\d+ of 4|(\S+ silent since [\d:]+,? ?)+(and \d+ more( sites)?)?|since [\d:]+")
AGES = re.compile(r"[\d.,]+ (ms|s|min|h)\b")


def query(tab):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(tab.address).query))


def path(tab):
    return urllib.parse.urlsplit(tab.address).path


def test_keys_lead_to_every_page(scene, tab):
    tab.go("/")
    for keys, where in [("p", "/ports"), ("s", "/sources"), ("m", "/map"), ("a", "/alerts"), ("i", "/sites"), ("e", "/explore"),
                        ("y", "/years"), ("n", "/notes"), ("o", "/")]:
        tab.press("g", keys)
        tab.until(f"location.pathname === '{where}'", f"g {keys}")
        tab.settled()
        assert tab.look("document.querySelector('nav [aria-current=page]')?.getAttribute('href')").split("?")[0] == where


def test_the_first_tab_skips_to_the_content(scene, tab):
    tab.go("/alerts")
    tab.press("Tab")
    assert tab.look(f"{ACTIVE}.className") == "skip" and tab.look(f"{ACTIVE}.getBoundingClientRect().top") >= 0
    tab.press("Enter")
    tab.until(f"{ACTIVE}.id === 'main'", "the content in focus")


def test_everything_can_be_reached_by_tab_and_is_seen_to_be_in_focus(scene, tab):
    tab.go("/alerts")
    seen = []
    for _ in range(200):
        tab.press("Tab")
        found = tab.look(f"""() => {{ const e = {ACTIVE}; if (e === document.body) return null; const style = getComputedStyle(e);
            return [e.tagName + '|' + (e.id || e.innerText || e.className).slice(0, 60), style.outlineStyle !== 'none'
                && Number.parseFloat(style.outlineWidth) >= 2]; }}""")
        # After the last one comes the browser's own frame.
        if found is None:
            continue
        if seen and found[0] == seen[0][0]:
            break
        seen.append(found)
    assert all(is_shown for _, is_shown in seen), [name for name, is_shown in seen if not is_shown]
    focusable = tab.look("""() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
        .filter(e => !e.disabled && e.checkVisibility() && !e.closest('dialog')).length""")
    assert len(seen) >= focusable - 1, (len(seen), focusable)


def test_rows_are_walked_and_opened_by_keys(scene, tab):
    tab.go("/alerts")
    addresses = [row[0] for row in tab.rows("main .panel")]
    for key, expected in [("j", 0), ("j", 1), ("j", 2), ("k", 1)]:
        tab.press(key)
        assert tab.look(f"{ACTIVE}.innerText") == addresses[expected]
    tab.press("Enter")
    tab.until("location.pathname.startsWith('/alert/')", "the alert")
    assert tab.settled().text("h1").startswith(addresses[1])
    tab.call("go_back")
    tab.until("location.pathname === '/alerts'", "the queue")


def test_choices_by_keys_are_in_the_address(scene, tab):
    tab.go("/alerts")
    tab.press("r")
    assert query(tab)["scanners"] == "without" and "Without" in tab.settled().look(SAID)
    tab.press("r")
    assert query(tab)["scanners"] == "only"
    tab.press("r")
    assert "scanners" not in query(tab)
    tab.settled().press("l")
    assert query(tab)["live"] == "0"
    tab.press("l")
    assert "live" not in query(tab)
    themes = []
    for _ in range(3):
        tab.press("d")
        themes.append(tab.look("document.documentElement.dataset.theme ?? 'auto'"))
    assert sorted(themes) == ["auto", "dark", "light"]
    tab.press("z")
    assert tab.look(f"{ACTIVE}.id") == "zone"
    tab.press("Escape", "t")
    assert tab.look("Boolean(document.querySelector('dialog[open]'))")
    tab.press("Escape", "?")
    assert "single keys" in tab.text("dialog[open]")
    tab.press("Escape", "/")
    assert tab.look(f"{ACTIVE}.closest('.filter') !== null")
    # In a field, keys are text.
    tab.press("g", "p")
    assert path(tab) == "/alerts" and tab.look(f"{ACTIVE}.value") == "gp"


def test_the_span_moves_and_grows_by_keys(scene, tab):
    tab.go("/?from=2026-01-10T00:00:00Z&to=2026-01-11T00:00:00Z&tz=UTC")
    for key, start, stop in [("[", 9, 10), ("]", 10, 11)]:
        tab.press(key)
        tab.settled()
        assert (moment(query(tab)["from"]), moment(query(tab)["to"])) == (day(start), day(stop)), key
    tab.press("=")
    tab.settled()
    begin, end = moment(query(tab)["from"]), moment(query(tab)["to"])
    assert end - begin == datetime.timedelta(hours=12) and day(10) <= begin < end <= day(11)
    tab.press("-")
    tab.settled()
    assert moment(query(tab)["to"]) - moment(query(tab)["from"]) == datetime.timedelta(hours=24)


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def day(number):
    return datetime.datetime(2026, 1, number, tzinfo=datetime.timezone.utc)


def test_single_keys_can_be_switched_off(scene, tab):
    tab.go("/alerts")
    tab.press("?")
    tab.call("click", "#single-keys")
    tab.press("Escape", "g", "p")
    assert path(tab) == "/alerts"
    tab.call("reload")
    tab.settled().press("r")
    assert "scanners" not in query(tab)
    # What needs no single key still works.
    tab.call("click", "header button[aria-label=Help]")
    tab.call("click", "#single-keys")
    tab.press("Escape", "r")
    assert query(tab)["scanners"] == "without"


@pytest.mark.parametrize("where", ["/", "/ports", "/sources", "/alerts", "/sites"])
def test_reload_back_and_a_copied_link_show_the_same(scene, tab, chromium, where):
    span = scene.span()
    tab.go(f"{where}?{urllib.parse.urlencode({**span, 'tz': 'Asia/Kathmandu', 'scanners': 'without'})}")
    address = tab.address

    def text(of=tab):
        return STATES.sub("…", AGES.sub("…", of.text("main")))

    first = text()
    tab.call("reload")
    assert text(tab.settled()) == first and tab.address == address
    tab.press("g", "a" if where != "/alerts" else "o")
    tab.until(f"location.pathname !== '{where}'", "another page")
    # Links and keys take along what is shared.
    assert query(tab.settled())["tz"] == "Asia/Kathmandu" and query(tab)["scanners"] == "without"
    tab.call("go_back")
    tab.until(f"location.pathname === '{where}'", "the page before")
    assert text(tab.settled()) == first and tab.address == address
    other = chromium.open(scene.console)
    other.go(address)
    assert text(other) == first
    assert other.problems() == []
    other.close()
