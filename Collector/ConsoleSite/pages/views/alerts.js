// alerts

import { h } from "../lib/dom.js";

export default function alerts(main) {
    main.append(h("h1", {}, "Alerts"));
    return { title: "Alerts" };
}
