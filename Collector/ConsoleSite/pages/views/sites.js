// sites

import { h } from "../lib/dom.js";

export default function sites(main) {
    main.append(h("h1", {}, "Sites"));
    return { title: "Sites" };
}
