// One country.

import { country as named } from "../lib/names.js";
import missing from "./missing.js";
import { COLUMNS } from "./trafficParts.js";
import { originPage } from "./trafficOrigin.js";

export default function country(main, path) {
    const code = path[1];
    if (!/^[A-Z]{2}$/.test(code ?? "")) return missing(main);
    return originPage(main, {
        name: named(code), own: `country = ${code}`, path: `country/${encodeURIComponent(code)}`,
        words: () => `${code}: where addresses belong, which is not where attackers sit`,
        parts: { title: "Whose addresses they are", columns: [COLUMNS.network] }, hasNetworks: true,
    });
}
