// years

import { h } from "../lib/dom.js";

export default function years(main) {
    main.append(h("h1", {}, "Years"));
    return { title: "Years" };
}
