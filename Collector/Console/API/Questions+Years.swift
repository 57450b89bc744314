import Alerts
import Store

extension Questions {
    /// Years in the form in which NICT publishes those of NICTER.
    static func years(_ arguments: Arguments, _ desk: Desk) throws -> JSONValue {
        .members([
            "at": .string(try desk.connection.consoleNow()), "years": try desk.connection.consoleYears().objects,
            "notes": .strings(yearNotes),
        ])
    }

    /// What whoever compares the two should know.
    private static let yearNotes = [
        "A year of ours that is not whole has the packets of its days; its packets per address are those of a whole year at "
            + "the rate of the time that was observed.",
        "Packets per address can be compared between telescopes of different size; packets cannot.",
        "Our packets have those to IPv6 addresses in them; packets per address are of IPv4 alone.",
        "NICTER's figures are as NICT publishes them: rounded ones are from press reports, and of derived ones the number "
            + "of addresses follows from the other two. Years without a figure are not in the sources that we have.",
        "Addresses differ in what they get: a telescope in other networks sees other packets, even of the same year.",
    ]
}
