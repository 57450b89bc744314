"""The programs under test, as an operator meets them: started with arguments, read by output and exit code."""
import os
import pathlib
import signal
import subprocess

from .waiting import until

ROOT = pathlib.Path(__file__).resolve().parents[3]


def folder():
    """Where the programs are: DARKSCOPE_BIN, or what `swift build` made last."""
    return pathlib.Path(os.environ.get("DARKSCOPE_BIN") or ROOT / ".build" / "debug")


def path(name):
    return str(folder() / name)


def environment(**more):
    """Ours without what would configure the programs."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DARKSCOPE_", "PG", "NOTIFY_", "JOURNAL_"))}
    return {**kept, "SWIFT_BACKTRACE": "enable=no", **more}


def run(name, *arguments, timeout=60, prefix=(), **more):
    """Runs a program to its end: CompletedProcess with text in stdout and stderr."""
    command = [*prefix, path(name), *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, errors="replace", timeout=timeout, stdin=subprocess.DEVNULL,
        env=environment(**more))


def check(name, *arguments, **more):
    """Runs a program that must succeed; its standard output."""
    done = run(name, *arguments, **more)
    assert done.returncode == 0, f"{name} {' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stderr}"
    return done.stdout


class Process:
    """A program that goes on running; `program` is another file of it. What it says on standard error is in `log()`."""

    def __init__(self, name, *arguments, log, prefix=(), program=None, stdin=subprocess.DEVNULL, **more):
        self.name = name
        self.log_path = pathlib.Path(log)
        with open(self.log_path, "ab") as output:
            self._start = output.tell()
            self._process = subprocess.Popen(
                [*prefix, program or path(name), *map(str, arguments)], stdin=stdin, stdout=output, stderr=output,
                env=environment(**more))
        self.id = self._process.pid

    def log(self):
        with open(self.log_path, errors="replace") as file:
            file.seek(self._start)
            return file.read()

    @property
    def code(self):
        """None while it runs; negative when a signal ended it."""
        return self._process.poll()

    def is_alive(self):
        return self.code is None

    def wait(self, seconds=60):
        """Its exit code; it must end within that time."""
        until(lambda: self.code is not None, seconds, lambda: f"the end of {self.name}\n{self.log()[-4000:]}")
        return self.code

    def signal(self, number):
        if self.is_alive():
            self._process.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self._process.wait()

    def stop(self, seconds=30):
        """Asks it to end; its exit code."""
        self.signal(signal.SIGTERM)
        return self.wait(seconds)

    def memory(self, field="VmRSS"):
        """Bytes of resident memory, now or (VmHWM) at most since the start."""
        for line in pathlib.Path(f"/proc/{self.id}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
        raise AssertionError(f"{self.name} has no {field}")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.id}/fd"))

    def threads(self):
        return len(os.listdir(f"/proc/{self.id}/task"))
