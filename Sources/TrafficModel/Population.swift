#if canImport(Glibc)
    import Glibc
#endif

/// All invented sources of one Internet, and the chance that a packet in dark space is from each of them.
struct Population {
    /// The block of the organisation whose hosts become infected (TEST-NET-3, RFC 5737).
    static let infectedNetwork: UInt32 = 0xCB00_7100
    static let risingPortNumber: UInt16 = 37_215

    private(set) var actors: [Actor] = []
    private(set) var table = AliasTable(weights: [1])
    /// One actor that is always active, for a draw that found only inactive ones.
    private(set) var fallback = 0

    /// - Parameter sources: about how many; each behaviour has at least one.
    init(seed: UInt64, sources: Int) {
        var random = Random(seed: seed)
        // Sources crowd into few networks: /16 blocks drawn by a power law.
        let networks = (0..<2_048).map { _ in Population.publicAddress(&random) & 0xFFFF_0000 }
        let networkTable = AliasTable(weights: (0..<networks.count).map { 1 / pow(Double($0 + 1), 0.8) })
        var taken: Set<UInt32> = []
        var weights: [Double] = []
        for behaviour in Behaviour.allCases {
            var count = max(1, Int(Double(sources) * behaviour.sourceShare))
            if behaviour == .infectedHost { count = min(count, 200) }
            let ranks = (0..<count).map { 1 / pow(Double($0 + 1), behaviour.rankExponent) }
            let sum = ranks.reduce(0, +)
            for rank in ranks {
                var address: UInt32
                repeat {
                    address =
                        behaviour == .infectedHost
                        ? Population.infectedNetwork | (1 + random.below(254))
                        : networks[networkTable.draw(&random)] | random.below(65_536)
                } while !taken.insert(address).inserted
                actors.append(Population.actor(behaviour, address, &random))
                weights.append(behaviour.packetShare * rank / sum)
            }
        }
        table = AliasTable(weights: weights)
        fallback = actors.firstIndex { $0.behaviour == .mirai && $0.from == 0 && $0.to == 1 } ?? 0
    }

    private static func actor(_ behaviour: Behaviour, _ address: UInt32, _ random: inout Random) -> Actor {
        var from: Float = 0
        var to: Float = 1
        switch behaviour {
        case .risingPort:
            // A worm: sources appear ever faster from 60 % of the span on.
            from = 0.6 + 0.4 * Float(random.unit().squareRoot())
        case .attackVictim:
            from = 0.30
            to = 0.36
        case .infectedHost:
            from = 0.5
        default:
            // Two in three stay; the others come and go.
            if random.oneIn(3) {
                from = Float(random.unit()) * 0.8
                to = from + 0.02 + Float(random.unit()) * 0.3
            }
        }
        return Actor(
            behaviour: behaviour, address: address, hops: UInt8(6 + random.below(20)), from: from, to: to,
            habit: random.u32())
    }

    /// An address that the Internet routes (RFC 6890 special-purpose blocks left out) and that is not in the
    /// benchmark block 198.18.0.0/15 (RFC 2544), where invented dark space lives.
    private static func publicAddress(_ random: inout Random) -> UInt32 {
        while true {
            let address = random.u32()
            let first = address >> 24
            let second = (address >> 16) & 0xFF
            let special =
                first == 0 || first == 10 || first == 127 || first >= 224 || (first == 100 && second & 0xC0 == 64)
                || (first == 169 && second == 254) || (first == 172 && second & 0xF0 == 16)
                || (first == 192 && (second == 0 || second == 88 || second == 168))
                || (first == 198 && (second & 0xFE == 18 || second == 51)) || (first == 203 && second == 0)
            if !special { return address }
        }
    }

    /// An actor that is active at `moment` (0…1 of the span).
    @inline(__always)
    func draw(_ random: inout Random, moment: Float) -> Int {
        for _ in 0..<8 {
            let index = table.draw(&random)
            let actor = actors[index]
            if moment >= actor.from && moment < actor.to { return index }
        }
        return fallback
    }
}
