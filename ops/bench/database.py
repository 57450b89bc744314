"""The database's rows: batches through the collector's store, and the limit, raw COPY of the very same rows."""

import os
import subprocess
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


def measure(conninfo, store, capture, directory, runs):
    """Rows per second of wall and of the backend's CPU: [(name, rows, wall seconds, backend seconds)]."""
    results = []
    for _ in range(runs):
        admin = Session(conninfo)
        admin.ask(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        admin.ask(f"CREATE DATABASE {NAME}")
        inner = f"{conninfo} dbname={NAME}"
        stored = subprocess.run([store, inner, capture], check=True, stdout=subprocess.PIPE, text=True).stdout
        words = dict(word.split("=") for word in stored.split())
        rows = int(words["rows"])
        results.append(("store", rows, float(words["wall"]), float(words["backend"])))
        session = Session(inner)
        data = os.path.join(directory, "flow.copy")
        session.ask(f"\\copy (SELECT * FROM raw.flow) TO '{data}' (FORMAT binary)")
        session.ask("CREATE TABLE raw.copied (LIKE raw.flow INCLUDING ALL)")
        session.ask("CHECKPOINT")
        ticks, start = cpu_ticks(session.backend), time.monotonic()
        session.ask(f"\\copy raw.copied FROM '{data}' (FORMAT binary)")
        wall = time.monotonic() - start
        backend = (cpu_ticks(session.backend) - ticks) / os.sysconf("SC_CLK_TCK")
        results.append(("copy", rows, wall, backend))
        size = int(session.ask("SELECT pg_total_relation_size('raw.copied')"))
        results.append(("size", rows, size, 0.0))
        session.close()
        os.unlink(data)
        admin.ask(f"DROP DATABASE {NAME} WITH (FORCE)")
        admin.close()
    return results
