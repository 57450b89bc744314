"""CPU time of whole process trees by the kernel's account, on one core."""

import ctypes
import os
import signal
import subprocess
import threading
import time

PR_SET_CHILD_SUBREAPER = 36  # prctl(2)


# Children that are no part of what is measured: they run on, and their time is on nobody's account.
bystanders = set()


def become_reaper():
    """From now on orphans of our children become our children, so that their time is in what wait4 reports."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Run:
    """One run of a program: CPU seconds (user + system, every process), peak RSS of its largest process, output."""

    def __init__(self, seconds, rss_mib, status, output):
        self.seconds = seconds
        self.rss_mib = rss_mib
        self.status = status
        self.output = output


def children(parent):
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as file:
                    fields = file.read().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent:
                found.append(int(name))
    return found


def cpu_ticks(process):
    """User and system time of a process in clock ticks, its reaped children not counted."""
    with open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def tree(process):
    found = [process]
    for parent in found:
        found.extend(children(parent))
    return found


def interrupt_when_idle(process, quiet_seconds, limit_seconds):
    """For a program that does not end by itself: SIGINT once its tree has used no CPU for a while."""
    deadline = time.monotonic() + limit_seconds
    last, since = -1, time.monotonic()
    while time.monotonic() < deadline:
        time.sleep(0.2)
        try:
            ticks = sum(cpu_ticks(member) for member in tree(process))
        except (OSError, IndexError):
            return
        if ticks != last:
            last, since = ticks, time.monotonic()
        elif ticks > 0 and time.monotonic() - since > quiet_seconds:
            break
    try:
        os.kill(process, signal.SIGINT)
    except ProcessLookupError:
        pass


def run(arguments, core, directory, limit_seconds, needs_interrupt=False):
    """Runs a program to its end on one core. Whatever of its tree is left after `limit_seconds` is killed."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        with open(os.path.join(directory, "output"), "wb+") as output:
            process = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=directory)
            os.sched_setaffinity(0, before)
            if needs_interrupt:
                threading.Thread(
                    target=interrupt_when_idle, args=(process.pid, 3, limit_seconds), daemon=True).start()
            seconds, rss, status = reap(process, limit_seconds)
            output.seek(0)
            text = output.read().decode("utf-8", "replace")
    finally:
        os.sched_setaffinity(0, before)
    return Run(seconds, rss / 1024, status, text)


def reap(process, limit_seconds):
    deadline = time.monotonic() + limit_seconds
    seconds, rss, status = 0.0, 0, None
    while True:
        try:
            ended, code, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            break
        if ended == 0:
            is_late = time.monotonic() > deadline
            if status is not None or is_late:
                left = set(children(os.getpid())) - bystanders
                if not left:
                    break
                for member in [member for child in left if is_late for member in tree(child)]:
                    try:
                        os.kill(member, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
            time.sleep(0.01)
            continue
        seconds += usage.ru_utime + usage.ru_stime
        rss = max(rss, usage.ru_maxrss)
        if ended == process.pid:
            status = os.waitstatus_to_exitcode(code)
            process.returncode = status
    return seconds, rss, status
