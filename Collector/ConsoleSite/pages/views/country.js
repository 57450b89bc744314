// country

import { h } from "../lib/dom.js";

export default function country(main) {
    main.append(h("h1", {}, "Country"));
    return { title: "Country" };
}
