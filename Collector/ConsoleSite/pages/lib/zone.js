// Times in the zone that people chose. All is computed with Intl.DateTimeFormat: it knows of each zone what the browser
// knows, so that days of 23, 24.5 or 25 hours and offsets of 5:30 or 5:45 need no table here. Moments are milliseconds of
// Unix time. Nothing here throws, but for a zone that the browser does not know (isZone tells).

const MINUTE = 60_000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
/** Offsets are remembered by quarter of an hour: no zone has changed its clocks at another time since 1972. */
const SLOT = 15 * MINUTE, MOST_REMEMBERED = 20_000;

const formats = new Map();
const offsets = new Map();

function formatOf(zone) {
    let format = formats.get(zone);
    if (!format) {
        format = new Intl.DateTimeFormat("en-US", {
            timeZone: zone, hourCycle: "h23", era: "short", year: "numeric", month: "numeric", day: "numeric", hour: "numeric",
            minute: "numeric", second: "numeric",
        });
        formats.set(zone, format);
    }
    return format;
}

/** Whether the browser knows a zone of that name. */
export function isZone(zone) {
    try {
        formatOf(zone);
        return true;
    } catch {
        return false;
    }
}

/** How far the zone's clocks are before UTC at a moment, in milliseconds. */
export function offset(ms, zone) {
    if (zone === "UTC") return 0;
    let known = offsets.get(zone);
    if (!known) offsets.set(zone, known = new Map());
    const slot = Math.floor(ms / SLOT);
    let value = known.get(slot);
    if (value === undefined) {
        const at = {};
        for (const part of formatOf(zone).formatToParts(slot * SLOT)) at[part.type] = part.value;
        const year = at.era.startsWith("B") ? 1 - at.year : +at.year;
        value = Date.UTC(year, at.month - 1, +at.day, +at.hour, +at.minute, +at.second) - slot * SLOT;
        if (known.size > MOST_REMEMBERED) known.clear();
        known.set(slot, value);
    }
    return value;
}

/** What calendar and clock show: {year, month (1 to 12), day, weekday (0 is Sunday), hour, minute, second}. */
export function civil(ms, zone) {
    const local = new Date(ms + offset(ms, zone));
    return {
        year: local.getUTCFullYear(), month: local.getUTCMonth() + 1, day: local.getUTCDate(), weekday: local.getUTCDay(),
        hour: local.getUTCHours(), minute: local.getUTCMinutes(), second: local.getUTCSeconds(),
    };
}

/** The moments at which clocks show a time (given as if it were UTC): none where they skip it, two where they repeat it. */
export function moments(local, zone) {
    const found = new Set();
    for (const away of [-DAY, DAY]) {
        const ms = local - offset(local + away, zone);
        if (ms + offset(ms, zone) === local) found.add(ms);
    }
    return [...found].sort((a, b) => a - b);
}

/** The first moment of the civil day that is given as its midnight, as if that were UTC. */
function dayStart(midnight, zone) {
    const found = moments(midnight, zone);
    if (found.length) return found[0];
    // Clocks skip midnight: the day starts when they do so.
    let before = midnight - Math.max(offset(midnight - DAY, zone), offset(midnight + DAY, zone));
    let after = midnight - Math.min(offset(midnight - DAY, zone), offset(midnight + DAY, zone));
    const old = offset(before - 1, zone);
    while (after - before > 1) {
        const middle = Math.floor((before + after) / 2);
        if (offset(middle, zone) === old) before = middle; else after = middle;
    }
    return after;
}

function midnightOf(ms, zone) { return Math.floor((ms + offset(ms, zone)) / DAY) * DAY; }

/** The first moment of the day that holds a moment: also when clocks skip or repeat midnight. */
export function startOfDay(ms, zone) { return dayStart(midnightOf(ms, zone), zone); }

/** The first moment of the day after the one that holds a moment. */
export function nextDay(ms, zone) {
    const start = startOfDay(ms, zone);
    let midnight = midnightOf(ms, zone), next = start;
    // A zone that crosses the date line skips a whole day.
    while (next <= start) next = dayStart(midnight += DAY, zone);
    return next;
}

const two = n => String(n).padStart(2, "0");
const clock = at => `${two(at.hour)}:${two(at.minute)}`;
const date = at => `${at.day} ${MONTHS[at.month - 1]}`;

/**
 * A moment in words, such as "23 Nov 2026, 11:39".
 * @param kind minute (so by default), second, time ("11:39"), clock ("11:39:07"), day ("Mon 23 Nov 2026"), short ("23 Nov, 11:39"), month, year.
 */
export function label(ms, zone, kind = "minute") {
    const at = civil(ms, zone);
    switch (kind) {
        case "time": return clock(at);
        case "clock": return `${clock(at)}:${two(at.second)}`;
        case "short": return `${date(at)}, ${clock(at)}`;
        case "second": return `${date(at)} ${at.year}, ${clock(at)}:${two(at.second)}`;
        case "day": return dayLabel(ms, zone);
        case "month": return `${MONTHS[at.month - 1]} ${at.year}`;
        case "year": return `${at.year}`;
        default: return `${date(at)} ${at.year}, ${clock(at)}`;
    }
}

/** The day of a moment, such as "Mon 23 Nov 2026". */
export function dayLabel(ms, zone) {
    const at = civil(ms, zone);
    return `${WEEKDAYS[at.weekday]} ${date(at)} ${at.year}`;
}

/** "UTC+5:45", by the clocks of the zone at a moment. */
export function offsetLabel(ms, zone) {
    const minutes = Math.round(offset(ms, zone) / MINUTE), size = Math.abs(minutes);
    if (!minutes) return "UTC";
    return `UTC${minutes < 0 ? "−" : "+"}${Math.floor(size / 60)}${size % 60 ? ":" + two(size % 60) : ""}`;
}

/** The zone of a span as axes print it: "Asia/Kathmandu (UTC+5:45)", with both offsets when clocks change in it. */
export function zoneLabel(from, to, zone) {
    const [first, last] = [offsetLabel(from, zone), offsetLabel(Math.max(from, to - 1), zone)];
    if (zone === "UTC" || zone === "Etc/UTC") return "UTC";
    return first === last ? `${zone} (${first})` : `${zone} (${first}, then ${last})`;
}

/** The days of a span and its zone, as axes print them. */
export function spanLabel(from, to, zone) {
    const [a, b] = [civil(from, zone), civil(Math.max(from, to - 1), zone)];
    let days = `${date(b)} ${b.year}`;
    if (a.year !== b.year) days = `${date(a)} ${a.year} – ${days}`;
    else if (a.month !== b.month) days = `${date(a)} – ${days}`;
    else if (a.day !== b.day) days = `${a.day} – ${days}`;
    return `${days} · ${zoneLabel(from, to, zone)}`;
}

/** A bin in words. A day says whose day it is, and how long when it has not 24 hours. */
export function binLabel(start, stop, zone) {
    const length = stop - start, at = civil(start, zone);
    if (length >= 22 * HOUR && start === startOfDay(start, zone)) {
        const hours = length / HOUR;
        if (stop === nextDay(start, zone)) {
            return `${dayLabel(start, zone)}, day of ${zone}${hours === 24 ? "" : ` of ${hours} h`}`;
        }
        if (at.day === 1 && civil(stop, zone).day === 1 && stop === startOfDay(stop, zone)) {
            return length > 300 * DAY ? `${at.year} (${zone})` : `${label(start, zone, "month")} (${zone})`;
        }
        return `${dayLabel(start, zone)} to ${dayLabel(stop - 1, zone)} (${zone})`;
    }
    const isDayOfUTC = length === DAY && start % DAY === 0;
    const end = civil(stop, zone);
    const until = at.day === end.day && at.month === end.month ? clock(end) : `${date(end)}, ${clock(end)}`;
    return `${date(at)} ${at.year}, ${clock(at)}–${until} ${zone}${isDayOfUTC ? " (day of UTC)" : ""}`;
}

/** RFC 3339 in UTC, without fractions. */
export function iso(ms) { return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z"); }

// --- ticks

/** Steps of ticks: unit, how many of it, and about how long that is. */
const STEPS = [
    ...[1, 2, 5, 10, 15, 30].map(n => ["minute", n, n * MINUTE]), ...[1, 2, 3, 6, 12].map(n => ["hour", n, n * HOUR]),
    ...[1, 2, 7, 14].map(n => ["day", n, n * DAY]), ...[1, 2, 3, 6].map(n => ["month", n, n * 30.4 * DAY]),
    ...[1, 2, 5, 10, 50].map(n => ["year", n, n * 365.25 * DAY]),
];

/** The step that leaves about `spacing` pixels for each tick: [unit, count]. */
export function stepOf(from, to, width, spacing = 72) {
    const most = Math.max(2, Math.floor(width / spacing));
    const [unit, count] = STEPS.find(step => (to - from) / step[2] <= most) ?? STEPS[STEPS.length - 1];
    return [unit, count];
}

/**
 * The ticks of an axis, aligned to the zone's midnights: [{ms, kind: year|month|day|time, text}], both ends included.
 * A time that clocks skip has no tick; of a time that they repeat, steps up to an hour have two.
 */
export function ticks(from, to, zone, width, spacing = 72) {
    const [unit, count] = stepOf(from, to, width, spacing);
    const found = unit === "minute" || unit === "hour"
        ? clockTicks(from, to, zone, unit === "hour" ? count * HOUR : count * MINUTE)
        : calendarTicks(from, to, zone, unit, count);
    return found.filter(tick => tick.ms >= from && tick.ms <= to);
}

function clockTicks(from, to, zone, step) {
    const found = [];
    for (let midnight = midnightOf(from, zone); midnight <= midnightOf(to, zone); midnight += DAY) {
        const start = dayStart(midnight, zone);
        // A day that the calendar leaves out starts with the next one, which has it.
        if (midnightOf(start, zone) !== midnight) continue;
        found.push({ ms: start, kind: "day", text: date(civil(start, zone)) });
        const times = [];
        for (let local = midnight; local < midnight + DAY; local += step) {
            const all = moments(local, zone);
            times.push(...(step > HOUR ? all.slice(0, 1) : all));
        }
        for (const ms of times.sort((a, b) => a - b)) {
            if (ms > start) found.push({ ms, kind: "time", text: clock(civil(ms, zone)) });
        }
    }
    return found;
}

function calendarTicks(from, to, zone, unit, count) {
    const found = [], first = civil(from, zone), last = to + DAY;
    const push = (midnight, kind, text) => {
        const ms = dayStart(midnight, zone);
        if (midnightOf(ms, zone) === midnight) found.push({ ms, kind, text: text(civil(ms, zone)) });
    };
    if (unit === "day") {
        for (let midnight = midnightOf(from, zone); midnight <= last + DAY; midnight += DAY) {
            // The first day of 1970 was a Thursday; weeks begin on Mondays.
            const number = midnight / DAY + (count % 7 ? 0 : 3);
            if (number % count === 0) push(midnight, "day", date);
        }
        return found;
    }
    if (unit === "month") {
        for (let month = Math.floor((first.month - 1) / count) * count; ; month += count) {
            const midnight = Date.UTC(first.year, month, 1);
            if (midnight > last + DAY) return found;
            push(midnight, month % 12 ? "month" : "year", at => at.month === 1 ? `${at.year}` : MONTHS[at.month - 1]);
        }
    }
    for (let year = Math.floor(first.year / count) * count; ; year += count) {
        const midnight = Date.UTC(year, 0, 1);
        if (midnight > last + DAY) return found;
        push(midnight, "year", at => `${at.year}`);
    }
}
