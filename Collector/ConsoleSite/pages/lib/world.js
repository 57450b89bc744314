// Outlines and places of countries. They stay the same while the page lives, so they are asked for once.

let world = null;

/**
 * {land: GeoJSON or null, points: {code: [latitude, longitude]}, why: what is missing and how to get it, or ""}.
 * @param context of a view: what it asks for ends with it.
 */
export async function worldOf(context) {
    if (world) return world;
    const missing = [];
    const part = (path) => context.ask(path).catch((error) => {
        if (error.status !== 404) throw error;
        missing.push(error.message);
        return null;
    });
    const [land, points] = await Promise.all([context.ask("land"), part("points")]);
    if (land.why) missing.push(land.why);
    const found = { land: land.why ? null : land, points: points ?? {}, why: missing.join(" ") };
    if (!missing.length) world = found;
    return found;
}
