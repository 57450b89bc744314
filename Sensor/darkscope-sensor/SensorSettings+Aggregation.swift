import Aggregation
import Capture
import FlowModel
import Runtime

extension SensorSettings {
    /// Resident bytes of the whole program at most, whatever is sent to it.
    var memoryBound: Int {
        memory.bytes + memory.otherBytes + Int(live?.ringBytes ?? 0) + SpoolKeeper.maximumHeldBytes
    }

    func aggregation(hashSeed: (UInt64, UInt64)) -> AggregationSettings {
        var aggregation = AggregationSettings()
        aggregation.windowLength = windowSeconds
        aggregation.darkSpace = DarkSpace(prefixes)
        aggregation.maximumRecords = memory.records
        aggregation.destinationBytes = memory.destinationBytes
        aggregation.tableBytes = memory.tableBytes
        aggregation.hashSeed = hashSeed
        return aggregation
    }

    /// What goes into the accounts of a file's windows: nothing that differs from one reading to the next.
    func fileConditions(shift: Int64) -> CaptureConditions {
        var conditions = CaptureConditions()
        conditions.clock = .file
        conditions.shiftSeconds = shift
        conditions.sensorVersion = Version.text
        conditions.configurationDigest = FNV1a64.digest(of: batchSettings(shift: shift).utf8)
        return conditions
    }

    /// Every setting that decides which batches a file becomes, as text. The first word changes whenever this program
    /// makes other batches of the same file than before.
    func batchSettings(shift: Int64) -> String {
        let prefixes = prefixes.map(\.description).sorted().joined(separator: ",")
        return
            "2 window=\(windowSeconds) prefixes=\(prefixes) policy=\(policy.name) memory=\(memory.bytes) shift=\(shift)"
    }
}
