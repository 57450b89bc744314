// How figures are written. What is not known is a dash, never a zero.

export const UNKNOWN = "–";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const one = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const three = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

const isKnown = (value) => value !== null && value !== undefined && Number.isFinite(Number(value));

/** 1,234,567; small ones with a digit after the point. */
export function number(value) {
    if (!isKnown(value)) return UNKNOWN;
    const figure = Number(value);
    return Math.abs(figure) < 10 && !Number.isInteger(figure) ? three.format(figure) : whole.format(figure);
}

/** 1.23 M: three digits, for axes and where there is no room. */
export function short(value) {
    if (!isKnown(value)) return UNKNOWN;
    const figure = Number(value);
    const size = Math.abs(figure);
    for (const [least, unit] of [[1e12, " T"], [1e9, " G"], [1e6, " M"], [1e3, " k"]]) {
        if (size >= least) return three.format(figure / least) + unit;
    }
    return three.format(figure);
}

/** A part of one as 4.1 %. */
export function share(value) {
    if (!isKnown(value)) return UNKNOWN;
    const part = Number(value) * 100;
    return `${part !== 0 && Math.abs(part) < 0.1 ? "< 0.1" : one.format(part)} %`;
}

/** How much more or less than usual: ▲ +4.1 %; words where one of them is not known or nothing. */
export function change(now, usual) {
    if (!isKnown(now) || !isKnown(usual)) return UNKNOWN;
    const [a, b] = [Number(now), Number(usual)];
    if (a === b) return "= 0 %";
    if (b === 0) return "new";
    const ratio = a / b - 1;
    const sign = ratio > 0 ? "▲ +" : "▼ −";
    return Math.abs(ratio) >= 10 ? `${sign}${whole.format(Math.abs(ratio) + 1)} ×` : `${sign}${one.format(Math.abs(ratio) * 100)} %`;
}

/** Seconds as 1.2 s, 17 min, 3.5 h, 12 d. */
export function duration(seconds) {
    if (!isKnown(seconds)) return UNKNOWN;
    const figure = Number(seconds);
    for (const [least, unit] of [[172800, "d"], [7200, "h"], [120, "min"]]) {
        if (Math.abs(figure) >= least) return `${three.format(figure / { d: 86400, h: 3600, min: 60 }[unit])} ${unit}`;
    }
    return Math.abs(figure) < 1 ? `${whole.format(figure * 1000)} ms` : `${one.format(figure)} s`;
}

/** Bytes as 1.2 GiB. */
export function bytes(value) {
    if (!isKnown(value)) return UNKNOWN;
    const figure = Number(value);
    for (const [power, unit] of [[40, "TiB"], [30, "GiB"], [20, "MiB"], [10, "KiB"]]) {
        if (Math.abs(figure) >= 2 ** power) return `${three.format(figure / 2 ** power)} ${unit}`;
    }
    return `${whole.format(figure)} B`;
}

/** A count of which it is known what it is worth: ≥ where it is at least that, ≈ where it is an estimate. */
export function counted(value, precision) {
    const mark = isKnown(value) ? { "at-least": "≥ ", estimate: "≈ " }[precision] ?? "" : "";
    return mark + number(value);
}

/** "1 site", "3 sites". */
export function plural(count, one, many = `${one}s`) {
    return `${number(count)} ${Number(count) === 1 ? one : many}`;
}
