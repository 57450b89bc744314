"""Every route of the console as everybody who may come: what is one site's is nobody else's, whatever page or program asks.

The routes are those of openapi.json, so that one that comes later is walked too.
"""
import concurrent.futures
import json
import re
import urllib.parse

import pytest

from support.console import console_alone
from support.internet import PREFIXES, TODAY, TOMORROW
from support.people import PASSWORD, Browser, add_account
from support.programs import check

# Who is walked as, and what the account is.
PEOPLE = {"anna": ("partner", "--site", "alpha"), "ben": ("partner", "--site", "beta"), "paul": ("public",),
          "lyn": ("analyst",), "otto": ("operator",), "ada": ("admin",)}
OWN = {"anna": "alpha", "ben": "beta"}
SPAN = {"from": f"{TODAY}T00:00:00Z", "to": f"{TOMORROW}T00:00:00Z"}
# A site that there is not: what a partner is told of another's site must be what it is told of this one.
NONE = "omega"
# Values of parameters that have a name, and of others by what OpenAPI says that they are.
VALUES = {
    "q": ["", "port = 23", "site = {site}", "site != {site} and port in (22, 23)", "not scanner and country = ID"],
    "address": ["203.0.113.7"], "block": ["203.0.113.0/24", "11.0.101.40", "198.18.1.0/24", "198.18.0.9"], "by": ["port", "site", "port,site"],
    "port": ["23"], "id": ["1"], "asn": ["64500"], "at": [SPAN["to"]],
}
PATTERNS = {"^[a-z0-9-]{1,32}$": "{site}", "^[A-Z]{2}$": "ID", "^-?[0-9]{1,19}$": "1"}
# Routes that tell of the program, or of whoever asks.
# Outlines of countries are not there everywhere.
MAP = {"land", "points"}
FREE = {"health", "readiness", "version", "metrics", "session", "sign_in"} | MAP
STREAMS = {"events"}
# Routes whose answers are part of the program, with words such as those that the sites are called by.
WORDS = {"document", "notes", "note"}


@pytest.fixture(scope="module")
def served(world, tmp_path_factory):
    """A console alone on the invented Internet, with an account of each role."""
    database = world[1]
    check("darkscope", "role", "partner", "beta", "--database", database.conninfo)
    database.rows("DELETE FROM console.session")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda who: add_account(database.conninfo, who[0], *who[1]), PEOPLE.items()))
    with console_alone(tmp_path_factory.mktemp("walk"), f"{database.conninfo} user=console") as console:
        browsers = {login: Browser(console.port) for login in PEOPLE}
        for login, browser in browsers.items():
            browser.sign_in(login)
        browsers["nobody"] = Browser(console.port)
        yield browsers


@pytest.fixture(scope="module")
def operations(served):
    """(name, method, path, parameters, whether it is for everybody) of every route."""
    document = served["ada"].get("openapi.json")
    found = [(operation["operationId"], method.upper(), path, operation.get("parameters", []), "security" not in operation)
             for path, methods in document["paths"].items() for method, operation in methods.items()]
    assert len(found) > 25 and {name for name, *_, is_free in found if is_free} == FREE
    return found


def choices(parameter):
    """What to put for a parameter: every word of a path, the ends of a list in a query, which tables of answers are not, or
    some value. What is of a new kind needs one here."""
    schema, name = parameter["schema"], parameter["name"]
    if "enum" in schema:
        words = schema["enum"]
        return words if parameter["in"] == "path" or name == "table" else dict.fromkeys([words[0], words[-1]])
    if name in VALUES:
        return VALUES[name]
    if schema["type"] == "integer":
        return [min(schema["maximum"], max(schema["minimum"], 2))]
    if schema.get("format") == "date":
        return [str(TODAY)]
    if name in SPAN or schema.get("default") == "UTC":
        return [SPAN.get(name, "UTC")]
    value = PATTERNS.get(schema.get("pattern"))
    assert value, f"the walk has no value for the parameter {name} ({schema}): add one to VALUES or PATTERNS"
    return [value]


def questions(operations, site):
    """Targets of every GET route but streams: each parameter with each value, the others as they are standard."""
    for name, method, path, parameters, _ in operations:
        if method != "GET" or name in STREAMS:
            continue
        paths = [path]
        for parameter in parameters:
            if parameter["in"] == "path":
                paths = [p.replace("{%s}" % parameter["name"], urllib.parse.quote(str(value).format(site=site), safe=""))
                         for p in paths for value in choices(parameter)]
        query = [p for p in parameters if p["in"] == "query"]
        span = {p["name"]: SPAN[p["name"]] for p in query if p["name"] in SPAN}
        for number, place in enumerate(paths):
            # What the query may have is tried at one path: they are of one route.
            asked = [{}] + [
                # A list of an answer is chosen for a file.
                {p["name"]: str(value).format(site=site), **({"format": "csv"} if p["name"] == "table" else {})}
                for p in query if p["name"] not in span and number == 0 for value in choices(p)]
            for more in asked:
                fields = urllib.parse.urlencode({**span, **more})
                yield name, place + ("?" + fields if fields else "")


def text(reply):
    """What an answer says, but when it was said."""
    return re.sub(r'"at":"[^"]*"', "", reply.content.decode())


def test_without_a_session_nothing_is_told(served, operations):
    for name, method, path, _, is_free in operations:
        for origin in (True, False):
            reply = served["nobody"].ask(re.sub(r"\{.*?\}", "1", path), method, {} if method == "POST" else None, origin=origin)
            if is_free:
                assert reply.status in (200, 400, 403) or name in MAP, name
            else:
                # Another page is refused before anybody is looked for.
                assert reply.status == (401 if origin or method == "GET" else 403), (name, reply.status)
            assert not any(site in text(reply) for site in PREFIXES) or name == "metrics", name


def look(browser, login, name, target):
    """What is answered: (status, text, what is wrong with it or None)."""
    reply = browser.ask(target)
    told, asked = text(reply), urllib.parse.unquote_plus(target)
    wrong = []
    if reply.status not in (200, 400, 403, 404, 422) and name not in MAP:
        wrong.append("a refusal that there is not")
    # What is masked is shown by /api/v1/reveal alone, which is written down.
    if any(found not in asked for found in re.findall(r"198\.1[89]\.\d+\.\d+", told)):
        wrong.append("a dark address")
    if PEOPLE[login][0] in ("analyst", "operator", "admin"):
        if reply.status == 403:
            wrong.append("refused to who may see everything")
    elif name not in FREE | WORDS:
        # What whoever asks wrote is told back.
        others = set(PREFIXES) - {OWN.get(login)} - set(re.findall(r"\w+", asked))
        wrong += [f"{other}, which is another's" for other in others if other in told]
    return reply.status, told, (login, target, reply.status, wrong, told[:200]) if wrong else None


def walk(served, cases):
    """Asks (login, name, target) some at a time; what came of each."""
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        return list(pool.map(lambda case: look(served[case[0]], *case), cases))


def test_everybody_is_told_what_they_may_know(served, operations):
    paths, cases = set(), []
    for name, target in questions(operations, "beta"):
        # Who may see everything is refused nothing; once a path is enough for that.
        everybody = target.split("?")[0] not in paths
        paths.add(target.split("?")[0])
        cases += [(login, name, target) for login in PEOPLE if everybody or login in ("anna", "ben", "paul")]
    found = walk(served, cases)
    assert [wrong for *_, wrong in found if wrong] == []
    assert sum(status == 200 for status, *_ in found) > len(found) / 2
    assert {case[1] for case in cases} >= {"overview", "sites", "series", "alerts", "top"}


def test_of_another_site_a_partner_is_told_what_it_is_of_one_that_there_is_not(served, operations):
    pairs = [(login, name, other, none)
             for (name, other), (_, none) in zip(questions(operations, "beta"), questions(operations, NONE), strict=True)
             if other != none for login in ("anna", "paul")]
    found = walk(served, [(login, name, other) for login, name, other, _ in pairs])
    expected = walk(served, [(login, name, none) for login, name, _, none in pairs])
    assert len(pairs) >= 10
    assert [(login, other, told[:2], none[:2])
            for (login, _, other, _), told, none in zip(pairs, found, expected, strict=True)
            if (told[0], told[1].replace("beta", NONE)) != none[:2]] == []


def test_a_partner_sees_its_own_site_as_an_analyst_does(served):
    for path, members, more in (("site/alpha", ("hours", "coverage"), {}), ("series", ("series", "coverage"), {"site": "alpha"})):
        own, whole = (served[login].get(path, **SPAN, **more) for login in ("anna", "lyn"))
        assert all(own[member] == whole[member] != [] for member in members)
    served["anna"].get("site/beta", 404, **SPAN)
    assert [s["site"] for s in served["anna"].get("sites", **SPAN)["sensors"]] == ["alpha"]
    assert [s["site"] for s in served["lyn"].get("sites", **SPAN)["sensors"]] == sorted(PREFIXES)
    assert served["paul"].get("sites", **SPAN)["sensors"] == []


def test_changes_are_for_those_whose_they_are(served, operations, world):
    """Each change as each person, with the form token and without."""
    allowed = {"sign_out": PEOPLE, "change_password": PEOPLE, "end_sessions": PEOPLE,
               "reveal": {"anna", "ben", "lyn", "otto", "ada"}}
    before = world[1].rows("SELECT count(*) FROM alert.history")
    for name, method, path, _, is_free in operations:
        if method == "GET" or is_free:
            continue
        target = path.replace("{id}", "1")
        for login in PEOPLE:
            body = None if method == "DELETE" else {}
            assert served[login].ask(target, method, body, form=False).status == 403, name
            if method == "DELETE":
                continue
            status = served[login].ask(target, method, body).status
            may = login in allowed.get(name, {"otto", "ada"})
            assert (status == 403) == (not may) and status in (400, 403, 404), (name, login, status)
    assert world[1].rows("SELECT count(*) FROM alert.history") == before
    for login in PEOPLE:
        assert served[login].get("session")["login"] == login


def test_every_change_of_a_request_is_refused_like_any_other(served):
    """A password in an address is no sign-in, and what a page may not do no method does."""
    nobody = served["nobody"]
    assert nobody.ask(f"/api/v1/session?login=lyn&password={urllib.parse.quote(PASSWORD)}").status == 400
    for method in ("PUT", "PATCH", "OPTIONS", "TRACE", "PROPFIND"):
        assert served["ada"].ask("/api/v1/session", method).status in (405, 501, 400), method
    head = served["nobody"].ask("/api/v1/overview", "HEAD")
    assert head.status == 401
    assert json.loads(served["lyn"].ask("/api/v1/overview").content)["sensors"]
