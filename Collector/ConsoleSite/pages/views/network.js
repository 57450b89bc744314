// One network (autonomous system).

import { network as named } from "../lib/names.js";
import missing from "./missing.js";
import { COLUMNS } from "./trafficParts.js";
import { originPage } from "./trafficOrigin.js";

export default function network(main, path) {
    const asn = path[1];
    if (!/^\d{1,10}$/.test(asn ?? "")) return missing(main);
    return originPage(main, {
        name: named(asn), own: `asn = ${asn}`, path: `network/${encodeURIComponent(asn)}`,
        heading: (answer) => named(answer.asn, answer.as_name),
        words: (answer) => answer.as_name ? "A network (autonomous system)" : "A network (autonomous system) that the table of origins has no name for",
        parts: { title: "Where its addresses are", columns: [COLUMNS.country] },
    });
}
