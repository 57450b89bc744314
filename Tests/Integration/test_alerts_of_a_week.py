"""Alerts of a week at five sites against what was planted in it, and against SQL over the flows."""
import importlib
import json

import pytest

from support.organisations import load, stamp
from support.waiting import until

# The flows that alerts may rest on, for each organisation that held the address then, without the tables of alerts.
COUNTED = """
    WITH sign AS (
        SELECT CASE WHEN class = 'icmp-error' THEN coalesce(victim, source) ELSE source END AS address, is_backscatter,
            site, window_start, packets
        FROM api.flow
        WHERE class IN ('tcp-syn', 'udp-probe', 'icmp-request', 'tcp-synack', 'tcp-rst', 'udp-response', 'icmp-reply',
            'icmp-error')
    ), held AS (
        SELECT o.code, s.*, EXISTS (
            SELECT FROM meta.dark_prefix d JOIN meta.site t ON t.id = d.site JOIN meta.organisation_prefix p
                ON p.organisation = o.id AND p.validity @> s.window_start AND p.prefix && d.prefix
            WHERE t.code = s.site AND d.validity @> s.window_start) AS is_own
        FROM sign s JOIN meta.organisation o ON EXISTS (
            SELECT FROM meta.organisation_prefix p
            WHERE p.organisation = o.id AND p.validity @> s.window_start AND p.prefix >>= s.address)
    )
    SELECT code, host(address), CASE WHEN is_backscatter THEN 'backscatter' WHEN is_own THEN 'internal' ELSE 'external' END,
        sum(packets)::int8, count(*)
    FROM held GROUP BY 1, 2, 3"""
ALERTS = """
    SELECT o.code, host(a.address), a.kind, a.packets, a.flows, a.finding, a.severity, a.confidence, a.label, a.is_late,
        a.state, a.episode, a.id
    FROM alert.alert a JOIN meta.organisation o ON o.id = a.organisation"""


@pytest.fixture(autouse=True)
def planted():
    """The week ends when its module is read: now, and not when tests are collected."""
    week = importlib.import_module("support.week")
    names = ("ALLOWED", "LISTED", "ORGANISATIONS", "SITES", "TRUST", "UNPROVEN", "WINDOW", "Week")
    globals().update({name: getattr(week, name) for name in names})


def register(telescope, folder):
    for site, blocks in SITES.items():
        telescope.add_site(site, *blocks)
    for site, trust in TRUST.items():
        telescope.darkscope("site", "trust", site, trust)
    # The registry knows the blocks since now: they were dark before.
    telescope.database.rows("UPDATE meta.dark_prefix SET validity = '[2020-01-01,)'")
    load(telescope, folder, [
        {"organisation": code, "name": f"Organisation {code}", "prefix": block, "clean_hours": 24 if code == "city" else 720,
         "valid_from": stamp(since) if since else "2020-01-01", "valid_until": stamp(until_) if until_ else ""}
        for code, blocks in ORGANISATIONS.items() for block, since, until_ in blocks])
    for code, blocks in ALLOWED.items():
        for block in blocks:
            telescope.darkscope("org", "allow", "add", code, block)
    for code in ORGANISATIONS:
        telescope.darkscope("org", "contact", "add", code, "file", code, "--format", "json")
    (folder / "scanners.json").write_text("\n".join(json.dumps(
        {"ip": address, "scanner": name, "last_seen": "2099-01-01"}) for address, name in LISTED.items()))
    telescope.darkscope("scanners", "import", folder / "scanners.json", "--name", "listed", "--date", "2026-01-31")


def alerts_of(database):
    names = ("packets", "flows", "finding", "severity", "confidence", "label", "is_late", "state", "episode", "id")
    return {row[:3]: dict(zip(names, row[3:])) for row in database.rows(ALERTS)}


def test_alerts_of_a_week_are_those_of_the_truth(telescope, folder):
    database, picked_up = telescope.database, folder / "pick-up"
    picked_up.mkdir()
    week = Week(folder)
    expected = week.expected()
    telescope.configure({
        "rollups": {"quiet": "1s", "refresh": "1s", "sources": "1s"}, "alerts": {"pickup_directory": picked_up}})
    register(telescope, folder)
    telescope.start_collector()
    sensors = {site: telescope.add_sensor(site, "edge", sensor={"window": f"{WINDOW}s"}) for site in SITES}
    for site, sensor in sensors.items():
        sensor.read(*week.files[site])
    timely = sum(packets for packets, _, _ in _expected_without(week).values())

    def is_judged(packets):
        return (database.value("SELECT count(*) FROM alert.arrival") == 0
                and database.value("SELECT coalesce(sum(packets), 0) FROM alert.alert") == packets)

    until(lambda: is_judged(timely), 30, "alerts of what came in time")
    before = alerts_of(database)
    assert ("bank", "198.51.100.20", "external") not in before
    for site, files in week.late.items():
        sensors[site].read(*files)
    until(lambda: is_judged(sum(packets for packets, _, _ in expected.values())), 30, "alerts of what came late")
    telescope.assert_conserved()

    # Counts are those of the captures, and of SQL over flows.
    found = alerts_of(database)
    assert {key: row["packets"] for key, row in found.items()} == {key: value[0] for key, value in expected.items()}
    assert {key: (row["packets"], row["flows"]) for key, row in found.items()} == {
        row[:3]: row[3:] for row in database.rows(COUNTED)}
    assert database.rows("""
        SELECT a.id FROM alert.alert a LEFT JOIN alert.evidence e ON e.alert = a.id
        GROUP BY a.id HAVING a.packets <> coalesce(sum(e.packets), 0) OR a.flows <> count(e.alert)""") == []

    # Precision and recall.
    said = {key for key, row in found.items() if row["finding"] == "infection"}
    framed = {key for key in said if key[1] in week.framed}
    right = {key for key in said - framed if key[1] in week.infected}
    due = {key for key, (_, finding, _) in expected.items() if finding == "infection" and key[1] in week.infected}
    attacks = {key for key, (_, finding, _) in expected.items() if finding == "attack"}
    attacked = {key for key, row in found.items() if row["finding"] == "attack"}
    print(f"\n{len(week.signs):,} packets of {len(found)} organisations, addresses and kinds."
          f"\ninfections: {len(due)} above the thresholds of {len(week.infected)} infected hosts, {len(due & said)} found: "
          f"recall {len(due & said) / len(due):.3f}, precision {len(right) / len(said - framed):.3f}"
          f"\nframed by floods that forge the same addresses again and again: {len(framed)}, at "
          f"{' and '.join(sorted({found[key]['confidence'] for key in framed}))} confidence"
          f"\nattacks: {len(attacks)}, found {len(attacks & attacked)}: recall {len(attacks & attacked) / len(attacks):.3f}, "
          f"precision {len(attacks & attacked) / len(attacked):.3f}"
          f"\nforged addresses: {len(week.forged)}, of which {sum(key[1] in week.forged for key in said)} called infected")
    assert due <= said, due - said
    assert said - framed == right
    assert not {key for key in said if key[1] in week.forged or key[2] == "backscatter"}
    assert not {key for key in said if key[1] in week.few}
    assert {key[1] for key in attacked} <= week.attacked
    assert {key[1] for key, row in found.items() if row["finding"] == "misconfiguration"} == week.misconfigured
    assert {key: row["finding"] for key, row in found.items()} == {key: value[1] for key, value in expected.items()}
    assert {key: row["label"] for key, row in found.items()} == {key: value[2] for key, value in expected.items()}
    # Who forges at length can write anything: it is told, as what need not be true.
    assert framed and "high" not in {found[key]["confidence"] for key in framed}
    assert {found[key]["confidence"] for key in due if key[1] == "192.0.2.70"} == {"high"}

    # What came late says so.
    assert all(row["is_late"] for key, row in found.items() if key[1] == "198.51.100.20" and row["episode"])
    assert [row["is_late"] for key, row in found.items() if key[1] == "198.51.100.24"] == [False, False]
    told = {key for key, row in found.items() if row["finding"] != "none"}
    assert {key for key, row in found.items() if row["episode"]} == told
    assert database.value("SELECT count(*) FROM alert.history WHERE event = 'opened'") == len(told)
    assert {row["episode"] for row in found.values()} == {0, 1}

    # Nothing is told of blocks that are only claimed; then all of an organisation in one notice, to parents and children.
    assert database.value("SELECT count(*) FROM alert.notice") == 0
    # At once: an organisation with one vouched block is told of that alone, and of the next ten minutes later.
    database.rows("""
        UPDATE meta.organisation_prefix p SET proof = 'vouched', proof_by = 'the test', proof_at = now()
        FROM meta.organisation o WHERE o.id = p.organisation AND o.code <> ALL (%s) AND upper_inf(p.validity)""",
                  sorted(UNPROVEN))
    served = {key for key in told if key[0] not in UNPROVEN | {"moved"}}
    until(lambda: database.value("SELECT count(*) FROM alert.outbox WHERE state = 'delivered'")
          == len({key[0] for key in served}), 30, lambda: f"notices {database.rows('SELECT * FROM alert.outbox')}")
    items = {}
    for file in picked_up.rglob("*.json"):
        document = json.loads(file.read_text())
        for item in document["alerts"]:
            key = (document["organisation"]["code"], item["address"], item["kind"])
            assert key not in items
            items[key] = item
    assert set(items) == served
    for key, item in items.items():
        assert item["packets"] == expected[key][0] and item["finding"] == expected[key][1]
        assert item["late"] == found[key]["is_late"]
    assert {key[0] for key in items if key[1] == "192.0.2.70" and key[2] == "external"} == {"isp", "city", "school"}
    # No dark address leaves.
    text = "".join(file.read_text() for file in picked_up.rglob("*") if file.is_file())
    assert not [site for site, blocks in SITES.items() if site != "alpha" and blocks[0].rsplit(".", 1)[0] + "." in text]


def _expected_without(week):
    """What was to be found before the files of the outage came."""
    signs = week.signs
    week.signs = [sign for sign in signs if not sign.late]
    try:
        return week.expected()
    finally:
        week.signs = signs
