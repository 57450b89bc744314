"""RESULTS.md from what was measured."""

import datetime
import os
import platform
import resource
import shutil
import statistics
import subprocess

import database
import programs
import whole

RECORDS = "file → libpcap → full records"
# Not in Debian; 0.59 M packets per CPU second where nfpcapd made 0.32 on the same file and machine.
CORSARO_OVER_NFPCAPD = 0.59 / 0.32


def first_line(command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20)
        return next((line.strip() for line in done.stdout.splitlines() if line.strip()), "")
    except (OSError, subprocess.TimeoutExpired):
        return ""


def machine(root):
    """What it was measured on, as (what, value) pairs."""
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        models = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    compilers = [first_line([name, "--version"]) for name in ("swift", shutil.which("clang") or "cc")]
    versions = []
    if shutil.which("dpkg-query"):
        for package in [*programs.PEER_PACKAGES, "libpcap0.8", "libzstd1", "postgresql"]:
            done = subprocess.run(
                ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package} ${Version}", package],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            status, _, name = done.stdout.partition(" ")
            if status == "installed":
                versions.append(name)
    return [
        ("date", datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")),
        ("source", first_line(["git", "-C", root, "describe", "--always", "--dirty"])),
        ("processor", f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores"),
        ("kernel", platform.release()),
        ("compilers", "; ".join(compilers)),
        ("packages", ", ".join(versions)),
    ]


def median(runs):
    return statistics.median(run.seconds for run in runs)


def cpu(seconds):
    return f"{seconds:.3f}" if seconds < 1 else f"{seconds:.2f}"


def thousands(number):
    return f"{number:,}" if number is not None else ""


def file_table(frames, runs):
    """The table of one input, fastest first within each kind."""
    ours = next(median(done) for row, done in runs.items() if row.name == RECORDS)
    lines = [
        "| | program | M packets / CPU s | CPU s: median (least–most) | ours is × faster | peak RSS MB | records "
        "| bytes out |",
        "|---|---|---|---|---|---|---|---|",
    ]
    kinds = {"ours": "ours", "part": "", "limit": "limit", "peer": "peer"}
    for row, done in sorted(runs.items(), key=lambda item: (list(kinds).index(item[0].kind), median(item[1]))):
        times = [run.seconds for run in done]
        middle = median(done)
        last = done[-1]
        failed = "" if last.status in (0, None) else f" (status {last.status})"
        lines.append(
            f"| {kinds[row.kind]} | {row.name}{failed} | {frames / middle / 1e6:.2f} "
            f"| {cpu(middle)} ({cpu(min(times))}–{cpu(max(times))}) | {middle / ours:.2f} "
            f"| {max(run.rss_mib for run in done):.0f} | {thousands(last.records)} | {thousands(last.output_bytes)} |")
    return lines


def ratio_table(tables):
    """The targets, each with what was reached on each input."""

    def seconds(runs, prefix):
        found = [median(done) for row, done in runs.items() if row.name.startswith(prefix)]
        return min(found) if found else None

    def against(prefix, factor=1.0):
        def cell(frames, runs):
            other = seconds(runs, prefix)
            return f"{other / factor / seconds(runs, RECORDS):.2f} ×" if other else "not installed or not run"

        return cell

    def against_ours(prefix):
        def cell(frames, runs):
            other = seconds(runs, prefix)
            return f"{seconds(runs, RECORDS) / other:.2f} ×" if other else "not run: no --postgres"

        return cell

    def without_reading(frames, runs):
        whole = seconds(runs, RECORDS)
        return f"{whole / (whole - seconds(runs, 'of it: reading the file alone')):.2f} × at best"

    targets = [
        ("≥ 6 M packets per CPU second", lambda frames, runs: f"{frames / seconds(runs, RECORDS) / 1e6:.2f} M/s"),
        ("≥ 0.9 × plain C doing the same work on libpcap", against("C on libpcap, all")),
        ("≥ 0.85 × that with spool, encoding, sending and acknowledgement", against_ours(whole.NAME)),
        ("the same, encoding alone", against_ours("the same, encoded as batches")),
        ("≥ 18 × nfpcapd", against("nfpcapd")), ("≥ 18 × softflowd", against("softflowd")),
        ("≥ 25 × pmacctd", against("pmacctd")), ("beside argus", against("argus")),
        ("≥ 10 × corsaro3 (inferred: 1.84 × nfpcapd)", against("nfpcapd", CORSARO_OVER_NFPCAPD)),
        ("a reader of our own instead of libpcap, worth it from 1.5 ×: if reading cost nothing", without_reading),
    ]
    sizes = list(tables)
    lines = ["| target | " + " | ".join(f"{size} M packets" for size in sizes) + " |", "|---" * (len(sizes) + 1) + "|"]
    for name, cell in targets:
        lines.append(f"| {name} | " + " | ".join(cell(size * 1_000_000, tables[size]) for size in sizes) + " |")
    return lines


def micro_table(parts, thresholds):
    lines = [
        "| part | ns: median (least–most) | M/s | bytes | allocations in a round of | are | at most |",
        "|---|---|---|---|---|---|---|",
    ]
    for part in parts:
        lines.append(
            f"| {part['name']} | {part['ns']:.0f} ({part['least']:.0f}–{part['most']:.0f}) a {part['unit']} "
            f"| {1000 / part['ns']:.1f} | {part.get('bytes', '')} | {part['elements']:,} {part['unit']}s "
            f"| {part['allocations']:,} | {thresholds.get(part['name'], '')} |")
    return lines


def breaches(parts, thresholds):
    """One line for every allocation count over its threshold, and for every part that has none."""
    lines = []
    for part in parts:
        allowed = thresholds.get(part["name"])
        if allowed is None:
            lines.append(f"{part['name']}: no threshold in thresholds.json")
        elif part["allocations"] > allowed:
            lines.append(f"{part['name']}: {part['allocations']} allocations, at most {allowed} are allowed")
    return lines


def database_table(stored):
    def middle(name, field):
        return statistics.median(result[field] for result in stored if result[0] == name)

    def rate(name):
        return statistics.median(result[1] / result[2] for result in stored if result[0] == name)

    def cost(name):
        return (middle(name, 3) + middle(name, 5)) / middle(name, 1) * 1e6

    rows = middle("copy", 1)
    lines = [
        "| way into PostgreSQL | rows/s, wall | backend µs a row | bytes on disk a row |", "|---|---|---|---|",
        f"| limit: raw COPY of the same rows by psql, one connection | {rate('copy'):,.0f} "
        f"| {middle('copy', 3) / rows * 1e6:.2f} | {middle('copy', 4) / rows:.1f} |",
        f"| decode, ledger, streams and COPY by the collector's store, one connection | {rate('store'):,.0f} "
        f"| {middle('store', 3) / middle('store', 1) * 1e6:.2f} |  |",
        f"| the whole collector, {database.SENSORS} sensors over CURVE and TCP until all is acknowledged, two workers "
        f"| {rate('deliver'):,.0f} |  |  |", "",
        "| target | reached |", "|---|---|",
        f"| ≥ 0.8 × raw COPY of the same layout | {rate('deliver') / rate('copy'):.2f} × |",
        f"| ≥ 1 M rows/s | {rate('deliver') / 1e6:.2f} M |",
        f"| ≤ 22 bytes on disk a record | {middle('copy', 4) / rows:.1f} |",
        f"| rollups of ports and coverage ≤ what storing takes | {cost('rollup') / cost('store'):.2f} × |",
        f"| the same with 600,000 ranges of origins and 20,000 scanners | {cost('rollup-enriched') / cost('store'):.2f} × |",
        "| ingest beside the workers that make rollups and events ≥ 0.5 × without "
        f"| {rate('deliver-rollups') / rate('deliver'):.2f} × |",
        f"| the same with origins and scanners | {rate('deliver-enriched') / rate('deliver'):.2f} × |", "",
        "| CPU of backend and program | µs a record |", "|---|---|",
        f"| decode and store | {cost('store'):.2f} |",
        f"| rollups of ports and coverage, by 5 minutes, hour and day, from what was stored | {cost('rollup'):.2f} |",
        f"| the same with 600,000 ranges of origins and 20,000 scanners | {cost('rollup-enriched'):.2f} |",
        f"| sources and signatures of the day | {cost('sources'):.2f} |",
        f"| scans and attacks of the only site and of all sites, which read each record twice | {cost('events'):.2f} |"]
    return lines


def render(options, tables, parts, thresholds, stored, about):
    harness = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = [
        "# Measured", "",
        "Written by `ops/bench/run`; run it to get yours. Input: generated background radiation of a /16 at 5,000 packets",
        "a second. Times are CPU seconds, user and system, of all processes of a program, pinned to one core, by",
        f"wait4(2); medians of {options.runs} runs in turn. Peak RSS is that of the largest process, and",
        f"{harness:.0f} MB, what the harness itself had, where it was less. Ratios count; absolute figures depend on the",
        "machine.", "",
    ]
    lines += [f"- {what}: {value}" for what, value in about if value]
    lines += ["", "## Targets", "", *ratio_table(tables)]
    for millions, runs in tables.items():
        lines += ["", f"## {millions} M packets", "", *file_table(millions * 1_000_000, runs)]
    lines += [
        "", "*C on libpcap, all of the sensor's work*: `Tests/Benchmarks/Limits`, the plain way: packet by packet, a",
        "table with linear probing, qsort at a window's end. The sensor's records also go through the destination",
        "permutation.", "",
        "## Parts", "", "The first 262,144 packets, in memory, in one window. Allocations are calls of malloc and its",
        "kin in the last of seven rounds; `thresholds.json` has the most that are allowed. The spool is in memory: what is",
        "measured is its own work, not the disk's.", "",
        *micro_table(parts, thresholds)]
    if stored:
        lines += ["", "## Database", "", *database_table(stored)]
    return "\n".join(lines) + "\n"
