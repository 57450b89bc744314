// explore

import { h } from "../lib/dom.js";

export default function explore(main) {
    main.append(h("h1", {}, "Explore"));
    return { title: "Explore" };
}
