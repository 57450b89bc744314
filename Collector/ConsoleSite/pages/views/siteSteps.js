// What to do when a site is silent or late: the runbook's steps in short, with its name for all of it.

import { h } from "../lib/dom.js";
import { plural } from "../lib/format.js";

/** A card with the steps for a site that is not live. */
export function silentSteps(about, sensors) {
    const isSilent = about.state !== "late";
    const broken = sensors.filter((sensor) => sensor.state !== "ok");
    const names = broken.map((sensor) => `${sensor.site}/${sensor.sensor}`).join(", ");
    return h("section.panel.steps", { "aria-labelledby": "steps-title" },
        h("h2", { id: "steps-title" }, isSilent ? "What to do while it is silent" : "What to do while it is late"),
        isSilent
            ? h("ol", {},
                h("li", {}, "See whether other sites of the same provider are silent too: then it is the way there rather than the site."),
                h("li", {}, "Ask the site's people whether the box has power and network."),
                h("li", {}, "On the collector: ", h("code", {}, "darkscope status"), " and ", h("code", {}, "darkscope keys"), " tell whether its key is known and not revoked."),
                h("li", {}, "On the sensor: its log says ", h("code", {}, "connected"), " when it reaches a collector."))
            : h("ol", {},
                h("li", {}, "A sensor that catches up needs nothing: the newest windows go first."),
                h("li", {}, "On the sensor: ", h("code", {}, "darkscope-sensor spool list DIR"), " tells what waits; ", h("code", {}, "timedatectl"), " whether its clock is right.")),
        h("p.note", {}, `${plural(broken.length, "sensor")}: ${names}. What a running sensor captures meanwhile it keeps for 14 days or 2 GiB and delivers later; nothing is copied by hand. `,
            "All steps: ", h("code", {}, isSilent ? "ops/runbooks/site-silent.md" : "ops/runbooks/sensor-late.md"), " and ", h("code", {}, "ops/runbooks/no-data-arrives.md"), "."));
}
