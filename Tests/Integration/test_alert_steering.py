"""What people do with alerts while a collector judges and delivers: it heeds them, and its history is what statistics count."""
import json
import re

import pytest

from support.programs import run
from support.waiting import until

ORGANISATIONS = ("alpha", "beta", "gamma", "delta", "barrier")


@pytest.fixture
def programme(telescope, folder):
    """Five organisations with a folder for pick-up each; 10.N.0.0/16 is that of the Nth, and gamma's is only claimed."""
    (folder / "pickup").mkdir()
    telescope.configure({"alerts": {"pickup_directory": folder / "pickup"}})
    telescope.add_site("st-a", "198.18.0.0/16")
    database = telescope.database
    database.rows("INSERT INTO meta.sensor (site, name) SELECT id, 'edge' FROM meta.site")
    for number, code in enumerate(ORGANISATIONS, 1):
        database.rows("INSERT INTO meta.organisation (code, name) VALUES (%s, %s)", code, f"Example {code}")
        database.rows("INSERT INTO meta.organisation_prefix (organisation, prefix, proof) VALUES (%s, %s, %s)",
                      number, f"10.{number}.0.0/16", "claimed" if code in ("gamma", "delta") else "vouched")
        database.rows("INSERT INTO meta.contact (organisation, channel, target, format) VALUES (%s, 'file', %s, 'json')",
                      number, code)
    telescope.start_collector()
    return telescope


def scan(database, code, host=1, packets=40):
    """Evidence as the collector stores it with flows; of this moment, because what is older than an alert's closing is of
    the episode that was closed."""
    number = ORGANISATIONS.index(code) + 1
    database.rows("""
        INSERT INTO alert.arrival SELECT %s, %s, %s, 'external', 1, date_trunc('minute', now()), 60, now(), 1, 6, 23, %s, 30, now(), now(),
            40000, '198.18.0.9', 50, 40, 2, 0, 0, 0, NULL, NULL""",
        number, number, f"10.{number}.0.{host}", packets)


def alert(database, code):
    """(state, episode, packets, news, told) of the organisation's one alert."""
    rows = database.rows("""
        SELECT state, episode, packets, news, first_told_at IS NOT NULL FROM api.alert WHERE organisation = %s""", code)
    return rows[0] if rows else None


def number_of(database, code):
    return database.value("SELECT id FROM api.alert WHERE organisation = %s", code)


def told(database, code):
    return database.value("SELECT count(*) FROM api.notice WHERE organisation = %s AND reason <> 'test'", code)


def reach(database, code, expected):
    until(lambda: alert(database, code) == expected, 30, lambda: f"{code}: {alert(database, code)} is not {expected}")


def pass_by(database, host):
    """Waits until the collector opened another organisation's alert: it looked at everything that was there before."""
    scan(database, "barrier", host)
    until(lambda: database.value("SELECT count(*) FROM api.alert WHERE organisation = 'barrier' AND state <> 'watching'")
          == host, 30, "the barrier")


def test_the_collector_heeds_what_people_say(programme):
    database = programme.database
    say = lambda *arguments: programme.darkscope("alert", *map(str, arguments))  # noqa: E731

    # What is acknowledged is not told to grow.
    scan(database, "alpha")
    reach(database, "alpha", ("open", 1, 40, None, True))
    scan(database, "alpha")
    reach(database, "alpha", ("ongoing", 1, 80, "grew", True))
    say("ack", number_of(database, "alpha"))
    reach(database, "alpha", ("ongoing", 1, 80, None, True))
    scan(database, "alpha")
    reach(database, "alpha", ("ongoing", 1, 120, None, True))

    # What a person closed opens again, as the next episode, and is not acknowledged any more.
    scan(database, "beta")
    reach(database, "beta", ("open", 1, 40, None, True))
    beta = number_of(database, "beta")
    say("ack", beta)
    say("close", beta, "--note", "reinstalled")
    reach(database, "beta", ("closed", 1, 40, "closed", True))
    scan(database, "beta")
    reach(database, "beta", ("open", 2, 80, "reopened", False))
    assert database.value("SELECT acknowledged_at FROM api.alert WHERE id = %s", beta) is None
    episodes = database.rows("""
        SELECT episode, closed_at IS NOT NULL, first_told_at IS NOT NULL, seconds_to_notify > 0, seconds_to_clean
        FROM api.alert_episode WHERE alert = %s ORDER BY 1""", beta)
    assert episodes == [(1, True, True, True, 0.0), (2, False, False, None, None)]
    history = [(h["event"], h["person"] is None) for h in json.loads(say("show", beta, "--json"))["history"]]
    assert history == [("opened", True), ("told", True), ("acknowledged", False), ("closed", False), ("reopened", True)]

    # What is no alert, or is suppressed, is told when it is released, and not before.
    for code, arguments in (("gamma", ("false-positive", "--note", "ours")), ("delta", ("suppress", "--for", "7d"))):
        scan(database, code)
        until(lambda: (alert(database, code) or ("",))[0] == "open", 30, code)
        say(arguments[0], number_of(database, code), *arguments[1:])
    pass_by(database, 1)
    database.rows("UPDATE meta.organisation_prefix SET proof = 'vouched'")
    scan(database, "gamma")
    scan(database, "delta")
    pass_by(database, 2)
    assert alert(database, "gamma") == ("open", 1, 80, None, False) and told(database, "gamma") == 0
    assert alert(database, "delta") == ("open", 1, 80, "opened", False) and told(database, "delta") == 0
    say("release", number_of(database, "gamma"), number_of(database, "delta"))
    until(lambda: told(database, "gamma") == told(database, "delta") == 1, 30, "notices of what was released")

    row = database.row("""
        SELECT opened, reopened, closed, open_at_end, told, notices FROM api.programme_year(
            extract(year FROM now() AT TIME ZONE 'UTC')::int4) WHERE month IS NULL""")
    assert row == (7, 1, 1, 6, row[4], row[5]) and row[4] >= 5


def test_a_test_arrives_and_is_marked(programme, folder):
    said = json.loads(programme.darkscope("alert", "test", "--org", "alpha", "--wait", "60", "--json"))
    assert [(m["channel"], m["target"], m["state"], m["attempts"]) for m in said["messages"]] == [
        ("file", "alpha", "delivered", 1)]
    file, = (folder / "pickup/alpha").iterdir()
    document = json.loads(file.read_text())
    assert (document["reason"], document["test"], len(document["alerts"])) == ("test", True, 1)
    assert "192.0.2.1" in file.read_text() and "198.18." not in file.read_text()
    # It is no reason to keep a real notice back.
    scan(programme.database, "alpha")
    until(lambda: told(programme.database, "alpha") == 1, 30, "a notice")


def test_the_first_steps_of_the_guide_lead_to_a_notice(telescope, folder):
    """ops/alerts.md: an organisation is registered, proves its block, has a contact, gets a test, and then a notice."""
    (folder / "pickup").mkdir()
    telescope.configure({"alerts": {"pickup_directory": folder / "pickup"}})
    telescope.add_site("st-a", "198.18.0.0/16")
    telescope.darkscope("site", "trust", "st-a", "high")
    telescope.database.rows("INSERT INTO meta.sensor (site, name) SELECT id, 'edge' FROM meta.site")
    telescope.start_collector()
    telescope.darkscope(
        "org", "add", "alpha", "--name", "Example City", "--kind", "local-government", "--country", "TH", "--language", "en",
        "--zone", "Asia/Bangkok", "--prefix", "10.1.0.0/16")
    scan(telescope.database, "alpha")
    reach(telescope.database, "alpha", ("open", 1, 40, "opened", False))
    assert "unproven" in telescope.darkscope("alert", "list")
    said = telescope.darkscope("org", "verify", "alpha", "10.1.0.0/16", "--sent-to", "abuse@example.org")
    token, = re.findall(r"shown only now: ([0-9a-f]{32})", said)
    telescope.darkscope("org", "verify", "alpha", "10.1.0.0/16", "--token", token)
    telescope.darkscope("org", "contact", "add", "alpha", "file", "city", "--format", "shadowserver")
    assert "All of it was delivered." in telescope.darkscope("alert", "test", "--org", "alpha", "--wait", "60")
    # What was seen before the proof is told now that there is somebody to tell.
    reach(telescope.database, "alpha", ("open", 1, 40, None, True))
    until(lambda: "No such messages" in run_quietly(telescope, "alert", "outbox"), 30, "delivery")
    assert len(list((folder / "pickup/city").iterdir())) == 2
    for arguments in (("org", "set", "alpha", "--quiet", "20:00-07:00", "--clean-hours", "72"),
                      ("org", "allow", "add", "alpha", "10.1.0.9/32", "--note", "ours"), ("org", "log"), ("alert", "statistics")):
        telescope.darkscope(*arguments)


def run_quietly(telescope, *arguments):
    return run("darkscope", *arguments, "--config", telescope.config).stderr
