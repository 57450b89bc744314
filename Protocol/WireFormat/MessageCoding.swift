/// Versions of the message layer. Sensor and collector each speak the present one and the two before it.
public enum MessageCoding {
    public static let current: UInt8 = 1
    /// What this build reads and writes: N−2 … N, from 1.
    public static let supported: ClosedRange<UInt8> = 1...current

    /// The highest version that both sides speak; nil when there is none.
    public static func negotiate(_ offered: ClosedRange<UInt8>, _ own: ClosedRange<UInt8> = supported) -> UInt8? {
        let version = min(offered.upperBound, own.upperBound)
        return version >= max(offered.lowerBound, own.lowerBound) ? version : nil
    }
}
