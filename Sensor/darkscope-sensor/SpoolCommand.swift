import ArgumentParser
import FlowModel
import Runtime
import Spool
import SystemCalls
import WireFormat

/// `darkscope-sensor spool …`: looks into a spool without changing it, also while a sensor uses it.
struct SpoolCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spool", abstract: "Look into a spool without changing anything.",
        subcommands: [Verify.self, List.self, Dump.self])

    struct Location: ParsableArguments {
        @Argument(help: "The spool's directory: spool in the sensor's state_directory.")
        var directory = "/var/lib/darkscope-sensor/spool"

        func inspect(
            _ visit: (SpoolInspection.Record, [UInt8]) -> Void = { _, _ in }
        ) throws(ProgramError) -> SpoolInspection {
            do throws(SpoolError) {
                return try SpoolInspection(directory: directory, visit: visit)
            } catch {
                throw ProgramError(.noInput, "\(error)")
            }
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check every record; exit status 65 when something is damaged.")

        @OptionGroup var location: Location

        func run() throws {
            let inspection = try location.inspect()
            var records = 0
            var damages = 0
            for segment in inspection.streams.flatMap(\.segments) {
                records += segment.records.count
                damages += segment.damage.count
                for damage in segment.damage { print("\(segment.path): \(damage)") }
            }
            for name in inspection.foreignNames { print("\(location.directory)/\(name): not a file of the spool") }
            print("\(inspection.streams.count) streams, \(records) records, \(damages) places damaged")
            guard !inspection.isDamaged else {
                throw ProgramError(
                    .data, "the spool is damaged. The sensor starts all the same, and declares what is lost")
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The streams and their segments.")

        @OptionGroup var location: Location

        func run() throws {
            for stream in try location.inspect().streams {
                let kind = stream.isLive ? "live" : stream.isImport ? "file" : "earlier live"
                let settled = (stream.settled ?? []).map { "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ",")
                print("stream \(stream.epoch) (\(kind)), settled \(settled.isEmpty ? "nothing" : settled)")
                for segment in stream.segments {
                    let pending = segment.records.count { !$0.isSettled }
                    let packets = segment.records.filter { !$0.isSettled }.reduce(0) { $0 &+ $1.record.packets }
                    print(
                        "  from \(segment.firstSequence): \(segment.bytes) bytes, \(segment.records.count) records, "
                            + "\(pending) undelivered with \(packets) packets, \(segment.damage.count) places damaged")
                }
            }
        }
    }

    struct Dump: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Every record, with the sums that its batch holds when it is decoded.")

        @OptionGroup var location: Location

        @Option(
            help: ArgumentHelp(
                "Write each undamaged batch to EPOCH-SEQUENCE.batch in this directory too, for darkscope batch explain.",
                valueName: "directory"))
        var to: String?

        func run() throws {
            let decoder = BatchDecoder()
            var failure: SystemError?
            _ = try location.inspect { record, content in
                let facts = record.record
                let state = record.isSettled ? "settled" : "undelivered"
                print("\(facts.epoch) \(facts.sequence) \(state) \(Dump.describe(record, content, decoder))")
                guard let to, record.isIntact, failure == nil else { return }
                do throws(SystemError) {
                    try writeFileAtomically("\(to)/\(facts.epoch)-\(facts.sequence).batch", content, mode: 0o644)
                } catch {
                    failure = error
                }
            }
            if let failure { throw ProgramError(.cannotCreate, "\(failure)") }
        }

        private static func describe(
            _ record: SpoolInspection.Record, _ content: [UInt8], _ decoder: BatchDecoder
        ) -> String {
            guard record.isIntact else { return "damaged, \(content.count) bytes" }
            do throws(WireError) {
                switch try decoder.decode(content) {
                case .flows(let batch):
                    return "window \(batch.window.start)+\(batch.window.length)s part \(batch.part), "
                        + "\(batch.records.count) records, \(batch.account.aggregated) packets, \(content.count) bytes"
                case .gap(let report):
                    return "gap \(report.reason.name) of \(report.epoch), \(report.entries.count) entries"
                }
            } catch {
                return "not a batch: \(error)"
            }
        }
    }
}
