// site

import { h } from "../lib/dom.js";

export default function site(main) {
    main.append(h("h1", {}, "Site"));
    return { title: "Site" };
}
