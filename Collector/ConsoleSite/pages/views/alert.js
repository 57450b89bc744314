// alert

import { h } from "../lib/dom.js";

export default function alert(main) {
    main.append(h("h1", {}, "Alert"));
    return { title: "Alert" };
}
