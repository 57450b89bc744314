/// Joins what one key did in successive hours of a telescope to events.
package enum EventJoin {
    /// An event and what it was judged by.
    package struct Event: Sendable, Hashable {
        package var activity: Activity
        /// Of the hour in which the event began.
        package var size: TelescopeSize
        /// Of the hour in which it was seen last.
        package var lastSize: TelescopeSize

        /// A silence of more would have ended it where it was seen last.
        package func timeoutSeconds(_ kind: ActivityKey.Kind) -> Int64 {
            ActivityHour.timeout(kind, lastSize) / 1_000
        }
    }

    /// - Parameter activities: of one key, by their first packet, each with the telescope's size in its hour.
    /// - Returns: those that are events by the rules for their kind.
    package static func events(
        of kind: ActivityKey.Kind, _ activities: some Sequence<(activity: Activity, size: TelescopeSize)>
    ) -> [Event] {
        var events: [Event] = []
        for (activity, size) in activities {
            // How long a silence may be is a matter of the hour in which it begins.
            if let last = events.indices.last,
                activity.first - events[last].activity.last <= ActivityHour.timeout(kind, events[last].lastSize)
            {
                events[last].activity.join(activity)
                events[last].lastSize = size
            } else {
                events.append(Event(activity: activity, size: size, lastSize: size))
            }
        }
        return events.filter { isEvent($0, kind) }
    }

    private static func isEvent(_ event: Event, _ kind: ActivityKey.Kind) -> Bool {
        let (activity, size) = (event.activity, event.size)
        switch kind {
        case .scan:
            return activity.destinations(of: size.addresses).estimate >= size.leastScanDestinations
        case .attack:
            return activity.packets >= TelescopeSize.attackPackets && activity.peak >= size.leastAttackPeak
                && activity.last - activity.first >= TelescopeSize.attackMilliseconds
        }
    }
}
