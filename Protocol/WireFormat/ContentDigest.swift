import FlowModel

/// FNV-1a 64 of a batch's encoded bytes: the ledger keeps it, so that the same sequence with another content (a cloned
/// sensor) is noticed. Not a protection against a forger: the sender is known by its CURVE key.
public func contentDigest(_ bytes: some Sequence<UInt8>) -> UInt64 {
    FNV1a64.digest(of: bytes)
}
