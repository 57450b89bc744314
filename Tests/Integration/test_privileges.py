"""A live sensor keeps no right that it does not need, and captures all the same."""
import os
import pathlib
import pwd
import re
import shutil
import subprocess

import pytest

from support import captures
from support.network import Namespace
from support.programs import ROOT, path
from support.requirements import need, need_root, need_tools
from support.telescope import Telescope, generate
from support.waiting import until

BLOCK = "198.18.0.0/24"
# An account that every Debian has and nobody uses, instead of one made for the test.
USER = "nobody"
NET_RAW = 1 << 13


@pytest.fixture
def network():
    made = Namespace()
    yield made
    made.close()


@pytest.fixture
def scene(request, network, folder, database):
    """A telescope inside the network; its sensor's state directory and key are the user's own."""
    user = pwd.getpwnam(USER)
    telescope = Telescope(folder, database, prefix=network.prefix)
    telescope.start_collector()
    telescope.add_site("live", BLOCK)
    sensor = telescope.add_sensor(
        "live", "edge", sensor={"window": "10s", "user": USER}, capture={"interface": network.far, "prefixes": [BLOCK]})
    sensor.state.mkdir(mode=0o700)
    for item in sensor.folder, sensor.state, sensor.folder / "sensor.key":
        os.chown(item, user.pw_uid, user.pw_gid)
    yield telescope, sensor, user
    telescope.close()
    report = getattr(request.node, "report_call", None)
    if report is not None and report.failed:
        print(telescope.logs())


def threads(process):
    """What the kernel says of each thread: {name: {field: text}}."""
    found = {}
    for task in pathlib.Path(f"/proc/{process.id}/task").iterdir():
        fields = dict(re.findall(r"^(\w+):[ \t]*(.*)$", (task / "status").read_text(), re.MULTILINE))
        found[int(task.name)] = fields
    return found


def wait_until_capturing(process):
    until(lambda: "msg=capturing" in process.log() or not process.is_alive(), 30,
          lambda: f"a capture\n{process.log()[-2000:]}")
    assert process.is_alive(), process.log()
    # The threads exist and have given up what they must.
    until(lambda: {"spool", "uplink", "signals"} <= {fields["Name"] for fields in threads(process).values()}, 10,
          "the sensor's threads")


def assert_confined(process, user):
    for thread, fields in threads(process).items():
        assert fields["Uid"].split() == [str(user.pw_uid)] * 4
        assert fields["Gid"].split() == [str(user.pw_gid)] * 4
        assert fields["Groups"].split() == []
        # Only the thread that captures may open an interface again, and no one may at the moment.
        assert int(fields["CapPrm"], 16) == (NET_RAW if thread == process.id else 0), fields["Name"]
        for empty in "CapEff", "CapInh", "CapAmb":
            assert int(fields[empty], 16) == 0, (fields["Name"], empty)
        assert fields["NoNewPrivs"] == "1"


def test_root_becomes_the_user_and_captures_when_the_interface_is_made_again(scene, network, folder):
    telescope, sensor, user = scene
    process = sensor.start()
    wait_until_capturing(process)
    assert_confined(process, user)
    assert all(int(fields["CapBnd"], 16) == 0 for fields in threads(process).values())

    network.link("del", network.far)
    until(lambda: "interface" in process.log() and "level=warning" in process.log(), 30, "the loss is told")
    network.connect()
    until(lambda: "far0 is up" in process.log(), 30, lambda: f"a capture again\n{process.log()[-2000:]}")
    assert_confined(process, user)
    (file, _), = generate(folder, 500, {"live": BLOCK}).values()
    network.send(file)
    assert process.stop() == 0
    assert telescope.packets() == len(list(captures.into_block(file, BLOCK)))
    assert {file.stat().st_uid for file in sensor.state.rglob("*")} == {user.pw_uid}


def test_an_ordinary_user_with_the_file_capability_captures(scene, network, folder):
    telescope, sensor, user = scene
    need_tools("setcap", "setpriv")
    program = folder / "darkscope-sensor"
    shutil.copy(path("darkscope-sensor"), program)
    done = subprocess.run(["setcap", "cap_net_raw+ep", program], capture_output=True, text=True)
    need(done.returncode == 0, f"the file system takes no capabilities: {done.stderr}")
    process = sensor.start(program=program, through=["setpriv", f"--reuid={USER}", f"--regid={user.pw_gid}", "--clear-groups"])
    wait_until_capturing(process)
    assert_confined(process, user)
    assert process.stop() == 0


def test_an_ordinary_user_with_an_ambient_capability_captures(scene, network):
    """As systemd's AmbientCapabilities= starts it."""
    telescope, sensor, user = scene
    need_tools("setpriv")
    process = sensor.start(through=[
        "setpriv", f"--reuid={USER}", f"--regid={user.pw_gid}", "--clear-groups", "--inh-caps=+net_raw",
        "--ambient-caps=+net_raw", "--bounding-set=-all,+net_raw", "--no-new-privs"])
    wait_until_capturing(process)
    assert_confined(process, user)
    assert process.stop() == 0


def test_a_state_directory_of_someone_else_is_told(scene):
    telescope, sensor, user = scene
    os.chown(sensor.state, 1, 1)
    process = sensor.start()
    assert process.wait(30) == 73
    assert re.search(rf"{sensor.state} belongs to daemon, and the sensor runs as {USER}\. Run: chown -R", process.log())


def test_a_user_that_is_none_is_told(scene):
    telescope, sensor, user = scene
    process = sensor.start("--user", "nobody-at-all")
    assert process.wait(30) == 78
    assert re.search(r"there is no account nobody-at-all\. Run: useradd", process.log())


def test_an_ordinary_user_becomes_no_other(scene):
    telescope, sensor, user = scene
    process = sensor.start("--user", "daemon", through=[
        "setpriv", f"--reuid={USER}", f"--regid={user.pw_gid}", "--clear-groups", "--inh-caps=+net_raw",
        "--ambient-caps=+net_raw"])
    assert process.wait(30) == 77
    assert re.search(rf"{USER} cannot become sensor.user, daemon\. Start", process.log())


def test_the_unit_is_one_that_systemd_takes(folder):
    need_tools("systemd-analyze")
    unit = (ROOT / "ops" / "systemd" / "darkscope-sensor.service").read_text()
    file = folder / "darkscope-sensor.service"
    file.write_text(unit.replace("/usr/bin/darkscope-sensor", path("darkscope-sensor")))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", file], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
