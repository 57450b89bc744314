"""The database's rows: batches through the collector, and the limit, raw COPY of the very same rows."""

import os
import subprocess
import sys
import time

from measure import cpu_ticks

NAME = "darkscope_bench"


class Session:
    """psql at the other end of a pipe."""

    def __init__(self, conninfo):
        self.process = subprocess.Popen(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", conninfo], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.backend = int(self.ask("SELECT pg_backend_pid()"))

    def ask(self, command):
        mark = f"-- {time.monotonic_ns()}"
        end = "" if command.startswith("\\") else ";"
        self.process.stdin.write(f"{command}{end}\n\\echo '{mark}'\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line.strip() == mark:
                return "\n".join(lines).strip()
            lines.append(line.rstrip("\n"))
        raise RuntimeError(f"psql ended at: {command}")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


# A /16 at 5,000 packets a second, each minute of other sources.
PACKETS_A_MINUTE, MINUTES, SENSORS = 300_000, 8, 4


def measure(conninfo, benchmark, directory, runs):
    """What the collector's parts reach and, in the same database, raw COPY of what they stored: [(name, rows, wall
    seconds, seconds of the backend's CPU, bytes on disk, seconds of the program's CPU)]. Each run has every way once, in
    an empty database."""
    results = []
    for _ in range(runs):
        for way in ("store", "rollup", "rollup-enriched", "sources", "events", "deliver", "deliver-rollups",
                    "deliver-enriched"):
            admin = Session(conninfo)
            admin.ask(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
            admin.ask(f"CREATE DATABASE {NAME}")
            inner = f"{conninfo} dbname={NAME}"
            words = [benchmark, way, inner, str(PACKETS_A_MINUTE), str(MINUTES), str(SENSORS)]
            told = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout
            found = dict(word.split("=") for word in told.split())
            results.append((way, int(found["rows"]), float(found["wall"]), float(found["backend"]), 0,
                            float(found["client"])))
            if way == "deliver":
                results.append(("copy", int(found["rows"]), *copy(inner, directory), 0))
            admin.ask(f"DROP DATABASE {NAME} WITH (FORCE)")
            admin.close()
            print(f"database  {way}: {results[-1][2]:.2f} s", file=sys.stderr)
    return results


def copy(conninfo, directory):
    """Raw COPY by psql of all rows of raw.flow into a table like it: wall seconds, backend's seconds, bytes on disk."""
    session = Session(conninfo)
    data = os.path.join(directory, "flow.copy")
    session.ask(f"\\copy (SELECT * FROM raw.flow) TO '{data}' (FORMAT binary)")
    session.ask("CREATE TABLE raw.copied (LIKE raw.flow INCLUDING ALL)")
    session.ask("CHECKPOINT")
    ticks, start = cpu_ticks(session.backend), time.monotonic()
    session.ask(f"\\copy raw.copied FROM '{data}' (FORMAT binary)")
    wall = time.monotonic() - start
    backend = (cpu_ticks(session.backend) - ticks) / os.sysconf("SC_CLK_TCK")
    size = int(session.ask("SELECT pg_total_relation_size('raw.copied')"))
    session.close()
    os.unlink(data)
    return wall, backend, size
