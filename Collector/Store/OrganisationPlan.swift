import Alerts
import FlowModel

/// What the registry has of the organisations that a file names.
struct OrganisationsThere {
    struct Organisation {
        let id: Int32
        let isEnded: Bool
        let settings: OrganisationSettings
    }

    /// A time in which a block is an organisation's, in Unix microseconds; `Int64.min` and `.max` stand for no end.
    struct Period {
        /// Nil while it is only planned.
        var id: Int32?
        var from: Int64
        var until: Int64
        var isClaimed: Bool
        /// The line that planned it.
        var line: Int?
        var vouchedBy: String?
        /// Whether its times or its proof are other than what is registered.
        var isChanged = false
        /// Whether its times are.
        var isMoved = false

        func overlaps(_ from: Int64, _ until: Int64) -> Bool { self.from < until && from < self.until }
    }

    struct BlockKey: Hashable {
        let organisation: String
        let prefix: Prefix
    }

    struct ContactKey: Hashable {
        let organisation: String
        let channel: ContactChannel
        let target: String
    }

    struct Contact {
        var id: Int32?
        var isEnded: Bool
        var format: NoticeFormat
        var line: Int?
        var isChanged = false
    }

    /// Unix microseconds.
    var now: Int64 = 0
    /// Those of the zones asked for that are time zones.
    var zones: Set<String> = []
    var organisations: [String: Organisation] = [:]
    var periods: [BlockKey: [Period]] = [:]
    var contacts: [ContactKey: Contact] = [:]
}

/// What importing a file comes to: what to write, or why it cannot be. The same file again comes to nothing.
///
/// What is said is set, and what is not said stays. What a person ended stays ended unless the file tells a time.
struct OrganisationPlan {
    private(set) var added: [OrganisationImport.Organisation] = []
    private(set) var changed: [(id: Int32, settings: OrganisationSettings)] = []
    /// Those to write are those without an id, or changed.
    private(set) var periods: [OrganisationsThere.BlockKey: [OrganisationsThere.Period]] = [:]
    private(set) var contacts: [OrganisationsThere.ContactKey: OrganisationsThere.Contact] = [:]
    private(set) var problems = ImportProblems()
    private(set) var counts = ImportCounts()

    private let there: OrganisationsThere
    /// Blocks for which a line of the file tells a start, with one such line.
    private var dated: [OrganisationsThere.BlockKey: Int] = [:]
    /// Lines that tell of a block without a start.
    private var undated: [OrganisationsThere.BlockKey: OrganisationImport.Block] = [:]

    init(_ file: OrganisationImport, _ there: OrganisationsThere) {
        self.there = there
        periods = there.periods
        contacts = there.contacts
        for organisation in file.organisations { plan(organisation) }
        for block in file.blocks where block.from != nil {
            dated[OrganisationsThere.BlockKey(organisation: block.organisation, prefix: block.prefix)] = block.line
        }
        for block in file.blocks { plan(block) }
        for contact in file.contacts { plan(contact) }
        count()
    }

    private mutating func plan(_ organisation: OrganisationImport.Organisation) {
        func problem(_ line: Int, _ column: String, _ cause: String) {
            problems.add(ImportProblem(line: line, column: column, cause: cause))
        }
        if let zone = organisation.settings[.zone], !there.zones.contains(zone) {
            problem(
                organisation.lineOfSetting[.zone] ?? 0, "zone",
                "there is no time zone \(zone); give an IANA name, such as Asia/Bangkok")
        }
        guard let known = there.organisations[organisation.code] else {
            if organisation.settings[.name] == nil {
                for line in organisation.lines {
                    problem(
                        line, "organisation",
                        "there is no organisation \(organisation.code); give its name to add it")
                }
            }
            added.append(organisation)
            return
        }
        guard !known.isEnded else {
            for line in organisation.lines {
                problem(
                    line, "organisation",
                    "\(organisation.code) was ended; serve it again with darkscope org resume \(organisation.code)")
            }
            return
        }
        let new = organisation.settings.differing(from: known.settings)
        if new.isEmpty {
            counts.organisationsSame += 1
        } else {
            changed.append((known.id, new))
        }
    }

    private mutating func plan(_ block: OrganisationImport.Block) {
        let key = OrganisationsThere.BlockKey(organisation: block.organisation, prefix: block.prefix)
        var known = periods[key] ?? []
        func micros(_ seconds: Int64) -> Int64 { min(max(seconds, 0), 1 << 38) * 1_000_000 }
        let from = block.from.map(micros)
        let until = block.until.map(micros)
        func problem(_ column: String, _ cause: String) {
            problems.add(ImportProblem(line: block.line, column: column, cause: cause))
        }
        if from == nil {
            if let line = dated[key] {
                return problem(
                    "valid_from", "line \(line) tells one for \(block.prefix) of \(block.organisation); tell it on each"
                )
            }
            if let other = undated[key], other.until != block.until {
                return problem(
                    "valid_until",
                    "line \(other.line) has another for \(block.prefix) of \(block.organisation); tell valid_from too")
            }
            undated[key] = block
        }
        let candidates = known.indices.filter { index in
            let period = known[index]
            // The end that the file tells has passed since it was imported.
            if from == nil, let until, until <= there.now { return period.until == until }
            return period.overlaps(from ?? there.now, until ?? .max)
        }
        let exact = from.flatMap { start in candidates.first { known[$0].from == start } }
        guard let place = exact ?? candidates.first else {
            if from == nil, until ?? .max > there.now, known.contains(where: { $0.until <= there.now }) {
                counts.blocksEnded += 1
                return
            }
            guard (from ?? there.now) < until ?? .max else {
                return problem("valid_until", "it is over already; give valid_from too, or leave the line out")
            }
            known.append(
                OrganisationsThere.Period(
                    from: from ?? there.now, until: until ?? .max, isClaimed: block.vouchedBy == nil, line: block.line,
                    vouchedBy: block.vouchedBy))
            periods[key] = known
            return
        }
        var period = known[place]
        guard exact != nil || candidates.count == 1 else {
            return problem("prefix", "\(block.prefix) has several times in it; give the valid_from of one")
        }
        let (newFrom, newUntil) = (from ?? period.from, until ?? period.until)
        let isOther = newFrom != period.from || newUntil != period.until
        if isOther, let line = period.line {
            return problem("prefix", "line \(line) has another time for \(block.prefix) of \(block.organisation)")
        }
        guard newFrom < newUntil else {
            return problem("valid_until", "it is not after the time from which \(block.prefix) is registered")
        }
        guard !known.indices.contains(where: { $0 != place && known[$0].overlaps(newFrom, newUntil) }) else {
            return problem(
                "prefix",
                "\(block.prefix) has another time that overlaps; see: darkscope org show \(block.organisation)")
        }
        (period.from, period.until, period.line) = (newFrom, newUntil, block.line)
        if isOther { (period.isChanged, period.isMoved) = (period.id != nil, period.id != nil) }
        if let vouchedBy = block.vouchedBy, period.isClaimed {
            period.isClaimed = false
            period.vouchedBy = vouchedBy
            period.isChanged = period.id != nil
        }
        known[place] = period
        periods[key] = known
    }

    private mutating func plan(_ contact: OrganisationImport.Contact) {
        let key = OrganisationsThere.ContactKey(
            organisation: contact.organisation, channel: contact.target.channel, target: contact.target.text)
        let standard = contact.target.channel.formats[0]
        guard var known = contacts[key] else {
            contacts[key] = OrganisationsThere.Contact(
                isEnded: false, format: contact.format ?? standard, line: contact.line)
            return
        }
        if let line = known.line, known.format != contact.format ?? known.format {
            problems.add(
                ImportProblem(
                    line: contact.line, column: "\(contact.target.channel.rawValue)_format",
                    cause: "line \(line) has another format for \(contact.target.text)"))
            return
        }
        if !known.isEnded, let format = contact.format, format != known.format {
            known.format = format
            known.isChanged = known.id != nil
        }
        known.line = contact.line
        contacts[key] = known
    }

    private mutating func count() {
        counts.organisationsAdded = added.count
        counts.organisationsChanged = changed.count
        for period in periods.values.joined() where period.line != nil {
            if period.id == nil {
                counts.blocksAdded += 1
            } else if period.isChanged {
                counts.blocksChanged += 1
            } else {
                counts.blocksSame += 1
            }
        }
        for contact in contacts.values where contact.line != nil {
            if contact.id == nil {
                counts.contactsAdded += 1
            } else if contact.isEnded {
                counts.contactsEnded += 1
            } else if contact.isChanged {
                counts.contactsChanged += 1
            } else {
                counts.contactsSame += 1
            }
        }
    }
}
