package import FlowModel

/// An organisation of the registry.
package struct OrganisationRecord: Sendable, Hashable {
    package let code: String
    /// All of them; the fields that are not there have no value.
    package let settings: OrganisationSettings
    /// RFC 3339 in UTC.
    package let createdAt: String
    /// RFC 3339 in UTC; nil while the organisation is served.
    package let endedAt: String?
    /// Blocks that are its own now.
    package let blocks: Int
    /// Those of them that are proven or vouched for.
    package let trustedBlocks: Int
    /// Contacts that are in use.
    package let contacts: Int
}

/// A block of an organisation and how it is known to be its own.
package struct OrganisationBlock: Sendable, Hashable {
    package let organisation: String
    package let prefix: Prefix
    /// RFC 3339 in UTC; nil when it was the organisation's always.
    package let from: String?
    /// RFC 3339 in UTC, exclusive; nil when no end is known.
    package let until: String?
    /// Whether it is the organisation's now.
    package let isCurrent: Bool
    /// `claimed`, `proven` or `vouched`.
    package let proof: String
    /// Who vouched, or where the token was sent.
    package let proofBy: String?
    /// RFC 3339 in UTC.
    package let proofAt: String?
    /// Until when a token is awaited, RFC 3339 in UTC; nil when none is, or when it is too late.
    package let tokenUntil: String?
}

/// An address or block from which an organisation itself scans.
package struct AllowedBlock: Sendable, Hashable {
    package let prefix: Prefix
    package let note: String
    /// RFC 3339 in UTC.
    package let createdAt: String
}

/// What became of a change to the organisations of the registry.
package enum OrganisationOutcome: Sendable, Hashable {
    case done
    case unknownOrganisation
    /// The organisation is served no more.
    case ended
    case unknownZone
    /// An organisation, contact or allowed block like that is there already.
    case exists
    /// The organisation has the same block at the same time.
    case overlaps
    case unknownBlock
    case unknownContact
    /// No token is awaited for the block.
    case noToken
    /// The token's time is over.
    case expired
    case wrongToken
    /// The block is proven already.
    case proven
}
