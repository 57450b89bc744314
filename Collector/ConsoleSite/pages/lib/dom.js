// Elements of the page. Text is always text: nothing that comes from a server or a person becomes markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element: h("a.number", { href, on: { click } }, "text", child).
 * Attributes whose value is null, undefined or false are left out; true gives an empty one. `on` has listeners, `data`
 * the data attributes, `style` properties of CSS (set from here, which the policy of the page allows).
 */
export function h(kind, attributes, ...children) {
    const [tag, ...classes] = kind.split(".");
    const element = tag.startsWith("svg:")
        ? document.createElementNS(SVG, tag.slice(4)) : document.createElement(tag || "div");
    if (classes.length) element.classList.add(...classes);
    for (const [name, value] of Object.entries(attributes ?? {})) {
        if (value === null || value === undefined || value === false) continue;
        if (name === "on") {
            for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
        } else if (name === "data") {
            Object.assign(element.dataset, value);
        } else if (name === "style") {
            for (const [property, text] of Object.entries(value)) element.style.setProperty(property, text);
        } else if (name === "class") {
            element.classList.add(...value.split(" ").filter(Boolean));
        } else {
            element.setAttribute(name, value === true ? "" : value);
        }
    }
    append(element, children);
    return element;
}

/** Puts children in place of those that an element has. */
export function fill(element, ...children) {
    element.replaceChildren();
    append(element, children);
    return element;
}

function append(element, children) {
    for (const child of children.flat(Infinity)) {
        if (child === null || child === undefined || child === false) continue;
        element.append(child instanceof Node ? child : String(child));
    }
}
