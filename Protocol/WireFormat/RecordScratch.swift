import FlowModel

/// What the columns take of a batch's records, in compact arrays that one pass fills: a record is larger than a cache
/// line, and a pass for each column would fetch them all again. Used again for each batch.
///
/// Owned by: its `BatchEncoder`.
final class RecordScratch {
    /// One number for each record, unchecked: indices are under `FlowBatch.maximumRecords`.
    struct Column<Number: FixedWidthInteger> {
        let numbers = UnsafeMutableBufferPointer<Number>.allocate(capacity: FlowBatch.maximumRecords)

        @inline(__always)
        subscript(index: Int) -> Number {
            get { numbers[index] }
            nonmutating set { numbers.initializeElement(at: index, to: newValue) }
        }

        /// The first `count` numbers.
        func prefix(_ count: Int) -> UnsafeBufferPointer<Number> { UnsafeBufferPointer(rebasing: numbers[..<count]) }
    }

    /// Class, protocol and service port: what the records of a group have in common.
    let service = Column<UInt32>()
    let packets = Column<UInt32>()
    let bytes = Column<UInt64>()
    let destinations = Column<UInt64>()
    let precision = Column<UInt8>()
    let first = Column<UInt32>()
    let signature = Column<UInt16>()
    let tools = Column<UInt8>()
    let ttl = Column<UInt8>()
    let ipLength = Column<UInt32>()
    let sourcePort = Column<UInt16>()
    let flags = Column<UInt8>()
    /// Of records with several packets.
    private(set) var spans: [UInt32] = []
    /// Tool counts that the shares leave open.
    private(set) var toolCounts: [UInt32] = []

    deinit {
        for column in [service, packets, first, ipLength] { column.numbers.deallocate() }
        for column in [bytes, destinations] { column.numbers.deallocate() }
        for column in [signature, sourcePort] { column.numbers.deallocate() }
        for column in [precision, tools, ttl, flags] { column.numbers.deallocate() }
    }

    /// - Precondition: the records keep `BatchRules`.
    func fill(_ records: [FlowRecord]) {
        precondition(records.count <= FlowBatch.maximumRecords, "more records than a batch has")
        spans.removeAll(keepingCapacity: true)
        toolCounts.removeAll(keepingCapacity: true)
        records.withUnsafeBufferPointer { records in
            for index in records.indices { take(records[index], at: index) }
        }
    }

    @inline(__always)
    private func take(_ record: borrowing FlowRecord, at index: Int) {
        let count = record.packets
        service[index] =
            UInt32(record.key.trafficClass.rawValue) << 24 | UInt32(record.key.ipProtocol) << 16
            | UInt32(record.key.servicePort)
        packets[index] = count &- 1
        bytes[index] = ByteWriter.zigzag(
            Int64(bitPattern: record.bytes &- UInt64(count) &* UInt64(record.exemplar.ipLength)))
        destinations[index] = ByteWriter.zigzag(Int64(count) &- Int64(record.destinations.value))
        precision[index] = record.destinations.precision.rawValue
        first[index] = record.firstMilliseconds
        if count > 1 { spans.append(record.lastMilliseconds &- record.firstMilliseconds) }
        signature[index] = record.signature
        tools[index] = ToolShares.pack(record.tools, of: count, &toolCounts)
        ttl[index] = record.exemplar.ttl
        ipLength[index] = record.exemplar.ipLength
        sourcePort[index] = record.exemplar.sourcePort
        flags[index] = record.exemplar.tcpFlags
    }
}
