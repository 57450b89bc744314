// Names of what figures are about.

import { UNKNOWN } from "./format.js";

const regions = new Intl.DisplayNames("en", { type: "region", fallback: "code" });

const CLASSES = {
    "tcp-syn": "TCP SYN", "tcp-synack": "TCP SYN+ACK", "tcp-rst": "TCP RST", "tcp-other": "other TCP", "udp-probe": "UDP",
    "udp-response": "UDP response", "icmp-request": "ICMP request", "icmp-reply": "ICMP reply", "icmp-error": "ICMP error",
    "icmp-other": "other ICMP", fragment: "fragments", other: "other protocols",
};
/** Classes of packets that answer what somebody else sent with forged dark addresses. */
const BACKSCATTER = new Set(["tcp-synack", "tcp-rst", "udp-response", "icmp-reply", "icmp-error"]);

/** Whether a traffic class is backscatter. */
export function isBackscatter(code) {
    return BACKSCATTER.has(code);
}

/** Whether there is a traffic class of that name. */
export function isClass(code) {
    return Object.hasOwn(CLASSES, code ?? "");
}

/** Traffic class in words. */
export function className(code) {
    return CLASSES[code] ?? code ?? UNKNOWN;
}

/** Protocol of a traffic class: tcp, udp, icmp or other. */
export function protocol(code) {
    const word = String(code ?? "").split("-")[0];
    return ["tcp", "udp", "icmp"].includes(word) ? word : "other";
}

/** 23/tcp telnet; of ICMP type and code; a port of -1, or none, stands for those that are not kept one by one. */
export function portLabel(trafficClass, port, name) {
    if (port === null || port === undefined || Number(port) < 0) return `other ports, ${className(trafficClass)}`;
    const kind = protocol(trafficClass);
    let text = className(trafficClass);
    if (kind === "icmp") text = `icmp ${port >> 8}/${port & 255}`;
    if (kind === "tcp" || kind === "udp") text = `${port}/${kind}`;
    const mark = isBackscatter(trafficClass) || trafficClass === "tcp-other" ? ` (${className(trafficClass)})` : "";
    return `${text}${name ? ` ${name}` : ""}${mark}`;
}

/** Country of ISO code; "unknown" where the table of origins has none. */
export function country(code) {
    if (!code || code === "unknown" || code === "??") return "unknown country";
    if (code === "EU") return "Europe (no country)";
    if (code === "AP") return "Asia-Pacific (no country)";
    try {
        return regions.of(code);
    } catch {
        return code;
    }
}

/** AS64500 Example Net. */
export function network(asn, name) {
    return asn === null || asn === undefined || asn === "unknown" ? "unknown network" : `AS${asn}${name ? ` ${name}` : ""}`;
}
