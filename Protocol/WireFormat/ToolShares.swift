import FlowModel

/// Whether none, all or some of a record's packets match each tool's test: two bits a tool, zmap in the lowest. How
/// many, when it is some, stands in a column of its own.
enum ToolShares {
    private static let none: UInt8 = 0
    private static let all: UInt8 = 1
    private static let some: UInt8 = 2

    /// Appends to `counts` what the shares do not say.
    static func pack(_ tools: ToolMatches, of packets: UInt32, _ counts: inout [UInt32]) -> UInt8 {
        func share(_ count: UInt32) -> UInt8 {
            if count == 0 { return none }
            if count == packets { return all }
            counts.append(count)
            return some
        }
        return share(tools.zmap) | share(tools.masscan) << 2 | share(tools.mirai) << 4
    }

    /// Takes from the front of `counts` what the shares do not say; nil when they mean nothing.
    static func unpack(_ shares: UInt8, of packets: UInt32, _ counts: inout ArraySlice<UInt32>) -> ToolMatches? {
        func count(_ share: UInt8) -> UInt32? {
            switch share & 3 {
            case none: return 0
            case all: return packets
            case some:
                guard let count = counts.popFirst(), count > 0, count < packets else { return nil }
                return count
            default: return nil
            }
        }
        guard shares < 1 << 6, let zmap = count(shares), let masscan = count(shares >> 2),
            let mirai = count(shares >> 4)
        else { return nil }
        return ToolMatches(zmap: zmap, masscan: masscan, mirai: mirai)
    }
}
