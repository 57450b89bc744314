"""A link between two network namespaces, and what captures on it: for ops/bench/live."""

import ctypes
import os
import pathlib
import socket
import subprocess

NEAR, FAR = "near0", "far0"
NICE = -20


def launch(core, place, command, **more):
    """Starts a program on one core, before all else that the machine does: by its nice value and, where sessions share the
    processor (sched(7), autogroup), by that of its own session."""
    process = subprocess.Popen(
        [*place, "nice", "-n", str(NICE), "taskset", "-c", str(core), *map(str, command)], stdin=subprocess.DEVNULL,
        start_new_session=True, **more)
    group = pathlib.Path(f"/proc/{process.pid}/autogroup")
    if group.exists():
        group.write_text(str(NICE))
    return process


class Link:
    """Two namespaces, a pair of interfaces between them: frames sent on NEAR in one arrive on FAR in the other."""

    def __init__(self):
        self.names = [f"darkscope-{end}-{os.getpid()}" for end in ("send", "take")]
        for name in self.names:
            subprocess.run(["ip", "netns", "add", name], check=True)
            for scope in ("all", "default"):
                self.execute(name, "sh", "-c", f"echo 1 >/proc/sys/net/ipv6/conf/{scope}/disable_ipv6")
            self.execute(name, "ip", "link", "set", "lo", "up")
        self.execute(self.names[0], "ip", "link", "add", NEAR, "type", "veth", "peer", "name", FAR, "netns", self.names[1])
        for name, end in zip(self.names, (NEAR, FAR)):
            self.execute(name, "ip", "link", "set", end, "mtu", "9000", "arp", "off", "up")
        self.sender = ("ip", "netns", "exec", self.names[0])
        self.receiver = ("ip", "netns", "exec", self.names[1])

    @staticmethod
    def execute(name, *command):
        subprocess.run(["ip", "netns", "exec", name, *command], check=True)

    def close(self):
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], check=False)


class Slice:
    """A share of one core that programs are held to: cgroups(7), the controller cpu of either version."""

    PERIOD = 10_000

    def __init__(self, share):
        quota = int(share * self.PERIOD)
        first = pathlib.Path("/sys/fs/cgroup/cpu")
        self.folder = (first if first.is_dir() else first.parent) / f"darkscope-live-{os.getpid()}"
        self.folder.mkdir()
        if first.is_dir():
            self.write({"cpu.cfs_period_us": self.PERIOD, "cpu.cfs_quota_us": quota, "cpu.shares": 262_144})
        else:
            (first.parent / "cgroup.subtree_control").write_text("+cpu")
            self.write({"cpu.max": f"{quota} {self.PERIOD}", "cpu.weight": 10_000})

    def write(self, values):
        for name, value in values.items():
            (self.folder / name).write_text(str(value))

    def hold(self, process):
        self.write({"cgroup.procs": process})

    def release(self, process):
        (self.folder.parent / "cgroup.procs").write_text(str(process))

    def close(self):
        self.folder.rmdir()


def packet_sockets(process):
    """Duplicates of the packet sockets of a process (pidfd_getfd(2))."""
    try:
        table = pathlib.Path(f"/proc/{process}/net/packet").read_text().splitlines()[1:]
        inodes = {f"socket:[{line.split()[8]}]" for line in table if line.split()[3] == "0003"}
        numbers = [int(name) for name in os.listdir(f"/proc/{process}/fd")
                   if os.readlink(f"/proc/{process}/fd/{name}") in inodes]
    except OSError:
        return []
    found = []
    for number in numbers:
        handle = os.pidfd_open(process)
        copy = ctypes.CDLL(None, use_errno=True).syscall(438, handle, number, 0)
        os.close(handle)
        if copy >= 0:
            found.append(socket.socket(fileno=copy))
    return found
