// signin

import { h } from "../lib/dom.js";

export default function signin(main) {
    main.append(h("h1", {}, "Signin"));
    return { title: "Signin" };
}
