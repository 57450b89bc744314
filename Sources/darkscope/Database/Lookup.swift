import Runtime
import Store

/// Finds sites and sensors by their names, and says what there is instead of one that is not there.
enum Lookup {
    static let siteExample = "darkscope site add th-1 --name \"Example University\" --prefix 198.51.100.0/24"

    static func site(_ code: String, in store: StoreConnection) throws -> Site {
        guard let site = try store.sites(code: code).first else { throw try unknownSite(code, in: store) }
        return site
    }

    /// The error for a site that is not there.
    static func unknownSite(_ code: String, in store: StoreConnection) throws -> ProgramError {
        let there = try store.sites().map(\.code)
        return ProgramError(
            .failure, "there is no site \(code). " + instead(there, orElse: "Register it: \(siteExample)"))
    }

    static func sensor(_ name: String, of site: String, in store: StoreConnection) throws -> RegisteredSensor {
        let sensors = try store.sensors(site: site)
        if let sensor = sensors.first(where: { $0.name == name }) { return sensor }
        _ = try self.site(site, in: store)
        let remedy = "Register it: darkscope sensor add \(site) \(name) --key-file FILE"
        throw ProgramError(
            .failure, "site \(site) has no sensor \(name). " + instead(sensors.map(\.name), orElse: remedy))
    }

    /// The names that are there, or what to do when there are none.
    static func instead(_ names: [String], orElse remedy: String) -> String {
        guard !names.isEmpty else { return remedy }
        let some = names.prefix(20).joined(separator: ", ")
        return "There are: \(some)" + (names.count > 20 ? " and \(names.count - 20) more" : "")
    }
}

extension ProgramError {
    /// An outcome that the registry does not have for the call that was made: our mistake, said as such.
    static func unexpected(_ outcome: RegistryOutcome) -> ProgramError {
        ProgramError(.software, "the registry answered \(outcome), which was not expected. Please report this")
    }
}
