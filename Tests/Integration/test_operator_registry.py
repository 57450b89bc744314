"""Sites, sensors, keys and their state at the operator's command line: what it stores, what it answers, and how it fails."""
import json
import os
import re
import shlex
import stat
import uuid

import pytest

from support.command_line import CANNOT_CREATE, DATA, FAILURE, TIME, key
from support.programs import check, run


# Sites.

def test_a_site_is_shown_as_it_was_added(operator):
    name = 'ม. "ตัวอย่าง"'
    operator.check(
        "site", "add", "th-1", "--name", name, "--country", "th", "--zone", "Asia/Bangkok", "--destinations", "full",
        "--prefix", "198.18.16.0/20", "2001:db8::/48", "--prefix", "192.0.2.0/24")
    expected = {
        "site": "th-1", "name": name, "country": "TH", "zone": "Asia/Bangkok", "destinations": "full",
        "trust": "normal",
        "prefixes": [
            {"prefix": prefix, "dark_from": None, "dark_to": None}
            for prefix in ("192.0.2.0/24", "198.18.16.0/20", "2001:db8::/48")],
        "ipv4_addresses": 4096 + 256, "sensors": [],
    }
    assert operator.json("site", "show", "th-1") == expected
    assert operator.json("site", "list") == {"sites": [expected]}
    assert operator.database.rows("SELECT site, family, addresses FROM api.dark_space ORDER BY 2") == [
        ("th-1", 4, 4352), ("th-1", 6, 2 ** 80)]
    header, line = operator.check("site", "list").splitlines()
    assert header.split() == ["SITE", "COUNTRY", "ZONE", "DESTINATIONS", "TRUST", "SENSORS", "BLOCKS", "IPV4", "NAME"]
    assert line.split(maxsplit=8) == ["th-1", "TH", "Asia/Bangkok", "full", "normal", "0", "3", "4352", name]
    assert name in operator.check("site", "show", "th-1")


def test_what_a_site_is_not_given_has_its_default(operator):
    operator.add_site()
    site = operator.json("site", "show", "th-1")
    assert (site["country"], site["zone"], site["destinations"]) == (None, "UTC", "permuted")


def test_a_site_that_is_there_or_cannot_be_is_refused(operator):
    operator.add_site()
    assert "already" in operator.refused(FAILURE, "site", "add", "th-1", "--name", "x", "--prefix", "192.0.2.0/24")
    assert "Asia/Bangkok" in operator.refused(
        DATA, "site", "add", "th-2", "--name", "x", "--zone", "Asia/Bangkk", "--prefix", "192.0.2.0/24")
    assert [site["site"] for site in operator.json("site", "list")["sites"]] == ["th-1"]


def test_an_unknown_site_is_answered_with_the_known_ones(operator):
    assert "Register it" in operator.refused(FAILURE, "site", "show", "th-9")
    operator.add_site("th-1")
    operator.add_site("vn-1")
    for arguments in (
        ("site", "show", "th-9"), ("site", "prefix", "add", "th-9", "192.0.2.0/24"),
        ("site", "prefix", "end", "th-9", "192.0.2.0/24"), ("sensor", "add", "th-9", "edge", "--public-key", key()),
        ("sensor", "list", "--site", "th-9"), ("sensor", "revoke", "th-9", "edge"),
        ("sensor", "key", "add", "th-9", "edge", "--public-key", key()),
    ):
        assert "th-1, vn-1" in operator.refused(FAILURE, *arguments), arguments


def test_blocks_come_and_go_and_stay_known(operator):
    operator.add_site("th-1", "198.18.16.0/20")
    error = operator.refused(FAILURE, "site", "prefix", "add", "th-1", "198.18.17.0/24")
    assert "darkscope site prefix end th-1 198.18.16.0/20" in error
    assert "198.18.16.0/20" in operator.refused(FAILURE, "site", "prefix", "end", "th-1", "198.18.17.0/24")
    operator.check("site", "prefix", "end", "th-1", "198.18.16.0/20")
    operator.check("site", "prefix", "add", "th-1", "198.18.17.0/24")
    old, new = operator.json("site", "show", "th-1")["prefixes"]
    assert (old["prefix"], old["dark_from"]) == ("198.18.16.0/20", None) and re.fullmatch(TIME, old["dark_to"])
    assert (new["prefix"], new["dark_to"]) == ("198.18.17.0/24", None) and re.fullmatch(TIME, new["dark_from"])
    assert operator.json("site", "show", "th-1")["ipv4_addresses"] == 256
    assert "BLOCK" in operator.check("site", "show", "th-1")


# Sensors and keys.

def test_a_new_key_is_private_and_never_printed(operator, folder):
    operator.add_site()
    secret_file = folder / "edge key"
    said = operator.run("sensor", "add", "th-1", "edge", "--key-file", secret_file)
    secret, public = secret_file.read_text().strip(), (folder / "edge key.pub").read_text().strip()
    assert said.returncode == 0 and public in said.stdout
    assert secret not in said.stdout + said.stderr
    assert stat.S_IMODE(os.stat(secret_file).st_mode) == 0o600
    assert check("darkscope", "keys", "show", secret_file).strip() == public
    assert json.loads(check("darkscope", "keys", "show", secret_file, "--json")) == {"public_key": public}
    assert operator.database.rows(
        "SELECT encode(public_key, 'hex') FROM meta.sensor_key WHERE revoked_at IS NULL") == [(public,)]


def test_a_public_key_is_taken_by_value_or_from_a_file(operator, folder):
    operator.add_site()
    first = check("darkscope", "keys", "new", "--key-file", folder / "k").strip()
    second = key()
    operator.check("sensor", "add", "th-1", "one", "--public-key-file", folder / "k.pub")
    operator.check("sensor", "add", "th-1", "two", "--public-key", second.upper())
    keys = operator.json("keys")["keys"]
    assert [(k["site"], k["sensor"], k["public_key"], k["revoked_at"]) for k in keys] == [
        ("th-1", "one", first, None), ("th-1", "two", second, None)]
    assert all(re.fullmatch(TIME, k["enrolled_at"]) for k in keys)
    assert operator.json("keys", "list") == {"keys": keys}


def test_files_that_exist_are_left_alone(operator, folder):
    operator.add_site()
    for existing in ("k", "k.pub"):
        (folder / existing).write_text("mine\n")
        operator.refused(CANNOT_CREATE, "sensor", "add", "th-1", "edge", "--key-file", folder / "k")
        assert run("darkscope", "keys", "new", "--key-file", folder / "k").returncode == CANNOT_CREATE
        assert [file.name for file in folder.glob("k*")] == [existing]
        assert (folder / existing).read_text() == "mine\n"
        (folder / existing).unlink()
    assert operator.json("sensor", "list") == {"sensors": []}


def test_no_key_is_made_for_a_sensor_that_cannot_be_added(operator, folder):
    operator.add_site()
    operator.check("sensor", "add", "th-1", "edge", "--public-key", key())
    assert "already" in operator.refused(FAILURE, "sensor", "add", "th-1", "edge", "--key-file", folder / "k")
    operator.refused(FAILURE, "sensor", "add", "th-9", "edge", "--key-file", folder / "k")
    operator.refused(FAILURE, "sensor", "key", "add", "th-1", "none", "--key-file", folder / "k")
    assert not (folder / "k").exists() and not (folder / "k.pub").exists()


def test_a_key_that_could_not_be_registered_is_kept_and_the_way_on_is_told(operator, folder):
    operator.add_site()
    operator.database.rows("ALTER TABLE meta.sensor_key ADD CONSTRAINT closed CHECK (enrolled_at < '2000-01-01')")
    error = operator.refused(DATA, "sensor", "add", "th-1", "edge", "--key-file", folder / "it's k")
    secret = (folder / "it's k").read_text().strip()
    assert secret not in error
    way_on = error.strip().split("To go on: darkscope ")[1]
    assert operator.json("sensor", "list") == {"sensors": []}
    operator.database.rows("ALTER TABLE meta.sensor_key DROP CONSTRAINT closed")
    operator.check(*shlex.split(way_on))
    assert operator.json("keys")["keys"][0]["public_key"] == (folder / "it's k.pub").read_text().strip()


def test_a_key_belongs_to_one_sensor_for_ever(operator):
    operator.add_site()
    used = key()
    operator.check("sensor", "add", "th-1", "one", "--public-key", used)
    operator.check("sensor", "revoke", "th-1", "one")
    for arguments in (("sensor", "add", "th-1", "two"), ("sensor", "key", "add", "th-1", "one")):
        assert "th-1/one" in operator.refused(FAILURE, *arguments, "--public-key", used)


def test_a_sensor_changes_its_key(operator):
    operator.add_site()
    old, new = key(), key()
    operator.check("sensor", "add", "th-1", "edge", "--public-key", old)
    operator.check("sensor", "key", "add", "th-1", "edge", "--public-key", new)
    assert "1 good key left" in operator.check("sensor", "revoke", "th-1", "edge", "--public-key", old)
    sensor, = operator.json("sensor", "list", "--site", "th-1")["sensors"]
    assert (sensor["site"], sensor["sensor"], sensor["state"]) == ("th-1", "edge", "active")
    assert [(k["public_key"], k["revoked_at"] is None) for k in sensor["keys"]] == [(old, False), (new, True)]
    assert "already" in operator.check("sensor", "revoke", "th-1", "edge", "--public-key", old)
    assert new in operator.refused(FAILURE, "sensor", "revoke", "th-1", "edge", "--public-key", key())
    assert "no good key" in operator.check("sensor", "revoke", "th-1", "edge", "--public-key", new)


def test_a_revoked_sensor_is_retired_until_it_gets_a_key(operator):
    operator.add_site()
    operator.check("sensor", "add", "th-1", "edge", "--public-key", key())
    assert "edge" in operator.refused(FAILURE, "sensor", "revoke", "th-1", "none")
    assert "retired" in operator.check("sensor", "revoke", "th-1", "edge")
    assert "already" in operator.check("sensor", "revoke", "th-1", "edge")
    assert operator.json("sensor", "list")["sensors"][0]["state"] == "retired"
    status = operator.json("status")
    assert status["sensors"] == [] and [use["what"] for use in status["storage"]] == ["flow", "rollup"]
    assert operator.json("site", "show", "th-1")["sensors"] == []
    assert "active again" in operator.check("sensor", "key", "add", "th-1", "edge", "--public-key", key())
    assert operator.json("site", "show", "th-1")["sensors"] == ["edge"]


@pytest.mark.parametrize("content, word", [("", "64"), ("x" * 64, "64"), ("ab" * 33, "64"), (None, "No such file")])
def test_a_key_file_that_holds_none_is_told(operator, folder, content, word):
    operator.add_site()
    file = folder / "k"
    if content is not None:
        file.write_text(content)
        file.chmod(0o600)
    assert word in operator.refused(DATA, "sensor", "add", "th-1", "edge", "--public-key-file", file)
    done = run("darkscope", "keys", "show", file)
    assert done.returncode == DATA and word in done.stderr


def test_a_secret_key_that_others_can_read_is_not_used(folder):
    check("darkscope", "keys", "new", "--key-file", folder / "k")
    (folder / "k").chmod(0o644)
    done = run("darkscope", "keys", "show", folder / "k")
    assert done.returncode == DATA and "chmod 600" in done.stderr


# Status.

def deliver(operator, sensor, epoch, commit_age, window_age, conflicts=0):
    """What a collector would have stored of a sensor, told by ages in seconds."""
    operator.database.rows(
        """
        INSERT INTO raw.stream (sensor, epoch, is_import, last_committed_at, last_window_end, last_window_seconds,
            committed, conflicts)
        SELECT s.id, %s::uuid, false, now() - %s * interval '1 s', now() - %s * interval '1 s', 60, '{[1,5)}', %s
        FROM meta.sensor s WHERE s.name = %s
        """, epoch, commit_age, window_age, conflicts, sensor)


def test_status_tells_ok_late_and_silent(operator):
    operator.add_site()
    for name in ("fresh", "slow", "dead", "new"):
        operator.check("sensor", "add", "th-1", name, "--public-key", key())
    deliver(operator, "fresh", str(uuid.uuid4()), 5, 30, conflicts=3)
    deliver(operator, "slow", str(uuid.uuid4()), 5, 7260)
    deliver(operator, "dead", str(uuid.uuid4()), 300000, 300060)
    sensors = {sensor["sensor"]: sensor for sensor in operator.json("status")["sensors"]}
    assert list(sensors) == ["dead", "fresh", "new", "slow"]
    assert {name: sensor["state"] for name, sensor in sensors.items()} == {
        "fresh": "ok", "slow": "late", "dead": "silent", "new": "silent"}
    assert 30 <= sensors["fresh"]["lag_seconds"] < 90 and re.fullmatch(TIME, sensors["fresh"]["last_commit"])
    assert sensors["new"] == {
        "site": "th-1", "sensor": "new", "state": "silent", "last_commit": None, "lag_seconds": None, "dropped_24h": 0,
        "gaps_24h": 0, "gap_packets_24h": None, "conflicts": 0, "keys": 1}
    assert sensors["fresh"]["conflicts"] == 3
    lines = operator.check("status").splitlines()
    assert lines[0].split() == [
        "SITE", "SENSOR", "STATE", "LAST", "COMMIT", "LAG", "DROPS", "GAPS", "LOST", "KEYS", "CONFLICTS"]
    assert lines[3].split() == ["th-1", "new", "silent", "-", "-", "0", "0", "-", "1", "0"]
    assert re.search(r" 3d11h ", lines[1]) and re.search(r" 2h01m ", lines[4])
    # Numbers end below the ends of their titles.
    assert {line.rstrip()[:lines[0].index("LAG") + 3][-1] for line in lines[1:3]} <= set("smh")


def test_status_check_speaks_by_its_exit_code(operator):
    def check_code():
        return operator.run("status", "--check").returncode

    assert check_code() == 1
    operator.add_site()
    operator.check("sensor", "add", "th-1", "edge", "--public-key", key())
    assert check_code() == 1 and operator.run("status").returncode == 0
    deliver(operator, "edge", str(uuid.uuid4()), 5, 30)
    assert check_code() == 0
    operator.check("sensor", "add", "th-1", "second", "--public-key", key())
    done = operator.run("status", "--check", "--json")
    assert done.returncode == 1 and len(json.loads(done.stdout)["sensors"]) == 2


def test_a_query_without_rows_is_an_empty_document_and_a_hint(operator):
    for arguments, name in ((["site", "list"], "sites"), (["sensor", "list"], "sensors"), (["keys"], "keys"),
                            (["status"], "sensors")):
        assert operator.json(*arguments)[name] == []
        done = operator.run(*arguments)
        assert (done.returncode, done.stdout) == (0, "") and "Register" in done.stderr
