import FlowModel
import Runtime
import Store

extension DatabaseOptions {
    /// Connects to make changes that the audit tells with the person who makes them.
    func connectToChange() throws -> StoreConnection {
        let store = try connect()
        try store.actAs(person: Person.current)
        return store
    }
}

extension Lookup {
    static let organisationExample =
        "darkscope org add city-a --name \"City of A\" --kind local-government --prefix 203.0.113.0/24"

    static func organisation(_ code: String, in store: StoreConnection) throws -> OrganisationRecord {
        guard let organisation = try store.organisations(code: code).first else {
            let there = try store.organisations().map(\.code)
            throw ProgramError(
                .failure,
                "there is no organisation \(code). " + instead(there, orElse: "Register it: \(organisationExample)"))
        }
        return organisation
    }

    /// The error for an outcome that all changes of an organisation share.
    static func refusal(
        _ outcome: OrganisationOutcome, _ code: String, zone: String? = nil, in store: StoreConnection
    ) throws -> ProgramError {
        switch outcome {
        case .unknownOrganisation:
            _ = try organisation(code, in: store)
            return ProgramError(.failure, "there was no organisation \(code) a moment ago. Try again")
        case .ended:
            return ProgramError(
                .failure, "\(code) is served no more. To serve it again: darkscope org resume \(code)")
        case .unknownZone:
            return ProgramError(
                .data, "there is no time zone \(zone ?? ""). Give an IANA name, such as Asia/Tokyo")
        default:
            return ProgramError(
                .software, "the registry answered \(outcome), which was not expected. Please report this")
        }
    }

    /// The error for a block that an organisation does not have.
    static func unknownBlock(
        _ prefix: String, of code: String, in store: StoreConnection
    ) throws -> ProgramError {
        let blocks = try store.organisationBlocks(of: code).filter(\.isCurrent).map(\.prefix.description)
        let remedy = "It has none; add it: darkscope org prefix add \(code) \(prefix)"
        return ProgramError(.failure, "\(prefix) is no block of \(code) now. " + instead(blocks, orElse: remedy))
    }
}
