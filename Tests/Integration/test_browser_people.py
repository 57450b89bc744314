"""People come, look and act, in a real browser: signing in and out, the page of one's account, and handling an alert."""
import types

import pytest

from support.browser import THEMES
from support.people import PASSWORD, database, port, telescope_with_accounts  # noqa: F401


@pytest.fixture
def tab(request, port, chromium):  # noqa: F811
    """A page of nobody; what goes wrong on it that the test did not take note of fails the test."""
    made = chromium.open(types.SimpleNamespace(port=port), theme=getattr(request, "param", "light"))
    yield made
    problems = made.problems()
    made.close()
    assert problems == []


def sign_in(tab, login, password=PASSWORD):
    tab.call("fill", "#login", login)
    tab.call("fill", "#password", password)
    tab.press("Enter")


def come(tab, login, address):
    """Goes to an address as nobody and signs in there."""
    tab.call("goto", tab.base + address)
    tab.until("location.pathname === '/sign-in' && document.querySelector('#login')", "the way in")
    sign_in(tab, login)
    tab.until("document.querySelector('a.account')?.textContent !== 'Sign in' && location.pathname !== '/sign-in'", "a session")
    return tab.settled()


def test_whoever_signs_in_comes_where_they_wanted_and_goes_again(tab):
    tab.call("goto", f"{tab.base}/alerts?tz=Asia/Kathmandu")
    tab.until("document.querySelector('#login')", "the way in")
    assert tab.look("document.activeElement.id") == "login" and tab.look("document.querySelector('main .panel .number')") is None
    sign_in(tab, "otto", "not the password")
    tab.until("document.querySelector('.told').innerText.includes('Login or password is wrong')", "a refusal")
    assert tab.look("document.querySelector('#password').value") == ""
    assert all("401" in problem for problem in tab.problems())
    sign_in(tab, "otto")
    tab.until("location.pathname === '/alerts' && document.querySelector('a.account')?.textContent === 'otto'", "the page that was asked for")
    assert "tz=Asia" in tab.settled().address
    tab.go("/account")
    tab.call("click", "button:has-text('Sign out')")
    tab.until("location.pathname === '/sign-in'", "the way in")
    tab.call("goto", f"{tab.base}/sites")
    tab.until("location.pathname === '/sign-in'", "the way in again")
    assert all("401" in problem for problem in tab.problems())


def test_an_operator_takes_note_of_an_alert(tab, database):  # noqa: F811
    alert = database.value("SELECT id FROM api.alert")
    come(tab, "otto", f"/alert/{alert}")
    tab.until("document.querySelector('nav .badge')?.innerText.startsWith('1')", "how many wait")
    tab.call("fill", "#alert-note", "the city was called")
    tab.call("click", "button:has-text('Acknowledge')")
    tab.until("document.querySelector('main').innerText.includes('otto') && document.querySelector('main').innerText.includes('the city was called')",
              "the note in the history")
    assert database.row("SELECT acknowledged_at IS NOT NULL FROM api.alert WHERE id = %s", alert) == (True,)
    assert "Acknowledge" not in tab.text("main .buttons")
    tab.call("click", "button:has-text('Release')")
    tab.until("document.querySelector('main .buttons').innerText.includes('Acknowledge')", "what can be done again")
    assert database.row("SELECT acknowledged_at IS NULL FROM api.alert WHERE id = %s", alert) == (True,)


def test_an_analyst_is_offered_nothing_to_do_with_an_alert(tab, database):  # noqa: F811
    come(tab, "lyn", f"/alert/{database.value('SELECT id FROM api.alert')}")
    assert "Take note of it" not in tab.text("main")


def test_a_partner_sees_its_own_site_first_and_no_other(tab):
    come(tab, "anna", "/")
    assert tab.address.startswith("/site/ca-a") and "ca-a" in tab.text("h1")
    tab.go("/sites")
    text = tab.text("main")
    assert "ca-a" in text and "ca-b" not in text and "ca-c" not in text


@pytest.mark.parametrize("tab", THEMES, indirect=True)
def test_the_way_in_and_the_account_are_sound(tab):
    for width in 1440, 320:
        tab.call("set_viewport_size", {"width": width, "height": 900})
        tab.call("goto", f"{tab.base}/sign-in")
        tab.until("document.querySelector('#login')", "the way in")
        assert tab.settled().axe() == [], width
        assert tab.look("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    come(tab, "lyn", "/account")
    for width in 1440, 320:
        tab.call("set_viewport_size", {"width": width, "height": 900})
        tab.go("/account")
        assert tab.axe() == [], width
        assert tab.look("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
