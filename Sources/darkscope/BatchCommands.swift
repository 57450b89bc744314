import ArgumentParser
import Glibc
import Runtime
import SystemCalls
import WireFormat

/// `darkscope batch`: encoded batches as files.
struct BatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch", abstract: "Look into encoded batches.", subcommands: [BatchExplainCommand.self])
}

/// `darkscope batch explain`.
struct BatchExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Tell what each column of batches takes of their bytes.",
        discussion: """
            Give files with one batch each, as darkscope-sensor spool dump --to writes them; several are added up. RAW is \
            the unpacked body, PACKED what is sent: the zstd blocks of a column. ~ marks a column that shares a block \
            with others, which is then divided by their raw bytes.
            """)

    @Argument(help: "Files with one encoded batch of flows each.")
    var files: [String]

    @OptionGroup var output: OutputOptions

    func run() throws {
        let decoder = BatchDecoder()
        var sum: BatchExplanation?
        for file in files {
            let explanation = try BatchExplainCommand.explain(file, decoder)
            if sum?.add(explanation) == nil { sum = explanation }
        }
        guard let sum else { return }
        output.answer(sum.json, sum.table, none: "")
    }

    private static func explain(_ file: String, _ decoder: BatchDecoder) throws(ProgramError) -> BatchExplanation {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try readFile(file, limit: WireLimits.batchBytes)
        } catch {
            throw error.code == EFBIG
                ? ProgramError(.data, "\(file): not a batch: longer than \(WireLimits.batchBytes) bytes")
                : ProgramError(.noInput, "\(error)")
        }
        do throws(WireError) {
            if let explanation = try decoder.explain(bytes) { return explanation }
        } catch {
            throw ProgramError(.data, "\(file): not a batch that can be read: \(error)")
        }
        throw ProgramError(.data, "\(file): a gap report, which has no columns")
    }
}

extension BatchExplanation {
    /// One row per column that has bytes, then what else is in the batch, then the sum.
    var table: TextTable {
        var table = TextTable([
            "COLUMN": .left, "RAW": .right, "PACKED": .right, "SHARE": .right, "PER RECORD": .right, "": .left,
        ])
        func add(_ name: String, _ raw: Int, _ packed: Double, _ mark: String = "") {
            table.add([
                name, "\(raw)", "\(Int(packed.rounded()))",
                packed.over(Double(totalBytes)).map { "\(($0 * 100).text(decimals: 1)) %" },
                packed.over(Double(records))?.text(decimals: 3), mark,
            ])
        }
        for column in columns where column.rawBytes > 0 {
            add(column.name, column.rawBytes, column.packedBytes, column.isExact ? "" : "~")
        }
        add("(header)", headerBytes, Double(headerBytes))
        add("(frame)", frameBytes, Double(frameBytes))
        let raw = columns.reduce(headerBytes) { $0 + $1.rawBytes }
        add("\(batches) batches, \(records) records", raw, Double(totalBytes))
        return table
    }

    var json: JSON {
        .members([
            "batches": .integer(Int64(batches)), "records": .integer(Int64(records)),
            "bytes": .integer(Int64(totalBytes)),
            "bytes_per_record": Double(totalBytes).over(Double(records)).json,
            "header_bytes": .integer(Int64(headerBytes)), "frame_bytes": .integer(Int64(frameBytes)),
            "columns": .array(
                columns.map { column in
                    .members([
                        "name": .string(column.name), "raw_bytes": .integer(Int64(column.rawBytes)),
                        "packed_bytes": Optional(column.packedBytes).json,
                        "packed_bytes_per_record": column.packedBytes.over(Double(records)).json,
                        "is_exact": .boolean(column.isExact),
                    ])
                }),
        ])
    }
}

extension Double {
    /// The quotient; nil over 0.
    fileprivate func over(_ divisor: Double) -> Double? { divisor == 0 ? nil : self / divisor }

    /// A number of at least 0 in decimal with one to three digits behind the point.
    func text(decimals: Int) -> String {
        let scale = [1, 10, 100, 1_000][decimals]
        let units = Int((self * Double(scale)).rounded())
        let behind = String(units % scale)
        return "\(units / scale)." + String(repeating: "0", count: decimals - behind.utf8.count) + behind
    }
}

extension Double? {
    /// With three digits behind the point; null for nil.
    fileprivate var json: JSON { map { .decimal($0.text(decimals: 3)) } ?? .null }
}
