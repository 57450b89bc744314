/// What one flow record tells of a key: an activity of one minute, in 64 bytes.
struct Sighting {
    let key: ActivityKey
    /// Where the rest of a key's hour is, when there was more than this.
    var course: Int32 = -1
    let hash: UInt64
    /// Unix milliseconds.
    let first: Int64
    let packets: Int64
    let destinations: Int64
    /// Milliseconds from the first packet to the last.
    let length: Int32
    let site: Int32
    /// Attacked port; -1 for none.
    let port: Int32
    /// Minute of the hour in which the window begins.
    let minute: Int16
    /// Class of the first destination's address by its hash, 0...63; `untold` when the site does not tell.
    let destinationClass: UInt8

    static let untold: UInt8 = 64

    var activity: Activity {
        var activity = Activity(
            first: first, last: first + Int64(length), packets: packets, destinations: destinations,
            destinationBits: destinationClass == Sighting.untold ? .max : 1 << UInt64(destinationClass))
        activity.sites.insert(site)
        if port >= 0 { activity.ports.add(port, packets) }
        return activity
    }
}
