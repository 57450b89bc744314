// Colours of charts. What the theme decides is read from the custom properties of the style sheet; the ramps are d3's.

const STANDARD = {
    "--text": "#1a1d24", "--faint": "#5b6472", "--line": "#d5d9e0", "--card": "#ffffff", "--ground": "#f4f5f7",
    "--accent": "#0072b2", "--bad": "#b3261e", "--warn": "#8a5a00", "--good": "#00704f", "--other": "#8a93a2",
    "--land": "#e3e6eb", "--series-1": "#0072b2", "--series-2": "#e69f00", "--series-3": "#009e73", "--series-4": "#cc79a7",
    "--series-5": "#56b4e9", "--series-6": "#d55e00", "--series-7": "#f0e442", "--series-8": "#7a5195",
};

/**
 * The theme as it is now at an element: {text, faint, line, card, ground, accent, bad, warn, good, other, land,
 * series: [8 colours, Okabe–Ito first], isDark, font: "11px …", strong: the same in bold}.
 */
export function theme(element) {
    const style = getComputedStyle(element);
    const read = name => style.getPropertyValue(name).trim() || STANDARD[name];
    // Type grows with that of the page, which is larger on a wall.
    const size = Math.round(11 / 16 * (parseFloat(getComputedStyle(document.documentElement).fontSize) || 16));
    const font = `${size}px ${style.fontFamily || "sans-serif"}`;
    const found = { font, strong: `600 ${font}`, series: [] };
    for (const name of Object.keys(STANDARD)) {
        if (name.startsWith("--series-")) found.series.push(read(name)); else found[name.slice(2)] = read(name);
    }
    found.isDark = luminance(found.card) < 0.2;
    return found;
}

/** Colour of the layer at a place: the eight of the series and then grey. */
export function seriesColour(colours, place) { return colours.series[place] ?? colours.other; }

function luminance(colour) {
    const { r, g, b } = d3.rgb(colour);
    const part = value => {
        const x = value / 255;
        return x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
}

/** How two colours differ, from 1 to 21 (WCAG 2.2, contrast ratio). */
export function contrast(a, b) {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
}

/** A colour of that hue that a thin line can have on the card: a contrast of 3 or more. */
export function lineColour(colour, colours) {
    let found = d3.rgb(colour);
    for (let i = 0; i < 12 && contrast(found, colours.card) < 3; i += 1) {
        found = colours.isDark ? found.brighter(0.25) : found.darker(0.25);
    }
    return String(found);
}

/** The ramp cividis at 0 to 1. On dark ground it starts at 15 %, since its first colours are as dark as the card. */
export function cividis(t, isDark = false) {
    const x = Math.min(1, Math.max(0, t));
    return d3.interpolateCividis(isDark ? 0.15 + 0.85 * x : x);
}

/**
 * A logarithmic scale of colours from a power of ten to the largest value: {colour(value), share(value) from 0 to 1, least,
 * most, steps}.
 * 0 has the colour of land, which is not of the ramp; what is not known has none, so that nobody takes it for a number.
 */
export function logScale(least, most, colours) {
    const low = Math.floor(Math.log10(least > 0 ? least : 1) + 1e-9), bottom = 10 ** low;
    const top = Math.max(10 * bottom, most || 0), size = Math.log(top / bottom);
    const ramp = d3.range(256).map(i => cividis(i / 255, colours.isDark));
    const share = value => value <= bottom ? 0 : Math.min(1, Math.log(value / bottom) / size);
    const steps = [];
    for (let power = low; power <= Math.log10(top) + 1e-9; power += 1) steps.push(Number(`1e${power}`));
    return {
        least: bottom, most: top, steps, share,
        colour: value => value == null ? null : value <= 0 ? colours.land : ramp[Math.round(share(value) * 255)],
    };
}
