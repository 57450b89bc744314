package import FlowModel

/// What the opening of a spool found, for the log.
package struct RecoveryReport: Sendable, Hashable {
    /// Why there is a new live stream.
    package enum NewStream: String, Sendable, Hashable {
        /// The directory held none.
        case firstStart = "first start"
        /// The end of the old one is damaged, so that its highest number is not known.
        case damagedEnd = "damaged end"
        /// The old one, or the file that names it, is not there or not readable.
        case missing = "missing stream"
        /// The old one was written by a newer program.
        case newerFormat = "newer format"
    }

    /// Nil when the old one goes on.
    package var newStream: NewStream?
    /// Streams with records to deliver or to go on with.
    package var streams = 0
    package var segments = 0
    package var scannedBytes: UInt64 = 0
    /// Records that wait for their acknowledgement, gap reports made by this start among them.
    package var pendingRecords = 0
    /// Records whose payload is damaged.
    package var damagedRecords = 0
    /// Places in segments where bytes are no record.
    package var unreadableSpans = 0
    /// Sequence numbers that were declared lost.
    package var declaredLost = 0
    /// Sequence numbers that are lost too, but too many to be listed; saturates.
    package var undeclaredLost: UInt64 = 0
    /// Whether a loss could not be written down yet; the next append tries again.
    package var isDeclarationPending = false
    /// Files that were moved to `quarantine/`.
    package var quarantinedFiles = 0
    /// Streams that a newer program wrote; they are left alone.
    package var newerStreams: [Epoch] = []
    /// Names in the spool's directory that are none of the spool's; they are left alone.
    package var foreignNames: [String] = []

    /// Whether something was lost or needs a person; damage that was declared before does not.
    package var isRemarkable: Bool {
        declaredLost > 0 || undeclaredLost > 0 || isDeclarationPending || quarantinedFiles > 0 || !newerStreams.isEmpty
            || newStream == .damagedEnd || newStream == .missing
    }
}
