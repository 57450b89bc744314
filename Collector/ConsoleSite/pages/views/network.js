// network

import { h } from "../lib/dom.js";

export default function network(main) {
    main.append(h("h1", {}, "Network"));
    return { title: "Network" };
}
