"""The sender of Tests/Benchmarks: frames of a pcap file over and over, at a rate or as fast as the machine can."""
import functools
import json
import pathlib
import shutil
import subprocess
import tempfile

from .requirements import need

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "Benchmarks" / "Sender" / "sender.c"


@functools.cache
def program():
    """Compiled once a run, into a directory that is removed at its end."""
    compiler = shutil.which("cc") or shutil.which("clang")
    need(compiler, "needs a C compiler")
    program.folder = tempfile.TemporaryDirectory(prefix="darkscope-sender-")
    path = pathlib.Path(program.folder.name) / "sender"
    subprocess.run([compiler, "-O2", "-o", path, SOURCE], check=True)
    return str(path)


def command(interface, file, per_second, seconds, spoof=False):
    """A rate of 0 is no limit; `spoof` gives every IPv4 frame another source."""
    return [program(), interface, str(file), str(per_second), str(seconds), *(["spoof"] if spoof else [])]


def run(prefix, *arguments, **more):
    """Sends, and how many frames were sent in how many seconds."""
    done = subprocess.run([*prefix, *command(*arguments, **more)], check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    return found["sent"], found["seconds"]
