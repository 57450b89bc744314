// Times in a zone.

/** A moment in words: kind is clock, day, minute or second. */
export function label(moment, zone, kind) {
    if (kind === "clock") {
        return new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(moment);
    }
    const options = { timeZone: zone, year: "numeric", month: "short", day: "numeric", hourCycle: "h23" };
    if (kind !== "day") Object.assign(options, { hour: "2-digit", minute: "2-digit" });
    if (kind === "second") options.second = "2-digit";
    return new Intl.DateTimeFormat("en-GB", options).format(moment);
}
