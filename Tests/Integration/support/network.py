"""A network of the test's own: a namespace with a pair of linked interfaces, and a sender of raw frames in it."""
import json
import os
import pathlib
import subprocess
import sys
import uuid

from .requirements import need, need_root, need_tools

SENDER = pathlib.Path(__file__).with_name("send_frames.py")


def _ip(*arguments):
    return subprocess.run(["ip", *arguments], capture_output=True, text=True, timeout=20)


class Namespace:
    """Frames sent on `near` arrive on `far`."""

    near, far = "near0", "far0"

    def __init__(self):
        need_root()
        need_tools("ip")
        self.name = f"darkscope-{os.getpid()}-{uuid.uuid4().hex[:6]}"
        made = _ip("netns", "add", self.name)
        need(made.returncode == 0, f"cannot make a network namespace: {made.stderr.strip()}")
        self.prefix = ("ip", "netns", "exec", self.name)
        # No neighbour discovery: only what a test sends is on the wire.
        for scope in ("all", "default"):
            self.execute("sh", "-c", f"echo 1 >/proc/sys/net/ipv6/conf/{scope}/disable_ipv6")
        self.link("set", "lo", "up")
        self.connect()

    def connect(self):
        """Makes the pair; both ends are up."""
        self.link("add", self.near, "type", "veth", "peer", "name", self.far)
        for end in (self.near, self.far):
            self.link("set", end, "mtu", "9000", "arp", "off", "up")

    def link(self, *arguments):
        done = _ip("-n", self.name, "link", *arguments)
        assert done.returncode == 0, done.stderr

    def execute(self, *command):
        subprocess.run([*self.prefix, *command], check=True, timeout=60, capture_output=True)

    def send(self, file, per_second=5000):
        """Sends the frames of a pcap file on `near`; returns when all are sent."""
        self.execute(sys.executable, str(SENDER), self.near, str(file), str(per_second))

    def received(self):
        """Frames that `far` has taken since it was made."""
        shown = _ip("-n", self.name, "-s", "-j", "link", "show", self.far)
        return json.loads(shown.stdout)[0]["stats64"]["rx"]["packets"]

    def close(self):
        _ip("netns", "del", self.name)
