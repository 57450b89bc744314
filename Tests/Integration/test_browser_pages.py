"""Every page in both themes, on a desk and on a phone: nothing goes wrong, nothing is out of reach, nothing leaves the host."""
import os
import pathlib

import pytest

from support.browser import THEMES
from support.pages import pages
from support.programs import ROOT

NAMES = ["overview", "ports", "port", "sources", "source", "block", "country", "network", "map", "alerts", "alert", "sites", "site",
         "explore", "years", "notes", "account"]
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What is wider than the window and not inside of something that scrolls by itself.
WIDE = """() => [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1
    && !e.closest('.table-scroll, pre, .unseen')).slice(0, 5).map(e => e.outerHTML.slice(0, 160))"""


@pytest.fixture(scope="module")
def album():
    """Where pictures of all pages go."""
    folder = pathlib.Path(os.environ.get("DARKSCOPE_SCREENSHOTS") or ROOT / ".build" / "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(params=THEMES)
def themed(request, scene, chromium):
    """A page of a theme; what goes wrong on it fails the test."""
    made = chromium.open(scene.console, theme=request.param)
    made.theme = request.param
    yield made
    problems = made.problems()
    made.close()
    assert problems == []


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_sound(scene, themed, album, name):
    """axe finds nothing at both widths; nothing goes beyond the window; a picture is kept of each."""
    for width in 1440, 320:
        themed.call("set_viewport_size", {"width": width, "height": 900})
        themed.go(pages(scene)[name])
        assert themed.look(OVERFLOW) <= 0, (width, themed.look(WIDE))
        assert themed.look("document.querySelectorAll('h1').length") == 1 and themed.text("h1").strip()
        assert themed.look("document.title").endswith("· Darkscope")
        assert themed.axe() == [], width
        assert themed.look("document.querySelectorAll('.failed').length") == 0, themed.text("main")
        themed.picture(album / f"{name}-{width}-{themed.theme}.png")


@pytest.mark.parametrize("name", NAMES)
def test_a_page_fits_when_it_is_twice_as_large(scene, tab, name):
    """At 200 % a window of 1,280 pixels is 640 wide (WCAG 1.4.10 and 1.4.4)."""
    tab.call("set_viewport_size", {"width": 640, "height": 450})
    tab.go(pages(scene)[name])
    assert tab.look(OVERFLOW) <= 0, tab.look(WIDE)
    tab.look("document.documentElement.style.fontSize = '200%'")
    tab.until(f"({OVERFLOW}) <= 0", "text of twice the size within the window")


def test_an_address_of_nothing_says_so(scene, tab):
    assert scene.console.ask("/nothing/here").status == 404
    tab.call("goto", f"{tab.base}/alert/999999")
    tab.settled()
    assert "there is no alert 999999" in tab.text("main")
    assert all("404" in problem for problem in tab.problems())


def test_nothing_moves_for_whoever_wants_no_motion(scene, chromium):
    still = chromium.open(scene.console, reduced_motion="reduce")
    still.go("/")
    assert still.look("document.getAnimations().filter(a => a.playState === 'running').length") == 0
    assert still.look("""[...document.querySelectorAll('*')].every(e => ['', '::before', '::after'].every(part => {
        const style = getComputedStyle(e, part || null);
        return style.animationName === 'none' && Number.parseFloat(style.transitionDuration) === 0; }))""")
    assert still.problems() == []
    still.close()
