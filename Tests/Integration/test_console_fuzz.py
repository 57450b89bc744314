"""The API under whatever its own document allows, and under what it does not: no failure, no statement of anybody's own."""
import json
import subprocess
import urllib.parse

from support.browser import tools_python
from support.programs import ROOT, environment

INJECTIONS = [
    "'", "''--", "';SELECT pg_sleep(9)--", "1 OR 1=1", "$1", "\\'; DROP TABLE meta.site; --", "x' || (SELECT version()) || '",
    "{}", "{1,2", "\u0000", "\u2028", "NULL", "99999999999999999999", "a" * 5_000, "infinity", "-infinity", "0/0", "now()",
    "10.0.0.0/8'::inet--", "site = 'x' or 1=1", "port = 23; DELETE FROM raw.batch", "%27%20OR%201=1",
]
HUGE = [
    {"from": "0001-01-01", "to": "9999-12-31"}, {"from": "now-36525d", "to": "now"}, {"from": "1970-01-01", "to": "now"},
    {"from": "now-90d", "to": "now", "step": "5 minutes"}, {"from": "now-3650d", "to": "now", "step": "hour"},
]


def operations(console):
    """Path, method and parameters of everything that answers with JSON and changes nothing."""
    for path, methods in console.get("openapi.json")["paths"].items():
        if "get" in methods and not path.endswith("/events"):
            yield path, methods["get"].get("parameters", [])


def address(path, parameters, chosen, text):
    """The path with sound values, but for one parameter."""
    query = {}
    for parameter in parameters:
        schema = parameter["schema"]
        value = text if parameter["name"] == chosen else str(
            schema.get("default") or (schema.get("enum") or [schema.get("minimum", "192.0.2.1")])[0])
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", urllib.parse.quote(value, safe=""))
        elif parameter["name"] == chosen:
            query[parameter["name"]] = value
    return path + ("?" + urllib.parse.urlencode(query) if query else "")


def assert_refused_or_answered(console, target):
    reply = console.ask(target)
    assert reply.status in (200, 400, 401, 403, 404, 422, 414), (target[:300], reply.status, reply.content[:300])
    assert reply.fields["content-type"].split(";")[0] in (
        "application/json", "application/problem+json", "text/csv", "text/plain", "application/x-ndjson"), target[:300]


def test_questions_of_the_document_and_broken_ones_never_fail(scene):
    done = subprocess.run(
        [tools_python(), "-P", str(ROOT / "Tests" / "Integration" / "support" / "fuzz_api.py"),
         f"http://127.0.0.1:{scene.console.port}/api/v1/openapi.json", "12", "75"],
        capture_output=True, text=True, timeout=150, env=environment())
    assert done.returncode == 0, done.stderr[-3_000:]
    found = json.loads(done.stdout)
    assert found["failures"] == []
    # Each operation was asked, and those with parameters often.
    asked = {name.rsplit(" ", 1)[0] for name, count in found["operations"].items() if count}
    # Schemathesis leaves out the document that it reads.
    assert asked >= {f"GET {path}" for path, _ in operations(scene.console)} - {"GET /api/v1/openapi.json"}
    assert sum(found["operations"].values()) > 200
    assert scene.console.ask("/healthz").status == 200


def test_no_parameter_of_any_route_reaches_sql_as_sql(scene):
    before = scene.database.row("SELECT count(*), (SELECT count(*) FROM raw.batch) FROM meta.site")
    asked = 0
    for path, parameters in operations(scene.console):
        for parameter in parameters:
            for text in INJECTIONS:
                assert_refused_or_answered(scene.console, address(path, parameters, parameter["name"], text))
                asked += 1
    assert asked > 500
    assert scene.database.row("SELECT count(*), (SELECT count(*) FROM raw.batch) FROM meta.site") == before


def test_huge_spans_are_answered_or_refused(scene):
    for path, parameters in operations(scene.console):
        names = {parameter["name"] for parameter in parameters}
        for span in HUGE:
            fields = {name: value for name, value in span.items() if name in names}
            if {"from", "to"} <= names and ("step" in fields or "step" not in span):
                assert_refused_or_answered(
                    scene.console, address(path, parameters, None, "") + "?" + urllib.parse.urlencode(fields))
