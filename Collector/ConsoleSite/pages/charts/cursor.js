// The cursor of a chart: one place at a time, by pointer or keyboard, with its words in a tooltip and, at most once a second,
// for screen readers. A chart tells where its places are and what they say; here is what people do with them.

import { crisp } from "./axes.js";

/** Pixels that a pointer must move before it selects a range. */
const DRAG = 6;

/**
 * @param surface as axes.surface makes it.
 * @param places {
 *   find(x, y) -> place or null: what is under the pointer;
 *   step(place or null, key, event) -> place: where a key leads (ArrowLeft … End, PageUp, PageDown);
 *   at(place) -> {x, y, title, iso, rows: [{label, value, colour, dash}], notes: [text]};
 *   draw(place, context): marks it on the canvas of the cursor;
 *   edge(place, isEnd) -> x and onRange(first, last): selecting of ranges, when both are there;
 *   open(place): Enter or a click, when it is there }
 * @return {destroy(), refresh(), point(place)}
 */
export function cursor(surface, places) {
    const { box, front, over } = surface;
    const tip = element("div", "chart-tip"), said = element("p", "chart-said");
    tip.hidden = true;
    tip.setAttribute("aria-hidden", "true");
    said.setAttribute("role", "status");
    box.append(tip, said);
    let place = null, anchor = null, pressed = null, wasDragged = false, timer = 0, lastSaid = 0, isOver = false;

    function move(next, isSpoken) {
        place = next;
        paint();
        if (next === null) {
            tip.hidden = true;
            return;
        }
        const words = places.at(next);
        write(tip, words);
        tip.hidden = false;
        put(tip, words, surface);
        if (isSpoken) speak(words);
    }

    function paint() {
        surface.clear(over);
        if (place === null) return;
        if (anchor !== null && places.edge) {
            const [first, last] = anchor <= place ? [anchor, place] : [place, anchor];
            const [left, right] = [places.edge(first, false), places.edge(last, true)];
            over.save();
            over.globalAlpha = 0.16;
            over.fillStyle = surface.colours.accent;
            over.fillRect(left, places.top ?? 0, right - left, (places.bottom ?? surface.height) - (places.top ?? 0));
            over.globalAlpha = 1;
            over.strokeStyle = surface.colours.accent;
            for (const x of [left, right]) line(over, crisp(x), places.top ?? 0, places.bottom ?? surface.height);
            over.restore();
        }
        places.draw(place, over);
    }

    function speak(words) {
        const text = [words.title, ...words.rows.map(row => `${row.label} ${row.value}`), ...words.notes ?? []].join(", ");
        const wait = Math.max(0, lastSaid + 1_000 - performance.now());
        clearTimeout(timer);
        timer = setTimeout(() => {
            lastSaid = performance.now();
            said.textContent = text;
        }, wait);
    }

    function select() {
        if (anchor === null || place === null || !places.onRange) return;
        const [first, last] = anchor <= place ? [anchor, place] : [place, anchor];
        anchor = null;
        move(null);
        places.onRange(first, last);
    }

    const spot = event => {
        const frame = front.getBoundingClientRect();
        return [event.clientX - frame.left, event.clientY - frame.top];
    };

    const listeners = {
        pointermove(event) {
            isOver = true;
            const [x, y] = spot(event);
            if (pressed !== null && Math.abs(x - pressed.x) > DRAG) wasDragged = true;
            if (pressed !== null && wasDragged && places.edge) anchor = pressed.place;
            move(places.find(x, y), false);
            front.style.cursor = places.open && place !== null ? "pointer" : places.onRange ? "crosshair" : "default";
        },
        pointerleave() {
            isOver = false;
            if (pressed === null && document.activeElement !== front) move(null);
        },
        pointerdown(event) {
            if (event.button) return;
            const [x, y] = spot(event), found = places.find(x, y);
            wasDragged = false;
            anchor = null;
            if (found === null) return;
            pressed = { x, place: found };
            if (places.onRange) front.setPointerCapture(event.pointerId);
        },
        pointerup() {
            const isClick = pressed !== null && !wasDragged;
            if (pressed !== null && wasDragged) select();
            pressed = null;
            if (isClick && places.open && place !== null) places.open(place);
        },
        pointercancel() {
            pressed = anchor = null;
            move(null);
        },
        keydown(event) {
            if (event.ctrlKey || event.altKey || event.metaKey) return;
            const isArrow = /^(Arrow(Left|Right|Up|Down)|Home|End|PageUp|PageDown)$/.test(event.key);
            if (isArrow) {
                const next = places.step(place, event.key, event);
                if (next === undefined) return;
                if (places.onRange && event.shiftKey) anchor ??= place ?? next; else anchor = null;
                move(next, true);
            } else if (event.key === "Enter" && place !== null && anchor !== null) {
                select();
            } else if (event.key === "Enter" && place !== null && places.open) {
                places.open(place);
            } else if (event.key === "Escape" && place !== null) {
                anchor = null;
                move(null);
            } else return;
            event.preventDefault();
            event.stopPropagation();
        },
        focus() {
            // A pointer that gives the focus has its own place; a key has none yet.
            if (place === null && !isOver) move(places.step(null, "End") ?? null, true);
        },
        blur() {
            anchor = null;
            if (!isOver) move(null);
        },
    };
    for (const [name, listener] of Object.entries(listeners)) front.addEventListener(name, listener);

    return {
        destroy() {
            clearTimeout(timer);
            for (const [name, listener] of Object.entries(listeners)) front.removeEventListener(name, listener);
            tip.remove();
            said.remove();
        },
        /** Draws again what the cursor shows, when the numbers below it have changed. */
        refresh() { if (place !== null) move(place, false); },
        point(next) { move(next, false); },
    };
}

function element(name, kind) {
    const made = document.createElement(name);
    made.className = kind;
    return made;
}

/** A vertical line of the cursor. */
export function line(context, x, top, bottom) {
    context.beginPath();
    context.moveTo(x, top);
    context.lineTo(x, bottom);
    context.stroke();
}

function write(tip, words) {
    const title = element("p", "chart-tip-title");
    if (words.iso) {
        const time = document.createElement("time");
        time.dateTime = words.iso;
        time.title = words.iso;
        time.textContent = words.title;
        title.append(time);
    } else title.textContent = words.title;
    const rows = words.rows.map(row => {
        const line = element("p", "chart-tip-row"), value = element("span", "chart-tip-value");
        if (row.colour) {
            const mark = element("span", row.dash ? "chart-swatch is-dashed" : "chart-swatch");
            mark.style.setProperty("--swatch", row.colour);
            line.append(mark);
        }
        value.textContent = row.value;
        line.append(row.label, value);
        return line;
    });
    const notes = (words.notes ?? []).map(text => {
        const line = element("p", "chart-tip-note");
        line.textContent = text;
        return line;
    });
    tip.replaceChildren(title, ...rows, ...notes);
}

/** Puts a tooltip beside its place, on the side where there is room, never out of the chart to the left or right. */
function put(tip, { x, y }, { width, height }) {
    tip.style.left = tip.style.top = "0";
    const [w, h] = [tip.offsetWidth, tip.offsetHeight];
    const left = x + 14 + w <= width ? x + 14 : x - 14 - w;
    tip.style.left = `${Math.max(0, Math.min(left, width - w))}px`;
    tip.style.top = `${Math.max(-8, Math.min(y - h / 2, height - h))}px`;
}
