import FlowModel
import Testing

@testable import Aggregation

struct AggregatorTests {
    /// Aggregates frames, each with its second, in batches of `size`.
    private func aggregate(
        _ frames: [(seconds: Int64, bytes: [UInt8])], _ aggregator: inout Aggregator, size: Int = PacketBatch.capacity
    ) {
        let batch = PacketBatch()
        for (seconds, bytes) in frames {
            Packets.append(bytes, seconds: seconds, to: batch)
            if batch.count == size {
                aggregator.ingest(batch)
                batch.removeAll()
            }
        }
        aggregator.ingest(batch)
    }

    private func frames(_ count: Int, from start: Int64, step: Int) -> [(seconds: Int64, bytes: [UInt8])] {
        (0..<count).map { number in
            let source = UInt32(truncatingIfNeeded: number &* 2_654_435_761) % 300
            let frame = Packets.syn(
                source: source, destination: UInt32(number % 97), port: UInt16(number % 3),
                options: number % 2 == 0 ? [2, 4, 5, UInt8(number % 200)] : [])
            return (start + Int64(number / step), frame)
        }
    }

    @Test func theSizeOfBatchesChangesNothing() {
        // Six windows; a batch spans two of them, and packets come back to a window that is still open.
        var packets = frames(6_000, from: 1_000, step: 17)
        for index in stride(from: 50, to: packets.count, by: 50) { packets.swapAt(index, index - 45) }
        var whole = Aggregator(settings: AggregationSettings(), mode: .file)
        aggregate(packets, &whole)
        whole.finish()
        var single = Aggregator(settings: AggregationSettings(), mode: .file)
        aggregate(packets, &single, size: 1)
        single.finish()
        let result = Packets.batches(&whole)
        let other = Packets.batches(&single)
        #expect(result.count == 7 && result == other)
    }

    @Test func aWindowInUsedMemoryIsLikeOneInFreshMemory() throws {
        var settings = AggregationSettings()
        settings.maximumRecords = 10_000
        var aggregator = Aggregator(settings: settings, mode: .file)
        var found: [FlowBatch] = []
        for round in 0..<4 {
            aggregate(frames(3_000, from: Int64(round) * 60, step: 3_000), &aggregator)
            aggregator.finish()
            found += Packets.batches(&aggregator)
        }
        #expect(found.count == 4)
        for batch in found {
            #expect(batch.records == found[0].records && batch.signatures == found[0].signatures)
            #expect(batch.account.received == 3_000)
        }
    }

    @Test func aFloodStaysInItsBoundAndKeepsExactSums() throws {
        var settings = AggregationSettings()
        settings.maximumRecords = 500
        var aggregator = Aggregator(settings: settings, mode: .file)
        let before = frames(2_000, from: 0, step: 2_000)
        aggregate(before, &aggregator)
        let flood = (0..<40_000).map { number in
            (seconds: Int64(10), bytes: Packets.syn(source: 1_000_000 + UInt32(number), destination: 1, port: 80))
        }
        aggregate(flood, &aggregator)
        aggregate(before, &aggregator)
        aggregator.finish()
        let batches = Packets.batches(&aggregator)
        let records = batches.flatMap(\.records)
        let overflow = batches.flatMap(\.overflow)
        #expect(records.count == 500)
        let packets = records.reduce(0) { $0 + UInt64($1.packets) } + overflow.reduce(0) { $0 + $1.packets }
        let bytes = records.reduce(0) { $0 + $1.bytes } + overflow.reduce(0) { $0 + $1.bytes }
        #expect(packets == 44_000)
        #expect(bytes == (before + before + flood).reduce(0) { $0 + UInt64($1.bytes.count - 14) })
        let spoofed = try #require(overflow.first { $0.servicePort == 80 })
        let kept = records.count { $0.key.servicePort == 80 }
        #expect(spoofed.packets == UInt64(40_000 - kept))
        #expect(abs(Double(spoofed.sources.value) / Double(spoofed.packets) - 1) < 0.165)
        #expect(batches.reduce(0) { $0 + $1.account.overflowed } == overflow.reduce(0) { $0 + $1.packets })
        #expect(batches.allSatisfy { $0.account.isConserved })
    }

    @Test func whatIsNotDarkIsFiltered() throws {
        var settings = AggregationSettings()
        settings.darkSpace = DarkSpace([try #require(Prefix("0.0.0.0/28"))])
        var aggregator = Aggregator(settings: settings, mode: .file)
        aggregate(frames(970, from: 0, step: 970), &aggregator)
        aggregator.finish()
        let account = Packets.batches(&aggregator)[0].account
        #expect(account.received == 970 && account.aggregated == 160 && account.filtered == 810)
    }

    @Test func signaturesAreNumberedOnceEach() throws {
        var table = SignatureTable()
        let keyed = KeyedHash((1, 2))
        func signature(_ number: Int) -> CanonicalSignature {
            let options: [UInt8] = [2, 4, UInt8(number >> 8), UInt8(number & 255)]
            let batch = PacketBatch()
            Packets.append(Packets.syn(source: 1, destination: 2, port: 3, options: options), seconds: 0, to: batch)
            let facts = UnsafeMutablePointer<PacketFacts<UInt32>>.allocate(capacity: 1)
            let facts6 = UnsafeMutablePointer<PacketFacts<UInt128>>.allocate(capacity: 1)
            defer {
                facts.deallocate()
                facts6.deallocate()
            }
            let header = batch.header(0)
            guard case .ipv4 = Dissector.dissect(batch.view(0), header, index: 0, ipv4: facts, ipv6: facts6) else {
                preconditionFailure("not IPv4")
            }
            return CanonicalSignature(batch.view(0), facts.pointee, keyed)
        }
        for _ in 0..<2 {
            for number in (1...3_000).map({ $0 }) + (1...3_000) {
                let given = table.number(signature(number))
                #expect(given == number)
            }
            let found = try #require(table.signature(700))
            #expect(
                found
                    == .syn(
                        window: 1_024, optionKinds: [2], mss: 700, windowScale: 255, dontFragment: false, roundedTTL: 64
                    ))
            table.removeAll()
            #expect(table.count == 0)
        }
    }
}
