// The state of all sites: asked for every minute, and the minutes as they are stored from the stream of events.
const MARKS = { ok: "● ok", late: "▲ late", silent: "✕ silent" };
const SHOWN = 10;
const minutes = new Map();

const number = (value, digits = 0) =>
    value === null ? "–" : value.toLocaleString("en", { maximumFractionDigits: digits, minimumFractionDigits: 0 });
const time = (text) => (text ? text.slice(0, 19).replace("T", " ") : "never");

/** Puts rows of [text, class] pairs in place of those of a table. */
function fill(id, rows) {
    const body = document.querySelector(`#${id} tbody`);
    body.replaceChildren(...rows.map((cells) => {
        const row = document.createElement("tr");
        for (const [text, kind] of cells) {
            const cell = row.insertCell();
            cell.textContent = text;
            if (kind) cell.className = kind;
        }
        return row;
    }));
}

function tell(text, isBad = false) {
    const state = document.querySelector("#state");
    state.textContent = text;
    state.className = isBad ? "bad" : "";
}

function showOverview(overview) {
    fill("figures", overview.figures.map((figure) => [
        [figure.name], [number(figure.value, 1), "number"], [number(figure.usual, 1), "number"], [figure.unit]]));
    const observed = new Map(overview.coverage.map((site) => [site.site, site]));
    fill("sensors", overview.sensors.map((sensor) => {
        const site = observed.get(sensor.site) ?? { coverage: null, state: "missing" };
        // The present hour is not over: late is no fault yet.
        const isWhole = ["complete", "quiet", "late"].includes(site.state);
        return [
            [MARKS[sensor.state] ?? sensor.state, sensor.state === "ok" ? "" : "bad"], [sensor.site], [sensor.sensor],
            [time(sensor.last_commit)], [number(sensor.lag_seconds), "number"],
            [site.coverage === null ? "nothing" : `${number(site.coverage * 100, 1)} %, ${site.state}`,
                isWhole ? "number" : "number bad"],
            [number(sensor.dropped_24h), "number"]];
    }));
    const alerts = overview.alerts.reduce((sum, state) => sum + state.alerts, 0);
    const bad = overview.sensors.filter((sensor) => sensor.state !== "ok").length;
    const sensors = overview.sensors.length;
    tell(`${time(overview.at)} UTC: ${sensors - bad} of ${sensors} sensors ok, ${number(alerts)} alerts going on.`, bad > 0);
}

async function refresh() {
    try {
        const response = await fetch("/api/v1/overview");
        const answer = await response.json();
        if (!response.ok) throw new Error(answer.detail);
        showOverview(answer);
    } catch (error) {
        tell(`The state is not known since the last one shown: ${error.message}`, true);
    }
}

function follow() {
    const events = new EventSource("/api/v1/events");
    const live = document.querySelector("#live");
    events.addEventListener("window", (event) => {
        const told = JSON.parse(event.data);
        minutes.set(told.start, told);
        const shown = [...minutes.keys()].sort().reverse();
        for (const start of shown.splice(SHOWN)) minutes.delete(start);
        fill("windows", shown.map((start) => {
            const minute = minutes.get(start);
            return [
                [time(start)], [number(minute.packets), "number"], [number(minute.sensors), "number"],
                [minute.is_complete ? "yes" : "not yet"]];
        }));
        live.textContent = "Live.";
    });
    events.addEventListener("missed", refresh);
    events.addEventListener("error", () => { live.textContent = "The stream is broken; trying again."; });
}

refresh();
setInterval(refresh, 60_000);
follow();
