// port

import { h } from "../lib/dom.js";

export default function port(main) {
    main.append(h("h1", {}, "Port"));
    return { title: "Port" };
}
