package import FlowModel
package import WireFormat

/// A decoded batch that waits to be stored.
package struct PendingBatch: Sendable {
    package var sensor: Int32
    /// The 32-byte public key under which it came.
    package var publicKey: [UInt8]
    package var epoch: Epoch
    /// From 1.
    package var sequence: UInt64
    /// FNV-1a 64 of `encoded`.
    package var digest: UInt64
    package var content: BatchContent
    /// The batch as it was sent, kept for the dead letters.
    package var encoded: [UInt8]
    /// The collector's clock at reception.
    package var receivedUnixMicroseconds: Int64
    package var isImport: Bool

    package init(
        sensor: Int32, publicKey: [UInt8], epoch: Epoch, sequence: UInt64, digest: UInt64, content: BatchContent,
        encoded: [UInt8], receivedUnixMicroseconds: Int64, isImport: Bool
    ) {
        self.sensor = sensor
        self.publicKey = publicKey
        self.epoch = epoch
        self.sequence = sequence
        self.digest = digest
        self.content = content
        self.encoded = encoded
        self.receivedUnixMicroseconds = receivedUnixMicroseconds
        self.isImport = isImport
    }
}

/// What became of a batch.
package enum StoreOutcome: Sendable, Hashable {
    /// It is in the database.
    case stored
    /// Its sequence number had been stored with the same content, or declared lost: nothing to do.
    case duplicate
    /// Its sequence number had been stored with other content: somebody else uses the key. An alarm is recorded.
    case conflict
    /// Its key is not enrolled for this sensor any more.
    case revoked
    /// It can never be stored; it is in raw.dead_letter. The text is for an operator.
    case rejected(String)
}
