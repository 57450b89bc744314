// source

import { h } from "../lib/dom.js";

export default function source(main) {
    main.append(h("h1", {}, "Source"));
    return { title: "Source" };
}
