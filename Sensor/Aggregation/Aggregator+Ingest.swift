import FlowModel

/// The way of a packet into its record. A batch is passed several times, and what the next pass will read of the tables
/// is asked for one pass ahead, so that the processor fetches many lines of memory at once instead of one after the
/// other: dissect and hash; find the candidate; see where distinct destinations are; count.
extension Aggregator {
    /// Counts every packet of the batch. Nanoseconds a packet: see ops/bench.
    package mutating func ingest(_ batch: borrowing PacketBatch) {
        let counts = dissect(batch)
        let ahead = current
        if let ahead { lookAhead(ahead, counts.ipv4) }
        for index in 0..<counts.ipv4 {
            let facts = facts4 + index
            let (state, isLate) = select(facts.pointee.seconds)
            let milliseconds = state.pointee.milliseconds(facts.pointee.seconds, facts.pointee.nanoseconds)
            let candidate = places4[index].candidate
            // What was found ahead holds for the window of then.
            if candidate != 0, state == ahead,
                state.pointee.addKnown(facts, candidate: candidate, milliseconds: milliseconds)
            {
                count(state, milliseconds, .known, isLate)
            } else {
                add4(facts, places4[index].hash, state, milliseconds, isLate, batch)
            }
        }
        for index in 0..<counts.ipv6 { add6(facts6 + index, batch) }
    }

    /// Where a packet's flow is.
    struct Place {
        var hash: UInt64
        /// As `FlowTable.candidate` gave it.
        var candidate: UInt32
    }

    @inline(never)
    private mutating func add4(
        _ facts: UnsafePointer<PacketFacts<UInt32>>, _ place: UInt64, _ state: UnsafeMutablePointer<WindowState>,
        _ milliseconds: UInt32, _ isLate: Bool, _ batch: borrowing PacketBatch
    ) {
        let outcome = addPacket(
            facts, hash: place, view: batch.view(Int(facts.pointee.index)), table: &state.pointee.ipv4,
            destinations: &state.pointee.ipv4Destinations, overflow: &state.pointee.overflow,
            signatures: &state.pointee.signatures, keyed: hash, milliseconds: milliseconds,
            mayInsert: mayInsert(state), hint: hint)
        count(state, milliseconds, outcome, isLate)
    }

    private mutating func dissect(_ batch: borrowing PacketBatch) -> (ipv4: Int, ipv6: Int) {
        var count4 = 0
        var count6 = 0
        for index in 0..<batch.count {
            let header = batch.header(index)
            let facts = facts4 + count4
            switch Dissector.dissect(batch.view(index), header, index: index, ipv4: facts, ipv6: facts6 + count6) {
            case .ipv4:
                guard settings.darkSpace.contains(facts.pointee.destination) else {
                    countOther(header, .filtered)
                    continue
                }
                let place = hash.hash(
                    source: facts.pointee.source, victim: facts.pointee.victim, key: facts.pointee.key)
                (places4 + count4).initialize(to: Place(hash: place, candidate: 0))
                current?.pointee.ipv4.prefetchSlot(place)
                count4 &+= 1
            case .ipv6:
                guard settings.darkSpace.contains(facts6[count6].destination) else {
                    countOther(header, .filtered)
                    continue
                }
                count6 &+= 1
            case .nonIP: countOther(header, .nonIP)
            case .malformed(let reason): countOther(header, .malformed(reason))
            }
        }
        return (count4, count6)
    }

    @inline(__always)
    private func lookAhead(_ state: UnsafeMutablePointer<WindowState>, _ count: Int) {
        for index in 0..<count {
            places4[index].candidate = state.pointee.ipv4.candidate(places4[index].hash)
        }
        for index in 0..<count where places4[index].candidate != 0 {
            let entry = state.pointee.ipv4.entry(candidate: places4[index].candidate)
            state.pointee.ipv4Destinations.prefetch(facts4[index].destination, entry.pointee.destinationSet, hash: hash)
        }
    }

    /// Whether the bounds of records leave room for one more flow.
    @inline(__always)
    private func mayInsert(_ state: UnsafeMutablePointer<WindowState>) -> Bool {
        state.pointee.records < settings.maximumRecords && openRecords < 2 &* settings.maximumRecords
    }

    @inline(never)
    private mutating func add6(_ facts: UnsafeMutablePointer<PacketFacts<UInt128>>, _ batch: borrowing PacketBatch) {
        let (state, isLate) = select(facts.pointee.seconds)
        let milliseconds = state.pointee.milliseconds(facts.pointee.seconds, facts.pointee.nanoseconds)
        let outcome = addPacket(
            facts, hash: hash.hash(source: facts.pointee.source, victim: facts.pointee.victim, key: facts.pointee.key),
            view: batch.view(Int(facts.pointee.index)), table: &state.pointee.ipv6,
            destinations: &state.pointee.ipv6Destinations,
            overflow: &state.pointee.overflow, signatures: &state.pointee.signatures, keyed: hash,
            milliseconds: milliseconds, mayInsert: mayInsert(state), hint: 0)
        count(state, milliseconds, outcome, isLate)
    }

    @inline(__always)
    private mutating func count(
        _ state: UnsafeMutablePointer<WindowState>, _ milliseconds: UInt32, _ outcome: AddOutcome, _ isLate: Bool
    ) {
        state.pointee.account.received &+= 1
        state.pointee.account.aggregated &+= 1
        state.pointee.noteFrame(milliseconds)
        if isLate { state.pointee.account.late &+= 1 }
        switch outcome {
        case .known: break
        case .inserted: openRecords &+= 1
        case .overflowed: state.pointee.account.overflowed &+= 1
        }
    }

    private enum OtherBin {
        case filtered
        case nonIP
        case malformed(MalformedReason)
    }

    /// Counts a frame that is not aggregated.
    @inline(never)
    private mutating func countOther(_ header: PacketBatch.Header, _ bin: OtherBin) {
        let (state, _) = select(header.seconds)
        state.pointee.account.received &+= 1
        switch bin {
        case .filtered: state.pointee.account.filtered &+= 1
        case .nonIP: state.pointee.account.nonIP &+= 1
        case .malformed(let reason): state.pointee.account.malformed[reason] &+= 1
        }
        state.pointee.noteFrame(state.pointee.milliseconds(header.seconds, header.nanoseconds))
    }
}
