// sources

import { h } from "../lib/dom.js";

export default function sources(main) {
    main.append(h("h1", {}, "Sources"));
    return { title: "Sources" };
}
