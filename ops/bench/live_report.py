"""LIVE.md."""


def rate(run):
    return f"{run.rate:,.0f}" if run else "none"


def ratio(ours, other):
    return f"{ours.rate / other.rate:.2f}" if ours and other else ""


def mebibytes(count):
    return f"{count / (1 << 20):.0f}"


def per_million(cpu, packets):
    return f"{cpu / packets * 1e6:.2f}"


def table(rows):
    """Of (program, its run at the highest rate without loss, the same with what is allowed), ours first."""
    _, _, ours = rows[0]
    lines = [
        "| program | packets/s with ≤ 0.1 % loss | without loss | ours is × as fast | CPU s / M packets | peak RSS MiB | kept by the kernel |",
        "|---|---|---|---|---|---|---|",
    ]
    for program, none, few in rows:
        lines.append(
            f"| {program.name} | {rate(few)} | {rate(none)} | {ratio(ours, few)} | "
            f"{per_million(few.cpu, few.packets) if few else ''} | {mebibytes(few.rss) if few else ''} | {program.note} |")
    return lines


def fastest_flows(rows):
    return max((few for program, _, few in rows[1:] if few and program.makes_flows), key=lambda run: run.rate, default=None)


def render(options, alone, rows, small, long, calm, load, machine):
    """The text. `rows` with a core each, `small` with a tenth of one; `calm` is what was sent to all at a time, and what
    each needed."""
    lines = [
        "# Measured live",
        "",
        "Written by `ops/bench/live`; run it to get yours. Generated background radiation of a /16 over a veth pair between",
        f"two namespaces, {options.seconds:g} s a step, by bisection to 4 %; the sender (`Tests/Benchmarks/Sender`) on one",
        "core, what captures on another, both before all else that the machine does (nice −20). On a veth pair the kernel",
        "does the receiver's part on the sender's core, a copy into the ring among it: the sender's rate is lower when",
        "somebody captures. Ratios count; absolute figures depend on the machine.",
        "",
    ]
    lines += [f"- {what}: {value}" for what, value in machine]
    lines += [
        f"- load average at the start and at the end: {load[0]:.1f}, {load[1]:.1f}; this bench makes about 2",
        "- darkscope-sensor: "
        + ("the one file of `ops/build-sensor`" if options.sensor else "release build with shared libraries")
        + ", windows of 60 s, no collector: its batches stay in its spool",
        f"- the sender when nobody captures: {alone['sent'] / alone['seconds']:,.0f} packets/s",
        "",
        "## Highest rates",
        "",
        *table(rows),
        "",
        "The same with a tenth of a core and 4 MiB kept by the kernel where a program can be told. What a program has taken",
        "into a queue of its own counts as taken, also when it has not worked on it yet: nfpcapd's CPU time here, beside that",
        "above, shows how much that is. In the long run nobody takes more than the CPU time above allows.",
        "",
        *table(small),
        "",
        "| target | measured |",
        "|---|---|",
        f"| no drops for 30 s at the highest rate that the sender can make | {long.dropped:,} of {long.packets:,} packets in "
        f"{options.long:g} s at {long.rate:,.0f}/s |",
    ]
    fastest, fastest_small = fastest_flows(rows), fastest_flows(small)
    ours = rows[0][2]
    if ours and fastest and fastest_small:
        leanest = min(few.cpu / few.packets for program, _, few in rows[1:] if few and program.makes_flows)
        lines.append(
            f"| ≥ 2 × the best peer that makes flows, at ≤ 0.1 % loss | {ratio(ours, fastest)} × where the sender is the limit, "
            f"{ratio(small[0][2], fastest_small)} × with a tenth of a core; {leanest / (ours.cpu / ours.packets):.0f} × in "
            "packets per CPU second |")
    sent, figures = calm
    lines += [
        "",
        "## A /16's load",
        "",
        f"All at a time at 5,000 packets/s for {options.calm:g} s ({sent:,} packets), with buffers of their default size.",
        "Resident memory includes the ring that is shared with the kernel. Target: the sensor ≤ 64 MiB.",
        "",
        "| program | peak RSS MiB | CPU seconds | dropped | kept by the kernel |",
        "|---|---|---|---|---|",
    ]
    for name, (rss, cpu, note, _, dropped) in figures.items():
        lines.append(f"| {name} | {mebibytes(rss)} | {cpu:.2f} | {dropped:,} | {note} |")
    return "\n".join([*lines, ""])
