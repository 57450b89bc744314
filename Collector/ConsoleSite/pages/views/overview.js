// overview

import { h } from "../lib/dom.js";

export default function overview(main) {
    main.append(h("h1", {}, "Overview"));
    return { title: "Overview" };
}
