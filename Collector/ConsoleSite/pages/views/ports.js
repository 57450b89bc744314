// ports

import { h } from "../lib/dom.js";

export default function ports(main) {
    main.append(h("h1", {}, "Ports"));
    return { title: "Ports" };
}
