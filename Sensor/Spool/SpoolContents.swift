import FlowModel
import SystemCalls

/// What a spool's directory holds at its opening.
struct SpoolContents {
    /// The stream that the spool names as the live one.
    let named: Epoch?
    private(set) var streams: [(directory: StreamDirectory, recovery: StreamRecovery)] = []
    /// What is declared lost in reports that are still to be delivered. A report that knows less must not overtake them.
    private(set) var declared: [Epoch: SequenceSet] = [:]
    /// Streams of a newer format.
    private(set) var newer: [Epoch] = []
    /// Names that are none of the spool's.
    private(set) var foreign: [String] = []

    /// Reads every segment; changes nothing.
    /// - Parameter maximumLost: lost numbers of a stream that are listed.
    init(of place: SpoolPlace, maximumLost: Int) throws(SystemError) {
        named = try place.readLive()
        for name in try place.files.list(place.root) {
            guard let epoch = Epoch(name) else {
                if !SpoolContents.ownNames.contains(name) { foreign.append(name) }
                continue
            }
            guard let directory = try StreamDirectory.read(epoch, in: place) else {
                foreign.append(name)
                continue
            }
            if directory.newerVersion != nil {
                newer.append(epoch)
            } else {
                let recovery = try StreamRecovery(directory, maximumLost: maximumLost)
                streams.append((directory, recovery))
                for (other, set) in recovery.declared {
                    for range in set.ranges { declared[other, default: SequenceSet()].insert(range) }
                }
            }
        }
    }

    static let ownNames: Set<String> = {
        let replaced = [SpoolPlace.liveName, Reserve.name]
        return Set(
            replaced + replaced.map { $0 + SpoolPlace.newSuffix }
                + [SpoolPlace.lockName, SpoolPlace.rejectedName, SpoolPlace.quarantineName])
    }()
}
