/// Where the bytes of an encoded batch of flows go: SPEC.md §5.2's columns before and after compression.
///
/// A zstd frame does not say what each of its bytes is for, but it is a sequence of blocks that are unpacked one after
/// the other (RFC 8878 §3.1.1.2): a block's bytes belong to the columns whose bytes come out of it. The encoder ends a
/// block with every plane of 512 bytes or more, so a large column has its blocks for itself. Where columns share a
/// block, its bytes are divided by what the columns have in it unpacked, and those columns are not exact. A column that
/// repeats what stands before it is cheap because of that, and is shown so.
public struct BatchExplanation: Sendable, Hashable {
    public struct Column: Sendable, Hashable {
        /// As SPEC.md §5.2 calls it.
        public let name: String
        /// In the unpacked body.
        public var rawBytes: Int
        /// In the batch as it is sent.
        public var packedBytes: Double
        /// Whether no other column is in any of its blocks.
        public var isExact: Bool
    }

    /// In their order; a column without values has 0 bytes.
    public private(set) var columns: [Column]
    public private(set) var batches = 1
    /// Flow records.
    public private(set) var records: Int
    /// The whole batch, encoded.
    public private(set) var totalBytes: Int
    /// Preamble and header.
    public private(set) var headerBytes: Int
    /// Of the packed body, what unpacks to nothing: the zstd frame's own header, and an empty block at its end.
    public private(set) var frameBytes: Int

    init(
        records: Int, totalBytes: Int, headerBytes: Int, columnEnds: [(name: String, end: Int)],
        blocks: [ZstandardBlock]
    ) {
        self.records = records
        self.totalBytes = totalBytes
        self.headerBytes = headerBytes
        frameBytes = totalBytes - headerBytes - blocks.reduce(0) { $0 + ($1.rawBytes > 0 ? $1.packedBytes : 0) }
        columns = columnEnds.map { Column(name: $0.name, rawBytes: 0, packedBytes: 0, isExact: true) }
        var column = 0
        var at = 0
        for block in blocks {
            let end = at + block.rawBytes
            let start = at
            while at < end, column < columns.count {
                let part = min(end, columnEnds[column].end) - at
                columns[column].rawBytes += part
                columns[column].packedBytes += Double(block.packedBytes) * Double(part) / Double(block.rawBytes)
                if part > 0, at > start || at + part < end { columns[column].isExact = false }
                at += part
                if at == columnEnds[column].end { column += 1 }
            }
        }
    }

    /// Adds another batch's bytes, column by column.
    public mutating func add(_ other: BatchExplanation) {
        batches += other.batches
        records += other.records
        totalBytes += other.totalBytes
        headerBytes += other.headerBytes
        frameBytes += other.frameBytes
        for column in other.columns {
            guard let index = columns.firstIndex(where: { $0.name == column.name }) else {
                columns.append(column)
                continue
            }
            columns[index].rawBytes += column.rawBytes
            columns[index].packedBytes += column.packedBytes
            columns[index].isExact = columns[index].isExact && column.isExact
        }
    }
}
