"""Downloads, notes, filters as they are typed, and years: each equals what SQL says."""
import csv
import datetime
import decimal
import io
import pathlib
import re

import pytest

from support.internet import ADDRESSES, DAY, SCANNERS, TODAY, TOMORROW, day_of
from test_console_api import INJECTIONS, SPAN, console  # noqa: F401
from test_recipes import ALERT_RECIPES, RECIPES, run

FOLDER = pathlib.Path(__file__).parents[2] / "ops/sql"
UNIT = re.compile(r" \([^)]*\)$")
# Variables of recipes that are the span of the console's pages.
OF_SPAN = {"since": "from", "first_day": "from", "until": "to", "end_day": "to", "zone": "tz"}


def download(console, path, **parameters):
    """The fields of a CSV answer, which must be as RFC 4180 writes it, and its header."""
    reply = console.ask(f"/api/v1/{path}?" + "&".join(
        f"{name}={value}" for name, value in (parameters | {"format": "csv"}).items()))
    assert reply.status == 200, reply.content[:500]
    assert reply.fields["content-type"] == "text/csv; charset=utf-8; header=present"
    assert re.fullmatch(r'attachment; filename="darkscope-[A-Za-z0-9._-]+\.csv"', reply.fields["content-disposition"])
    text = reply.content.decode()
    assert text.endswith("\r\n") and "\n" not in text.replace("\r\n", "")
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert all(len(row) == len(header) for row in rows)
    return header, rows


def field(value):
    """What a value of JSON is in CSV."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        value = " ".join(map(str, value))
    # No text begins as a formula does.
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else str(value)


@pytest.mark.parametrize("path, table, parameters", [
    ("series", "series", {"step": "hour"}), ("series", "coverage", {"step": "hour"}),
    ("ports", "ports", {"by": "packets", "limit": 100}), ("sources", "sources", {"limit": 100}),
    ("filtered/top/ports", "rows", {"limit": 100}), ("filtered/top/sources", "rows", {"limit": 100}),
    ("filtered/series", "rows", {"step": "hour"}), ("sites", "sensors", {}), ("site/alpha", "hours", {}),
    ("port/tcp-syn/23", "series", {}), (f"source/{SCANNERS[0]}", "days", {}), ("fields", "fields", {}),
    ("years", "years", {}), ("note/top-countries/answer", "rows", {})])
def test_a_table_is_the_same_in_csv_and_in_json(console, path, table, parameters):
    if path not in ("fields", "years"):
        parameters = SPAN | parameters
    answer = console.get(path, **parameters)[table]
    header, rows = download(console, path, table=table, **{name: str(value) for name, value in parameters.items()})
    assert answer and [UNIT.sub("", name) for name in header] == list(answer[0])
    for row, found in zip(rows, answer, strict=True):
        for text, value in zip(row, found.values()):
            if isinstance(value, float):
                assert float(text) == value
            else:
                assert text == field(value)


def test_units_are_in_the_header_and_the_name_says_of_what_the_file_is(console):
    header, _ = download(console, "series", step="hour", **SPAN)
    assert header == ["time", "packets", "sources", "sources_precision", "coverage (0 to 1)",
                      "packets_per_address_day (packets in a day to an IPv4 address)", "state"]
    reply = console.ask(f"/api/v1/port/tcp-syn/23?format=csv&from={SPAN['from']}&to={SPAN['to']}")
    assert reply.fields["content-disposition"] == (
        'attachment; filename="darkscope-port-tcp-syn-23-20260101T000000Z-20260102T000000Z.csv"')
    reply = console.ask("/api/v1/years?format=json")
    assert reply.fields["content-disposition"] == 'attachment; filename="darkscope-years.json"'
    assert reply.json["years"]
    assert "content-disposition" not in console.ask("/api/v1/years").fields


def test_what_was_not_observed_is_an_empty_field_and_a_table_without_rows_has_its_header(console):
    _, rows = download(console, "series", step="hour", site="delta", **SPAN)
    assert [row[1] == "" for row in rows] == [hour != 12 for hour in range(24)]
    header, rows = download(console, "alerts", table="alerts")
    assert "organisation" in header and rows == []
    header, rows = download(console, "filtered/top/sites", **{"from": "1999-01-01", "to": "1999-01-02"})
    assert header[:2] == ["site", "packets"] and rows == []
    header, rows = download(console, "ports", **{"from": "1999-01-01", "to": "1999-01-02"})
    assert header[:2] == ["class", "service_port"] and rows == []


def test_layers_of_a_stack_are_columns_beside_their_bins(console):
    answer = console.get("filtered/stack/ports", step="hour", n=3, **SPAN)
    header, rows = download(console, "filtered/stack/ports", step="hour", n="3", table="layers", **SPAN)
    assert [UNIT.sub("", name) for name in header[:4]] == ["start", "stop", "coverage", "state"] and header[-1] == "other"
    assert header[4].startswith(f"{answer['layers'][0]['key']['class']} {answer['layers'][0]['key']['service_port']}")
    assert len(rows) == 24 and len(header) == 8
    for place, row in enumerate(rows):
        assert row[0] == answer["bins"][place]["start"]
        assert row[4:] == [field(layer["values"][place]) for layer in answer["layers"] + [answer["other"]]]


def test_every_list_of_the_document_can_be_downloaded(console):
    samples = {"{class}": "tcp-syn", "{port}": "23", "{block}": "192.0.2.1", "{code}": "alpha", "{subject}": "ports",
               "{asn}": "64501", "{country}": "ID", "{name}": "years"}
    tables = 0
    for template, path in console.get("openapi.json")["paths"].items():
        parameters = {p["name"]: p["schema"] for p in path.get("get", {}).get("parameters", []) if p["in"] == "query"}
        if "format" not in parameters or "{id}" in template:
            continue
        assert "text/csv" in path["get"]["responses"]["200"]["content"]
        target = "/".join(samples.get(part, part) for part in template.removeprefix("/api/v1/").split("/"))
        for table in parameters.get("table", {"enum": [None]})["enum"]:
            download(console, target, **({"table": table} if table else {}))
            tables += 1
    assert tables > 30
    assert console.problem("ports", format="xml")["parameter"] == "format"
    assert console.problem("ports", format="csv", table="rows")["expected"] == "ports, coverage"
    assert console.problem("filter", format="csv")["parameter"] == "format"


@pytest.mark.parametrize("name", sorted(RECIPES | ALERT_RECIPES))
def test_every_note_answers_what_psql_does(console, world, name):
    """The console's parameters in the place of psql's variables, for the same rows."""
    variables = (RECIPES.get(name) or ALERT_RECIPES[name])[0]
    variables = {n: min(v, 1_000) if n == "most" else v for n, v in variables.items()}
    note = console.get(f"note/{name}")
    assert note["runs"] and note["reason"] is None and note["text"] == (FOLDER / f"{name}.sql").read_text()
    used = {v["name"] for v in note["variables"]}
    given = dict(variables)
    if used & {"since", "until"}:
        given = {"since": DAY, "until": TOMORROW} | given
    if used & {"first_day", "end_day"}:
        given = {"first_day": TODAY, "end_day": TOMORROW} | given
    if "day" in used:
        given = {"day": TODAY} | given
    if "at" in used:
        given = {"at": DAY + datetime.timedelta(hours=12)} | given
    parameters = {}
    for variable, value in given.items():
        if variable not in ("day", "year") and isinstance(value, datetime.date):
            value = value.strftime("%Y-%m-%dT%H:%M:%SZ")
        parameters[OF_SPAN.get(variable, variable)] = value
    answer = console.get(f"note/{name}/answer", **{n: v for n, v in parameters.items() if v != ""})
    rows = run(world[1], name, **given)
    assert len(answer["rows"]) == len(rows) and not answer["is_cut"]
    for found, row in zip(answer["rows"], rows):
        assert list(found) == list(row)
        for column, value in found.items():
            assert same(value, row[column]), (column, value, row[column])
    assert "$1" in answer["sql"]["text"] or not used
    assert len(answer["sql"]["parameters"]) == len(used) and set(answer["variables"]) == used


def same(value, text):
    """Whether JSON has what psql printed."""
    if value is None or text is None:
        return value is None and text is None
    if isinstance(value, bool):
        return text == ("t" if value else "f")
    if isinstance(value, (int, float)):
        return float(decimal.Decimal(text)) == float(value)
    if isinstance(value, list):
        return text == "{" + ",".join(value) + "}"
    return text in (value, value.replace("T", " ").replace("Z", "+00"))


def test_all_notes_are_there_in_the_order_of_their_readme(console):
    notes = console.get("notes")["notes"]
    readme = (FOLDER / "README.md").read_text()
    assert [n["name"] for n in notes] == re.findall(r"^\| `(.+)\.sql` \|", readme, re.M)
    assert sorted(n["name"] for n in notes) == sorted(path.stem for path in FOLDER.glob("*.sql"))
    for note in notes:
        assert note["question"].endswith("?") and note["question"] in readme and f"## {note['section']}\n" in readme


def test_a_note_runs_with_what_it_is_given_alone(console, world):
    problem = console.problem("note/top-countries/answer", port=23)
    assert problem["parameter"] == "port" and problem["expected"] == "most"
    assert console.problem("note/years/answer", most=1)["expected"] == "none"
    console.problem("note/nothing", 404)
    console.problem("note/nothing/answer", 404)
    assert console.problem("note/busiest-sources/answer", day="2026-02-30")["title"] == "A parameter cannot be used"
    before = world[1].row("SELECT count(*), (SELECT count(*) FROM raw.batch) FROM meta.site")
    for text in INJECTIONS:
        for name, variable in [("port-at-a-site", "site"), ("alerts-open", "organisation"), ("country-history", "country"),
                               ("address-history", "address"), ("busiest-sources", "day"), ("as-history", "tz"),
                               ("rising-ports", "at"), ("first-site-of-signature", "signature"), (text, "most")]:
            path = f"/api/v1/note/{quote(name)}/answer?{variable}={quote(text)}"
            reply = console.ask(path)
            assert reply.status in (200, 400, 404), (path, reply.content[:300])
    assert world[1].row("SELECT count(*), (SELECT count(*) FROM raw.batch) FROM meta.site") == before
    # Nothing that came in is in the text that is run.
    answer = console.get("note/port-at-a-site/answer", site="alpha", port=445, **SPAN)
    assert "alpha" not in answer["sql"]["text"] and "445" not in answer["sql"]["text"]
    assert {"alpha", "445"} <= set(answer["sql"]["parameters"])


def quote(text):
    return "".join(f"%{byte:02X}" for byte in text.encode())


def test_a_note_has_the_span_and_the_coverage_of_its_rows(console):
    answer = console.get("note/busiest-sources/answer", day=TODAY)
    assert answer["span"] == {"from": f"{TODAY}T00:00:00Z", "to": f"{TOMORROW}T00:00:00Z", "zone": "UTC"}
    assert {row["site"]: row["state"] for row in answer["coverage"]}["alpha"] == "partial"
    answer = console.get("note/rising-ports/answer", at=f"{TODAY}T12:00:00Z")
    assert answer["span"]["to"] == f"{TODAY}T13:00:00Z"
    answer = console.get("note/years/answer")
    assert answer["span"] is None and answer["coverage"] == []


def test_a_filter_is_read_and_its_first_wrong_word_is_named(console):
    answer = console.get("filter", q="PORT in (23,2323)  AND not Scanner")
    assert answer["filter"] == "port in (23, 2323) and not scanner" and answer["error"] is None
    assert answer["fields"] == ["port", "scanner"]
    assert console.get("filter", q=" ")["filter"] is None
    answer = console.get("filter", q="port = 23 and contry = SG")
    assert answer["filter"] is None and answer["error"] == {
        "column": 15, "word": "contry", "problem": answer["error"]["problem"],
        "expected": answer["error"]["expected"], "nearest": "country"}
    assert "country" in answer["error"]["expected"]
    assert console.get("filter", q="port =")["error"] | {"problem": "", "expected": ""} == {
        "column": 7, "word": "", "problem": "", "expected": "", "nearest": None}
    for text in INJECTIONS:
        assert console.ask(f"/api/v1/filter?q={quote(text)}").status == 200, text


def test_fields_say_what_can_stand_after_them(console):
    answer = console.get("fields")
    assert answer["sites"] == sorted(ADDRESSES) and answer["sensors"] == ["edge"]
    assert answer["scanners"] == {"blocks": len(SCANNERS), "list_date": str(TOMORROW), "behaviour": 0}
    fields = {f["name"]: f for f in answer["fields"]}
    assert fields["proto"]["words"] == ["tcp", "udp", "icmp", "other"] and fields["scanner"]["comparisons"] == [""]
    assert set(fields["port"]["comparisons"]) == {"=", "!=", "<", "<=", ">", ">=", "in"}
    # What is offered is read: every field with every comparison and word.
    samples = {"port": "23", "country": "SG", "asn": "64500", "site": "alpha", "sensor": "edge", "source": "192.0.2.0/24",
               "family": "4", "signature": "7"}
    for name, field in fields.items():
        for comparison in field["comparisons"]:
            for value in field["words"] or [samples.get(name, "")]:
                value = f"({value})" if comparison == "in" else value
                text = f"{name} {comparison} {value}".strip()
                assert console.get("filter", q=text)["filter"], text


def test_years_are_those_of_the_packets_and_say_what_is_missing(console, world):
    years = {y["year"]: y for y in console.get("years")["years"]}
    for year in (TODAY.year - 1, TODAY.year):
        packets = [p for p in world[0] if day_of(p).year == year]
        days = sorted({day_of(p) for p in packets})
        assert years[year]["packets"] == len(packets) and years[year]["days"] == len(days)
        assert years[year]["days_of_year"] == 365 and years[year]["is_whole"] is False
        assert (years[year]["first_day"], years[year]["last_day"]) == (str(days[0]), str(days[-1]))
        rate, = world[1].row("SELECT packets_per_address FROM api.year WHERE year = %s", year)
        assert years[year]["packets_per_address"] == rate
    # NICTER's are as NICT publishes them, and ours are not there, which is not 0.
    assert years[2005]["nicter_packets_per_address"] == 19_066 and years[2005]["nicter_origin"] == "published"
    assert {years[2005][name] for name in ("packets", "sites", "days", "is_whole", "coverage")} == {None}
    assert years[2016]["days_of_year"] == 366 and 2018 not in years
