// The stream of minutes as they are stored. It rests while nobody looks at the page.

const listeners = new Set();
let source = null;
let isWanted = false;
let tries = 0;
let lastHeard = null;
let tellState = () => {};

/** Calls back with each minute: {start, packets, sites, sensors, is_complete, committed_at}. Returns what ends it. */
export function follow(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
}

/** Starts or stops following. `onState` is told {state: live | paused | broken, heard: ms or null, tries}. */
export function setLive(isOn, onState) {
    isWanted = isOn;
    tellState = onState;
    settle();
}

function settle() {
    const isShown = isWanted && !document.hidden;
    if (isShown && !source) open();
    if (!isShown && source) {
        source.close();
        source = null;
    }
    if (!isShown) report("paused");
}

function open() {
    source = new EventSource("/api/v1/events");
    source.addEventListener("open", () => {
        tries = 0;
        report("live");
    });
    source.addEventListener("window", (event) => {
        lastHeard = Date.now();
        report("live");
        const minute = JSON.parse(event.data);
        for (const listener of listeners) listener(minute);
    });
    source.addEventListener("missed", () => {
        for (const listener of listeners) listener(null);
    });
    source.addEventListener("error", () => {
        tries += 1;
        report("broken");
        // A refusal ends the stream for good; the browser comes back by itself from anything else.
        if (source?.readyState === EventSource.CLOSED) {
            source = null;
            setTimeout(settle, 15000);
        }
    });
}

function report(state) {
    tellState({ state, heard: lastHeard, tries });
}

document.addEventListener("visibilitychange", settle);
