"""Charts of the pages in Chromium: what is missing never looks like zero, and keys do what the pointer does."""
import json

import pytest

from support.chromium import in_chromium

START = 1_795_996_800_000  # 2026-11-30T00:00:00Z
STEP = 300_000
BINS = 60
MISSING, ZERO, PARTIAL = range(20, 25), range(35, 40), range(50, 54)

COMMON = """
import { series } from "/charts/series.js";
import { heat } from "/charts/heat.js";
import { flowOf, seriesOf, stackOf } from "/charts/answers.js";
const { bins, values, answers } = DATA;
const host = document.getElementById("host");
const pixel = (canvas, x, y) => [...canvas.getContext("2d").getImageData(Math.round(x), Math.round(y), 1, 1).data];
/** Whether a column of pixels between two heights has a colour of some strength and of this hue. */
const has = (canvas, x, top, bottom, isWanted) => {
    for (let y = top; y < bottom; y += 1) if (isWanted(...pixel(canvas, x, y))) return true;
    return false;
};
const isBlue = (r, g, b, a) => a > 60 && b - r > 60;
const press = (front, key, shiftKey = false) => front.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey, bubbles: true, cancelable: true }));
const words = () => document.querySelector(".chart-tip").innerText ?? document.querySelector(".chart-tip").textContent;
"""


def bins():
    found = [dict(start=START + i * STEP, stop=START + (i + 1) * STEP, state="complete", coverage=1) for i in range(BINS)]
    for i in MISSING:
        found[i].update(state="missing", coverage=0)
    for i in PARTIAL:
        found[i].update(state="partial", coverage=0.8)
    found[-1]["isOpen"] = True
    return found


def values():
    return [None if i in MISSING else 0 if i in ZERO else 1_000 + i for i in range(BINS)]


def run(folder, body, **answers):
    data = json.dumps(dict(bins=bins(), values=values(), answers=answers))
    return in_chromium(f"const DATA = {data};\n{COMMON}\nconst found = () => {{ {body} }};", folder)


@pytest.mark.parametrize("kind", ["lines", "stack"])
def test_a_missing_bin_has_no_colour_and_zero_lies_on_the_ground(kind, tmp_path):
    columns = run(tmp_path, f"""
        const drawn = series(host, 800, {{ bins, zone: "UTC", kind: "{kind}", height: 220, layers: [{{ label: "packets", values }}] }});
        const canvas = document.querySelector(".chart-picture"), left = 36, right = 794;
        // Of each bin: whether it has the colour of the series above the ground, and at it; and whether it is hatched.
        const place = bin => 30 + (794 - 30) * (bin + 0.5) / bins.length;
        return bins.map((_, bin) => ({{
            above: has(canvas, place(bin), 10, 170, isBlue), ground: has(canvas, place(bin), 172, 184, isBlue),
            top: [0, 1, 2, 3, 4, 5].some(x => pixel(canvas, place(bin) + x - 2, 12)[3] > 40),
        }}));
    """)
    for i, column in enumerate(columns):
        if i in MISSING:
            assert not column["above"] and not column["ground"], i
        elif i in list(ZERO)[1:-1]:
            assert not column["above"], i
            # A line of zeros is seen; an area of zeros has no height.
            assert column["ground"] == (kind == "lines"), i
        elif i < BINS - 1 and i not in (19, 25, 34, 35, 39, 40):
            assert column["above"], i
    # The middle of what is missing is hatched up to the top, and what has data is not.
    assert columns[22]["top"] and not columns[10]["top"] and not columns[37]["top"]


def test_keys_move_the_cursor_and_say_what_is_there(tmp_path):
    said = run(tmp_path, """
        const drawn = series(host, 800, { bins, zone: "Asia/Kathmandu", kind: "lines", layers: [{ label: "packets", values }] });
        const front = document.querySelector(".chart-front"), found = [];
        const after = (...keys) => { for (const key of keys) press(front, key); found.push(words()); };
        after("Home");
        after("ArrowRight");
        after("End");
        after("Home", ...Array(22).fill("ArrowRight"));
        after("Home", ...Array(37).fill("ArrowRight"));
        after("Home", ...Array(51).fill("ArrowRight"));
        return found;
    """)
    first, second, last, missing, zero, partial = said
    assert "30 Nov 2026, 05:45–05:50 Asia/Kathmandu" in first and "1,000" in first
    assert "05:50–05:55" in second and "1,001" in second
    assert "not over yet" in last
    assert "no data" in missing and "packets" not in missing
    assert "no data" not in zero and zero.rstrip().endswith("0")
    assert "80 % observed" in partial


def test_shift_and_arrows_select_a_span(tmp_path):
    spans = run(tmp_path, """
        const spans = [];
        series(host, 800, {
            bins, zone: "UTC", kind: "stack", layers: [{ label: "packets", values }], onRange: (from, to) => spans.push([from, to]),
        });
        const front = document.querySelector(".chart-front");
        press(front, "Home");
        press(front, "ArrowRight");
        press(front, "ArrowRight", true);
        press(front, "ArrowRight", true);
        press(front, "Enter");
        // Without a selection, and after one is given up, Enter selects nothing.
        press(front, "Enter");
        press(front, "Home");
        press(front, "ArrowRight", true);
        press(front, "Escape");
        press(front, "Enter");
        return spans;
    """)
    assert spans == [[START + STEP, START + 4 * STEP]]


def test_colours_of_no_packets_and_of_no_data_differ(tmp_path):
    colours = run(tmp_path, """
        heat(host, 800, { bins, zone: "UTC", unit: "packets", rows: [{ label: "23/tcp", values }, { label: "22/tcp", values }], rowHeight: 18 });
        const canvas = document.querySelector(".chart-picture"), left = 800 - 2 - bins.length;
        const width = canvas.getContext("2d").measureText("23/tcp").width;
        const place = bin => Math.ceil(width) + 8 + (798 - Math.ceil(width) - 8) * (bin + 0.5) / bins.length;
        return bins.map((_, bin) => [0, 1, 2, 3].map(x => pixel(canvas, place(bin) + x, 8).join(" ")));
    """)
    assert all(set(colours[i]) == {"227 231 236 255"} for i in ZERO[1:-1]), "zero has the colour of land, which is not of the ramp"
    assert any(len(set(colours[i])) > 1 for i in MISSING[1:-1]), "what is missing is hatched"


def moment(i):
    return f"2026-11-30T0{i}:00:00Z"


SPAN = {"from": moment(0), "to": moment(4), "zone": "UTC"}


def test_answers_keep_what_is_unknown(tmp_path):
    rows = [
        dict(time=moment(i), packets=None if i == 1 else 100 * i, sources=None if i == 1 else i, sources_precision="least", state=state, coverage=1)
        for i, state in enumerate(["quiet", "missing", "complete", "complete"])]
    layers = [dict(key={"class": "tcp-syn", "service_port": port, "name": None}, values=[0, None, port, 2]) for port in (22, 23, 80)]
    found = run(
        tmp_path, "return [seriesOf(answers.series, 'UTC'), stackOf(answers.stack, 'UTC', 2)];",
        series=dict(step="hour", span=SPAN, rows=rows, coverage=[]),
        stack=dict(
            subject="ports", measure="packets", step="hour", span=SPAN, coverage=[], layers=layers,
            bins=[dict(start=moment(i), stop=moment(i + 1), state="missing" if i == 1 else "complete") for i in range(4)],
            other=dict(values=[0, None, 5, 7])))
    lines, stack = found
    assert lines["layers"][0]["values"] == [0, None, 200, 300]
    assert lines["layers"][1]["values"] == [0, None, 2, 3]
    assert [bin["state"] for bin in lines["bins"]] == ["quiet", "missing", "complete", "complete"]
    assert [bin["stop"] - bin["start"] for bin in lines["bins"]] == [3_600_000] * 4
    assert [layer["label"] for layer in stack["layers"]] == ["22/tcp", "23/tcp", "other"]
    # What is beyond the first layers is in the others, and nothing is lost.
    assert stack["layers"][2]["values"] == [0, None, 85, 9]


def test_flows_have_the_whole_in_every_column(tmp_path):
    rows = [
        {"country": country, "class": "tcp-syn", "service_port": port, "name": None, "site": site, "packets": packets}
        for country, port, site, packets in [
            ("CN", 23, "a", 500), ("CN", 22, "b", 300), ("US", 23, "a", 90), ("BR", 80, "c", 40), ("unknown", 80, "a", 20)]]
    flow = run(
        tmp_path, "return flowOf(answers.groups, undefined, 2);",
        groups=dict(by=["country", "port", "site"], total=dict(packets=1_000), rows=rows, span=SPAN, coverage=[]))
    sums = {}
    for link in flow["links"]:
        column = (link["source"].split()[0], link["target"].split()[0])
        sums[column] = sums.get(column, 0) + link["value"]
    assert sums == {("0", "1"): 1_000, ("1", "2"): 1_000}
    assert {node["label"] for node in flow["nodes"]} == {"China", "United States", "23/tcp", "22/tcp", "a", "b", "other"}


def test_flows_of_two_answers_meet_in_the_middle(tmp_path):
    sites = dict(by=["country", "site"], total=dict(packets=100), span=SPAN, coverage=[], rows=[
        dict(country="CN", site="a", packets=50), dict(country="US", site="b", packets=30), dict(country="CN", site="c", packets=15)])
    ports = dict(by=["port", "site"], total=dict(packets=100), span=SPAN, coverage=[], rows=[
        {"class": "tcp-syn", "service_port": 23, "name": None, "site": "a", "packets": 50},
        {"class": "tcp-syn", "service_port": 22, "name": None, "site": "b", "packets": 30},
        {"class": "tcp-syn", "service_port": 22, "name": None, "site": "c", "packets": 20}])
    flow = run(tmp_path, "return flowOf([answers.sites, answers.ports], ['country', 'site', 'port'], 2);", sites=sites, ports=ports)
    links = {(link["source"], link["target"]): link["value"] for link in flow["links"]}
    assert links == {
        ("0 CN", "1 a"): 50, ("0 US", "1 b"): 30, ("0 CN", "1 other"): 15, ("0 other", "1 other"): 5,
        ("1 a", "2 tcp-syn 23"): 50, ("1 b", "2 tcp-syn 22"): 30, ("1 other", "2 tcp-syn 22"): 20}
