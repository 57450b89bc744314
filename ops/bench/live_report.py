"""LIVE.md."""


def rate(run):
    return f"{run.rate:,.0f}" if run else "none"


def ratio(ours, other):
    return f"{ours.rate / other.rate:.2f}" if ours and other else ""


def mebibytes(count):
    return f"{count / (1 << 20):.0f}"


def per_million(cpu, packets):
    return f"{cpu / packets * 1e6:.2f}"


def render(options, alone, rows, long, calm, load, machine):
    """The text. `rows` are (program, its run at the highest rate without loss, the same with what is allowed), ours
    first; `calm` is what was sent to all at a time, and what each needed."""
    (_, _, ours), *others = rows
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
        "| program | packets/s with ≤ 0.1 % loss | without loss | ours is × as fast | CPU s / M packets | peak RSS MiB | kept by the kernel |",
        "|---|---|---|---|---|---|---|",
    ]
    for program, none, few in rows:
        lines.append(
            f"| {program.name} | {rate(few)} | {rate(none)} | {ratio(ours, few)} | "
            f"{per_million(few.cpu, few.packets) if few else ''} | {mebibytes(few.rss) if few else ''} | {program.note} |")
    lines += ["", "| target | measured |", "|---|---|"]
    lines.append(
        f"| no drops for 30 s at the highest rate that the sender can make | {long.dropped:,} of {long.packets:,} packets in "
        f"{options.long:g} s at {long.rate:,.0f}/s |")
    flows = [few for program, _, few in others if few and program.makes_flows]
    if flows:
        fastest = max(flows, key=lambda run: run.rate)
        leanest = min(run.cpu / run.packets for run in flows)
        lines.append(
            f"| ≥ 2 × the best peer that makes flows, at ≤ 0.1 % loss | {ratio(ours, fastest)} × in rate, where the sender is "
            f"the limit; {leanest / (ours.cpu / ours.packets):.1f} × in packets per CPU second |")
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
