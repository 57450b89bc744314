// An address that is none of the console's.

import { h } from "../lib/dom.js";
import { link } from "../lib/place.js";

export default function missing(main) {
    main.append(h("h1", {}, "There is no such page"), h("section.panel", {}, h("p", {}, "The address may be mistyped. "),
        h("a", { href: link("/") }, "To the overview")));
    return { title: "No such page" };
}
