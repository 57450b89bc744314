// notes

import { h } from "../lib/dom.js";

export default function notes(main) {
    main.append(h("h1", {}, "Notes"));
    return { title: "Notes" };
}
