import ArgumentParser
import Store

/// Settings of an organisation, all but its name.
struct OrganisationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("local-government, national-cert, isp or other. (default: other)", valueName: "kind"),
        transform: OrganisationText.reader(.kind))
    var kind: Setting?

    @Option(
        help: ArgumentHelp("ISO 3166-1 code, or none.", valueName: "cc"), transform: OrganisationText.reader(.country))
    var country: Setting?

    @Option(
        help: ArgumentHelp("ISO 639-1 code of the language of its mail. (default: en)", valueName: "ll"),
        transform: OrganisationText.reader(.language))
    var language: Setting?

    @Option(
        help: ArgumentHelp(
            "Traffic Light Protocol of what it is sent: clear, green, amber, amber+strict or red. (default: amber)",
            valueName: "label"), transform: OrganisationText.reader(.tlp))
    var tlp: Setting?

    @Option(
        help: ArgumentHelp("Time zone of its days and its quiet hours. (default: UTC)", valueName: "zone"),
        transform: OrganisationText.reader(.zone))
    var zone: Setting?

    @Option(
        help: ArgumentHelp(
            "Hours of its clock in which nothing is sent, such as 22:00-06:00, or none. (default: none)",
            valueName: "hours"), transform: OrganisationText.reader(.quiet))
    var quiet: Setting?

    @Option(
        help: ArgumentHelp(
            "How often what is no first notice is told: hourly or daily. (default: daily)", valueName: "pace"),
        transform: OrganisationText.reader(.digest))
    var digest: Setting?

    @Option(
        help: ArgumentHelp("Notices on a day at most. (default: 10)", valueName: "n"),
        transform: OrganisationText.reader(.dailyCap))
    var dailyCap: Setting?

    @Option(
        help: ArgumentHelp("Packets without which no infection is reported. (default: 10)", valueName: "n"),
        transform: OrganisationText.reader(.leastPackets))
    var leastPackets: Setting?

    @Option(
        help: ArgumentHelp(
            "Dark addresses without which what one site saw is no infection. (default: 3)", valueName: "n"),
        transform: OrganisationText.reader(.leastAddresses))
    var leastAddresses: Setting?

    @Option(
        help: ArgumentHelp("Hours without evidence after which an alert is closed. (default: 24)", valueName: "n"),
        transform: OrganisationText.reader(.cleanHours))
    var cleanHours: Setting?

    /// What was given.
    var settings: OrganisationSettings {
        let given: [(OrganisationField, Setting?)] = [
            (.kind, kind), (.country, country), (.language, language), (.tlp, tlp), (.zone, zone), (.quiet, quiet),
            (.digest, digest), (.dailyCap, dailyCap), (.leastPackets, leastPackets), (.leastAddresses, leastAddresses),
            (.cleanHours, cleanHours),
        ]
        var settings = OrganisationSettings()
        for (field, setting) in given {
            if let setting { settings.values[field] = .some(setting.value) }
        }
        return settings
    }
}
