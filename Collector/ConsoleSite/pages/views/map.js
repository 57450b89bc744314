// map

import { h } from "../lib/dom.js";

export default function map(main) {
    main.append(h("h1", {}, "Map"));
    return { title: "Map" };
}
