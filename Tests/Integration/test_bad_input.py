"""What an operator gets wrong is said in one line, with cause and remedy, and the exit code of sysexits.h."""
import getpass
import os
import re

import pytest

from support import wire
from support.programs import Process, check, run
from support.requirements import need_root, need_tools
from support.telescope import write_secret
from support.waiting import until

REMEDY = re.compile(r"[.;?] [A-Z]|, did you mean |expected |, such as |: set |: give ")
USAGE, DATA, NO_INPUT, UNAVAILABLE, NO_PRIVILEGE, CONFIGURATION = 64, 65, 66, 69, 77, 78


@pytest.fixture
def sensor(folder):
    """Writes a sensor's configuration and returns its path; a section's text may be replaced."""
    secret, _ = wire.new_key()
    write_secret(folder / "sensor.key", secret)

    def write(**sections):
        sections = {
            "sensor": f'state_directory = "{folder}/state"\nsecret_key_file = "{folder}/sensor.key"\n'
                      f'user = "{getpass.getuser()}"',
            "uplink": f'collectors = ["127.0.0.1:9"]\nserver_key = "{wire.new_key()[1]}"',
            **sections,
        }
        file = folder / "sensor.toml"
        file.write_text("".join(f"[{name}]\n{text}\n" for name, text in sections.items()))
        return file
    return write


@pytest.fixture
def collector(folder):
    secret, _ = wire.new_key()
    write_secret(folder / "collector.key", secret)

    def write(connection="host=/nowhere dbname=darkscope", more=""):
        file = folder / "collector.toml"
        file.write_text(
            f'[collector]\nlisten = "tcp://127.0.0.1:*"\nsecret_key_file = "{folder}/collector.key"\n{more}\n'
            f'[database]\nconnection = "{connection}"\n')
        return file
    return write


def refused(done, code, *words):
    """One line, beside the log's, that has the words, a cause and a remedy; and the code."""
    lines = [line for line in done.stderr.strip().splitlines() if not line.startswith("ts=")]
    assert done.returncode == code, done
    assert len(lines) == 1, done.stderr
    for word in words:
        assert re.search(word, lines[0]), (word, lines[0])
    assert REMEDY.search(lines[0]), f"no remedy: {lines[0]}"


@pytest.mark.parametrize("key, near", [("colectors", "collectors"), ("server_keys", "server_key")])
def test_an_unknown_key_is_named_with_the_nearest_known_one(sensor, key, near):
    file = sensor(uplink=f'collectors = ["127.0.0.1:9"]\nserver_key = "{"a" * 64}"\n{key} = "x"')
    line = 1 + file.read_text().splitlines().index(f'{key} = "x"')
    for option in ("run", "--check-config"):
        arguments = ["run", "--config", file] if option == "run" else ["run", "--config", file, "--check-config"]
        refused(run("darkscope-sensor", *arguments), CONFIGURATION, re.escape(f"{file}:{line}"), key, rf"\b{near}\b")


def test_an_unknown_key_of_the_collector_too(collector):
    refused(run("darkscope-collector", "run", "--config", collector(more="decoder = 2")), CONFIGURATION,
            "decoder", r"\bdecoders\b")


def test_toml_that_is_none_is_placed(sensor):
    file = sensor()
    file.write_text(file.read_text() + "[capture\n")
    refused(run("darkscope-sensor", "run", "--config", file), CONFIGURATION, re.escape(str(file)) + r":\d+")


def test_a_value_out_of_range_is_told_with_its_range(sensor, folder):
    for section, text, words in (
        ("capture", "snapshot_length = 3", ["snapshot_length"]),
        ("sensor", f'state_directory = "{folder}/state"\nsecret_key_file = "{folder}/sensor.key"\nwindow = "7s"',
         ["window"]),
        ("spool", 'maximum_size = "lots"', ["maximum_size"]),
        ("capture", 'prefixes = ["198.18.0.0/33"]', ["198.18.0.0/33"]),
    ):
        refused(run("darkscope-sensor", "run", "--config", sensor(**{section: text})), CONFIGURATION, *words)


def test_a_missing_configuration_is_told(folder):
    for program in ("darkscope-sensor", "darkscope-collector"):
        refused(run(program, "run", "--config", folder / "none.toml"), CONFIGURATION, "none.toml")


def test_a_good_configuration_is_accepted_and_printed(sensor, collector):
    for program, file in (("darkscope-sensor", sensor(capture='interface = "lo"')), ("darkscope-collector", collector())):
        check(program, "run", "--config", file, "--check-config")
        printed = check(program, "run", "--config", file, "--print-config")
        again = file.with_name("again.toml")
        again.write_text(printed)
        assert check(program, "run", "--config", again, "--print-config") == printed


def test_a_file_that_is_not_there_or_no_capture(sensor, folder):
    file = sensor()
    refused(run("darkscope-sensor", "run", "--config", file, "--read", folder / "none.pcap"), NO_INPUT, "none.pcap")
    (folder / "text.pcap").write_text("this is no capture file, whatever its name says")
    refused(run("darkscope-sensor", "run", "--config", file, "--read", folder / "text.pcap"), DATA, "text.pcap")


def test_an_interface_that_is_not_there(sensor):
    need_root()
    refused(run("darkscope-sensor", "run", "--config", sensor(), "--interface", "nowhere0"), UNAVAILABLE, "nowhere0")


def test_capture_without_privilege(sensor, folder):
    need_root()
    need_tools("setpriv")
    file = sensor()
    for path in folder.rglob("*"):
        os.chown(path, 65534, 65534)
    os.chown(folder, 65534, 65534)
    done = run("darkscope-sensor", "run", "--config", file, "--interface", "lo",
               prefix=["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])
    refused(done, NO_PRIVILEGE, "lo", "cap_net_raw")


def test_a_key_that_others_can_read(sensor, folder):
    file = sensor()
    (folder / "sensor.key").chmod(0o644)
    refused(run("darkscope-sensor", "run", "--config", file), CONFIGURATION, "sensor.key", "chmod 600")


def test_a_key_that_is_none(sensor, collector, folder):
    file = sensor()
    write_secret(folder / "sensor.key", "abc")
    refused(run("darkscope-sensor", "run", "--config", file), CONFIGURATION, "sensor.key")
    file = collector()
    (folder / "collector.key").unlink()
    refused(run("darkscope-collector", "run", "--config", file), CONFIGURATION, "collector.key")


def test_a_database_that_cannot_be_reached(collector):
    refused(run("darkscope-collector", "migrate", "--config", collector()), UNAVAILABLE, "/nowhere")
    refused(run("darkscope", "status", "--config", collector()), UNAVAILABLE, "/nowhere")


def test_a_collector_waits_for_its_database(collector, folder):
    """It says so in one line, and ends when it is told to."""
    process = Process("darkscope-collector", "run", "--config", collector(), log=folder / "collector.log")
    try:
        lines = until(lambda: [line for line in process.log().splitlines() if "/nowhere" in line], 20, "a warning")
        assert len(lines) == 1 and "level=warning" in lines[0]
        assert process.is_alive()
        assert process.stop(10) == 0
    finally:
        process.kill()


def test_an_address_that_is_taken(telescope):
    telescope.start_collector()
    done = run("darkscope-collector", "run", "--config", telescope.config)
    refused(done, UNAVAILABLE, str(telescope.port))


def test_wrong_arguments(sensor):
    for program, *arguments in (
        ("darkscope-sensor", "run", "--frobnicate"), ("darkscope-collector", "dance"), ("darkscope", "dance"),
        ("darkscope", "generate", "--output", "/tmp/x.pcap", "--span", "0"),
    ):
        done = run(program, *arguments)
        assert done.returncode == USAGE, done
        assert "Error:" in done.stderr and "Usage:" in done.stderr


def test_two_sensors_cannot_have_one_spool(telescope):
    """The second is told, and the first is unharmed."""
    telescope.add_site("site")
    sensor = telescope.add_sensor("site", "edge")
    need_root()
    first = sensor.start("--interface", "lo")
    until(lambda: (sensor.state / "spool").exists() and any((sensor.state / "spool").iterdir()), 20, "a spool")
    done = run("darkscope-sensor", "run", "--config", sensor.config, "--interface", "lo")
    assert done.returncode != 0 and str(sensor.state) in done.stderr, done
    assert first.is_alive()


def test_versions_are_told():
    for program in ("darkscope", "darkscope-sensor", "darkscope-collector"):
        assert re.match(r"\d+\.\d+\.\d+", check(program, "--version"))
