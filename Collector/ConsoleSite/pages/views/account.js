// account

import { h } from "../lib/dom.js";

export default function account(main) {
    main.append(h("h1", {}, "Account"));
    return { title: "Account" };
}
