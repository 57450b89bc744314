import ArgumentParser
import Glibc
import Runtime
import Store

/// `darkscope status`: how the sensors are now.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Tell how each sensor is now, and what the disk will have to hold.",
        discussion: """
            silent: nothing was stored for more than two windows, or ever. late: batches come, but nothing was observed \
            later than two windows ago. Drops and gaps are those of the last 24 hours; conflicts are batches refused as a \
            cloned sensor's. Retired sensors are left out.
            """)

    @Flag(help: "Exit with 1 unless there are sensors and all of them are ok.")
    var check = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let connection = try database.connect()
        let sensors = try connection.sensorStatus()
        let storage = try connection.storage()
        var table = TextTable([
            "SITE": .left, "SENSOR": .left, "STATE": .left, "LAST COMMIT": .left, "LAG": .right, "DROPS": .right,
            "GAPS": .right, "LOST": .right, "KEYS": .right, "CONFLICTS": .right,
        ])
        for sensor in sensors { table.add(sensor.cells) }
        output.answer(
            .members(["sensors": .array(sensors.map(\.json)), "storage": .array(storage.map(\.json))]), table,
            none: "No sensors yet. Register one: darkscope sensor add SITE NAME --key-file FILE")
        if !output.json, !table.isEmpty {
            print("")
            for use in storage { print(use.sentence) }
        }
        if check, sensors.isEmpty || sensors.contains(where: { $0.state != .ok }) {
            throw ArgumentParser.ExitCode(Runtime.ExitCode.failure.rawValue)
        }
    }
}

extension SensorStatus {
    var cells: [String?] {
        [
            site, sensor, state.rawValue, lastCommit, lagSeconds.map(SpanText.short), dropped, "\(gaps)", gapPackets,
            "\(keys)", "\(conflicts)",
        ]
    }

    /// The members have the names of the columns of api.sensor_status.
    var json: JSON {
        .members([
            "site": .string(site), "sensor": .string(sensor), "state": .string(state.rawValue),
            "last_commit": .text(lastCommit), "lag_seconds": lagSeconds.map { .integer($0) } ?? .null,
            "dropped_24h": .decimal(dropped), "gaps_24h": .integer(gaps),
            "gap_packets_24h": gapPackets.map { .decimal($0) } ?? .null, "conflicts": .integer(conflicts),
            "keys": .integer(keys),
        ])
    }
}

extension StorageUse {
    /// `flow: 1.46 GiB on disk, 104 MiB a day; kept for 90d00h they will take 9.14 GiB`
    var sentence: String {
        var text = "\(what): \(BytesText.short(bytes)) on disk"
        if let bytesADay { text += ", \(BytesText.short(bytesADay)) a day" }
        guard let keptSeconds else { return text }
        text += "; kept for \(SpanText.short(keptSeconds))"
        return forecastBytes.map { "\(text) they will take \(BytesText.short($0))" } ?? text
    }

    /// The members have the names of the columns of api.storage.
    var json: JSON {
        .members([
            "what": .string(what), "bytes": .integer(bytes), "days": .integer(days),
            "bytes_a_day": bytesADay.map { .integer($0) } ?? .null,
            "kept_seconds": keptSeconds.map { .integer($0) } ?? .null,
            "forecast_bytes": forecastBytes.map { .integer($0) } ?? .null,
        ])
    }
}
